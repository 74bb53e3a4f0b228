//! Short runs have the digests that are written down: the bits are those of
//! this numerics version, on this machine and after this change.

use std::path::Path;

use serde::Deserialize;
use trpo_lab::config::RunConfig;
use trpo_lab::record::NUMERICS;
use trpo_lab::train::train;

/// What `tests/golden/digests.json` holds. Configurations are complete, so
/// that a new default changes no digest.
#[derive(Deserialize)]
struct Golden {
    numerics: u32,
    runs: Vec<GoldenRun>,
}

#[derive(Deserialize)]
struct GoldenRun {
    config: RunConfig,
    seed: u64,
    digest: String,
}

fn read(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    std::fs::read_to_string(path).unwrap()
}

#[test]
fn digests_are_those_written_down() {
    let golden: Golden = serde_json::from_str(&read("tests/golden/digests.json")).unwrap();
    assert_eq!(golden.runs.len(), 3);
    let mut changed = String::new();
    for GoldenRun {
        config,
        seed,
        digest,
    } in &golden.runs
    {
        let record = train(config, *seed);
        assert_eq!(record.status.name(), "completed");
        if record.digest != *digest {
            let (env, chain) = (&config.env, record.chain());
            changed += &format!("\n  {env}: {} (curve {chain:?})", record.digest);
        }
    }
    assert!(
        changed.is_empty() && golden.numerics == NUMERICS,
        "the bits of results changed, or their version did. If that is meant:\n\
         1. raise NUMERICS in src/record.rs (now {NUMERICS}; the digests are of version {});\n\
         2. write it and the new digests into tests/golden/digests.json:{changed}\n\
         3. make the committed results again with `make reproduce`;\n\
         4. declare the new numerics version in CHANGELOG.md.",
        golden.numerics
    );
}

#[test]
fn the_changelog_declares_the_numerics_version() {
    let declared = format!("Numerics version {NUMERICS}.");
    assert!(
        read("CHANGELOG.md").contains(&declared),
        "CHANGELOG.md does not say `{declared}`: declare there what changed the bits"
    );
}
