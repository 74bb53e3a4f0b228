//! What docs/clusters.md has schedulers run, given what they set, makes the parts.

use std::process::{Command, Stdio};

use super::{all, folder, left, merge, of_one_process};

const MANUAL: &str = include_str!("../../docs/clusters.md");

/// What stands in the manual between `start` and `end`, of three parts of the small experiment.
fn script(start: &str, end: &str) -> String {
    let (_, rest) = MANUAL.split_once(start).unwrap();
    let (script, _) = rest.split_once(end).unwrap();
    script
        .replace("24", "3")
        .replace("classic", "tiny.toml")
        .replace("./trpo-lab", "trpo-lab")
        .replace("trpo-lab", env!("CARGO_BIN_EXE_trpo-lab"))
}

#[test]
fn what_the_manual_has_schedulers_run_makes_every_part() {
    let expected = of_one_process();
    let of_kubernetes = script("command: [sh, -c, '", "'");
    let of_pbs = script("PBS:\n\n```sh\n", "```");
    for (script, index, first) in [
        (of_kubernetes, "JOB_COMPLETION_INDEX", 0),
        (of_pbs, "PBS_ARRAY_INDEX", 1),
    ] {
        let folder = folder();
        let path = folder.path();
        let part = |number: u32| {
            // Kubernetes begins in the folder that its job names, PBS somewhere.
            let begins = if first == 0 { path } else { "/".as_ref() };
            let mut part = Command::new("sh");
            part.args(["-c", &script])
                .current_dir(begins)
                .env("PBS_O_WORKDIR", path)
                .env(index, number.to_string())
                .stdout(Stdio::null());
            part.spawn().unwrap()
        };
        all((first..first + 3).map(part).collect());
        let said = merge(path, &[], 0);
        assert!(said.contains("12 of 12 runs"), "{said}");
        assert_eq!(left(path), expected);
    }
}

/// As many at a time as there are parts: a job does one after the other where it is not told.
#[test]
fn a_job_of_kubernetes_makes_its_parts_at_a_time() {
    for line in ["  completions: 24\n", "  parallelism: 24\n"] {
        assert!(MANUAL.contains(line), "{line}");
    }
}
