//! What cannot be trained on is refused before the run, with the remedy.

use std::fs;
use std::process::Command;

use crate::support::{folder, lab, python, records, text, train};

/// What is said to a run that is not begun, with exit code 2.
fn refused(env: &str, more: &[&str]) -> String {
    let folder = folder();
    let output = train(folder.path(), env, more);
    let said = text(&output);
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(records(folder.path()).is_empty());
    said
}

#[test]
fn what_cannot_be_trained_on_is_refused_by_name_with_the_remedy() {
    needs_gymnasium!("environments that are refused");
    for (env, more, parts) in [
        (
            "gym:LunarLandr-v3",
            &[][..],
            &[
                "Gymnasium does not know it",
                "LunarLander",
                "pprint_registry",
            ][..],
        ),
        ("gym:nowhere:X-v0", &[], &["nowhere", "cannot be made"]),
        ("gym:", &[], &["write `gym:LunarLander-v3`"]),
        (
            "gym:trouble:Many-v0",
            &[],
            &["MultiDiscrete([2 3])", "neither Discrete nor a Box"],
        ),
        (
            "gym:trouble:Endless-v0",
            &[],
            &[
                "it has no time limit",
                "[task.\"gym:trouble:Endless-v0\"]",
                "--time-limit",
            ],
        ),
        (
            "gym:CartPole-v1",
            &["--env-arg", "wings=2"],
            &["unexpected keyword argument 'wings'"],
        ),
        (
            "gym:CartPole-v1",
            &["--env-arg", "max_episode_steps=2"],
            &["`max_episode_steps` is no argument", "time_limit = N"],
        ),
        (
            "gym:CartPole-v1",
            &["--env-arg", "x=inf"],
            &["must be finite"],
        ),
        (
            "gym:CartPole-v1",
            &["--time-limit", "0"],
            &["`time_limit` must be a whole number of steps from 1"],
        ),
        (
            "CartPole-v1",
            &["--env-arg", "x=1"],
            &["`CartPole-v1` takes no arguments"],
        ),
        (
            "CartPole-v1",
            &["--time-limit", "7"],
            &["is a part of the task", "`gym:CartPole-v1`"],
        ),
        ("LunarLander-v3", &[], &["`gym:ID`"]),
    ] {
        let said = refused(env, more);
        for part in parts {
            assert!(said.contains(part), "{env} {more:?}: no `{part}` in {said}");
        }
    }
    let folder = folder();
    let vine = ["train", "--env", "gym:CartPole-v1", "--algo", "vine"];
    let output = lab(folder.path(), &vine).output().unwrap();
    let said = text(&output);
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(
        said.contains("environments of Gymnasium have none"),
        "{said}"
    );
}

#[test]
fn a_python_that_is_missing_is_refused_with_the_command_that_installs_it() {
    let said = refused("gym:CartPole-v1", &["--python", "no/such/python"]);
    assert!(
        said.contains("`no/such/python` cannot be started")
            && said.contains("`python3 -m pip install gymnasium`")
            && said.contains("--python"),
        "{said}"
    );
}

#[test]
fn a_python_without_gymnasium_is_refused_with_the_command_that_installs_it() {
    let folder = folder();
    let bare = folder.path().join("bare");
    let script = format!(
        "#!/bin/sh\nunset PYTHONPATH\nexec '{}' -S \"$@\"\n",
        python()
    );
    fs::write(&bare, script).unwrap();
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    fs::set_permissions(&bare, mode).unwrap();
    let bare_starts = Command::new(&bare).args(["-c", ""]).status();
    if !bare_starts.is_ok_and(|status| status.success()) {
        eprintln!("skipped: a Python without gymnasium, since there is no Python");
        return;
    }
    let said = refused("gym:CartPole-v1", &["--python", bare.to_str().unwrap()]);
    assert!(
        said.contains("cannot import gymnasium") && said.contains("-m pip install gymnasium`"),
        "{said}"
    );
}

#[test]
fn what_a_file_gives_to_a_task_that_takes_nothing_is_refused_with_its_place() {
    let head = "title = \"?\"\nheadline = \"evaluation\"\nseeds = \"0..1\"\n";
    for (rest, words) in [
        (
            "tasks = [\"CartPole-v1\"]\n[env.\"gym:CartPole-v1\"]\nx = 1\n",
            "mine.toml:5:6: `gym:CartPole-v1` is not one of the tasks",
        ),
        (
            "tasks = [\"CartPole-v1\"]\n[env.CartPole-v1]\nx = 1\n",
            "mine.toml:5:6: `CartPole-v1` takes no arguments",
        ),
        (
            "tasks = [\"CartPole-v1\"]\n[task.CartPole-v1]\ntime_limit = 9\n",
            "mine.toml:6:1: the time limit of `CartPole-v1` is a part of the task",
        ),
        (
            "tasks = [\"gym:CartPole-v1\"]\n[task.\"gym:CartPole-v1\"]\ntime_limit = 0.5\n",
            "mine.toml:6:14: ",
        ),
        (
            "tasks = [\"gym:X-v0\"]\n[env.\"gym:X-v0\"]\nx = 2020-01-01\n",
            "mine.toml:6:5: `x` must be true or false, a number",
        ),
        (
            "tasks = [\"gym:X-v0\"]\nenv = 3\n",
            "mine.toml:5:7: `env` must be a table",
        ),
    ] {
        let folder = folder();
        let variant = "[variant.trpo]\nalgorithm = \"trpo\"\n";
        fs::write(
            folder.path().join("mine.toml"),
            format!("{head}{rest}{variant}"),
        )
        .unwrap();
        let output = lab(folder.path(), &["run", "mine.toml"]).output().unwrap();
        let said = text(&output);
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(said.contains(words), "no `{words}` in {said}");
    }
}
