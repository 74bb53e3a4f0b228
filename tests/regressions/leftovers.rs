//! Files of an earlier run do not stay beside new ones.

use std::fs;
use std::path::Path;

use crate::program;
use crate::program::trpo_lab;

const SCORES: &str = "algorithm,task,run,score\nA,t,0,0.9\nA,t,1,0.8\n";

/// The text of a small experiment with these variants of TRPO.
fn text(variants: &[&str]) -> String {
    let variants: String = variants
        .iter()
        .map(|name| format!("[variant.{name}]\nalgorithm = \"trpo\"\n"))
        .collect();
    format!(
        "title = \"Small\"\nheadline = \"evaluation\"\ntasks = [\"CartPole-v1\"]\n\
         seeds = \"0..2\"\n[settings]\nsteps = 256\nbatch = 128\nhidden = [8]\n\
         critic.epochs = 1\nevaluation_episodes = 2\n{variants}"
    )
}

#[test]
fn figures_and_exports_of_an_earlier_experiment_go() {
    let folder = program::folder(&text(&["a", "b"]));
    let lab = |arguments: &[&str]| trpo_lab(&folder, arguments).assert().success();
    let export = ["export", "determinism", "--format", "tensorboard"];
    lab(&["reproduce", "determinism.toml"]);
    lab(&export);
    let results = folder.path().join("results/determinism");
    let pair = results.join("figures/probability_of_improvement.svg");
    let events = results.join("export/tensorboard/CartPole-v1/b");
    assert!(pair.exists() && events.exists());
    fs::write(results.join("figures/mine.svg"), "a person's own").unwrap();
    // The experiment has one variant now, and nothing to compare it with.
    fs::write(folder.path().join("determinism.toml"), text(&["a"])).unwrap();
    lab(&["reproduce", "determinism.toml"]);
    lab(&export);
    assert!(!pair.exists() && !pair.with_extension("png").exists());
    assert!(!events.exists());
    assert!(results.join("export/tensorboard/CartPole-v1/a").exists());
    assert!(results.join("figures/mine.svg").exists());
    assert!(results.join("figures/learning_curves.svg").exists());
}

#[test]
fn profiles_of_another_score_file_go_unless_a_person_changed_them() {
    let folder = program::folder("");
    let write = |text: &str| fs::write(folder.path().join("scores.csv"), text).unwrap();
    let draw = || {
        let arguments = ["score", "scores.csv", "--figures", "new"];
        program::errors(&trpo_lab(&folder, &arguments).assert().success())
    };
    write(&format!("{SCORES}B,t,0,0.5\nB,t,1,0.6\n"));
    draw();
    let pair = folder.path().join("new/probability_of_improvement.svg");
    let edited = fs::read_to_string(&pair).unwrap() + "<!-- edited -->";
    fs::write(&pair, &edited).unwrap();
    write(SCORES);
    let errors = draw();
    assert!(
        errors.contains("new/probability_of_improvement.svg: no longer made"),
        "{errors}"
    );
    assert_eq!(fs::read_to_string(&pair).unwrap(), edited);
    assert!(!Path::new(&pair.with_extension("png")).exists());
}

/// A life of a part that is killed beside another leaves what it was about to write, and
/// checkpoints of runs that the other completes: when all is made nobody looked for them.
#[test]
fn what_a_killed_life_of_a_part_left_goes_when_the_parts_are_put_together() {
    let folder = program::folder(crate::SMALL);
    let lab = |arguments: &[&str]| trpo_lab(&folder, arguments).assert().success();
    let checkpoints = folder.path().join("results/determinism/checkpoints");
    let leave = || {
        let place = checkpoints.join("CartPole-v1/trpo");
        fs::create_dir_all(&place).unwrap();
        fs::write(place.join("seed-0.checkpoint"), "half a life").unwrap();
        let begun = place.join(".seed-1.checkpoint.elsewhere.1.0.tmp");
        let long_ago = std::time::SystemTime::now() - std::time::Duration::from_secs(7200);
        let begun = fs::File::create(begun).unwrap();
        begun.set_modified(long_ago).unwrap();
    };
    for part in ["1/2", "2/2"] {
        lab(&["run", "determinism.toml", "--shard", part]);
    }
    leave();
    lab(&["merge", "determinism.toml", "--wait", "0"]);
    assert!(!checkpoints.exists());
    leave();
    lab(&["run", "determinism.toml"]);
    assert!(!checkpoints.exists());
}
