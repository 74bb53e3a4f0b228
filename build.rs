//! Notes the versions that stand in the provenance of every record and the level of
//! optimisation, and finds MuJoCo where `make mujoco` put it.

use std::path::Path;
use std::process::Command;

fn main() {
    if std::env::var_os("CARGO_FEATURE_MUJOCO").is_some() {
        find_mujoco();
    }
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-changed=Cargo.lock");
    let rustc = std::env::var("RUSTC").unwrap_or_else(|_| "rustc".to_owned());
    let version = Command::new(rustc).arg("--version").output();
    let version = version
        .ok()
        .and_then(|output| String::from_utf8(output.stdout).ok());
    let version = version.as_deref().map_or("unknown", str::trim);
    println!("cargo:rustc-env=TRPO_LAB_RUSTC={version}");

    let level = std::env::var("OPT_LEVEL").unwrap_or_default();
    println!("cargo:rustc-env=TRPO_LAB_OPT_LEVEL={level}");

    let lock = std::fs::read_to_string("Cargo.lock").unwrap_or_default();
    let after = lock.split("name = \"dfdx\"\nversion = \"").nth(1);
    let dfdx = after
        .and_then(|rest| rest.split('"').next())
        .unwrap_or("unknown");
    println!("cargo:rustc-env=TRPO_LAB_DFDX={dfdx}");
}

/// Lets every binary find the library: from target/release, from
/// target/release/deps, and else where it was at the build.
fn find_mujoco() {
    let root = std::env::var("CARGO_MANIFEST_DIR").unwrap_or_default();
    let folder = Path::new(&root).join(".mujoco");
    let stamp = folder.join("complete");
    println!("cargo:rerun-if-changed={}", stamp.display());
    if !stamp.is_file() {
        eprintln!(
            "\nThe feature `mujoco` needs MuJoCo in {}, where it is not.\n\
             Run `make mujoco`, which fetches it, and build again.\n",
            folder.display()
        );
        std::process::exit(1);
    }
    let library = folder.join("lib");
    for path in ["$ORIGIN/../../.mujoco/lib", "$ORIGIN/../../../.mujoco/lib"] {
        println!("cargo:rustc-link-arg=-Wl,-rpath,{path}");
    }
    println!("cargo:rustc-link-arg=-Wl,-rpath,{}", library.display());
}
