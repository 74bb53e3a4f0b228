//! Whoever misspells a name is told which one was probably meant, whatever it is
//! the name of.

use std::fs;
use std::path::Path;

use crate::SMALL;
use crate::stored::{printed, refused};

/// The complaint about an experiment file with `from` written as `to`.
fn complaint(folder: &Path, from: &str, to: &str) -> String {
    let file = folder.join("small.toml");
    fs::write(file, SMALL.replacen(from, to, 1)).unwrap();
    refused(folder, &["run", "small.toml", "--dry-run"], 2)
}

#[test]
fn a_misspelt_name_is_answered_with_the_nearest() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    for (from, to, meant) in [
        ("CartPole-v1", "CartPole-v0", "CartPole-v1"),
        ("algorithm = \"trpo\"", "algorithm = \"trop\"", "trpo"),
        ("batch = 128", "bacth = 128", "batch"),
        ("critic.epochs", "critic.epoch", "epochs"),
        ("headline", "headlien", "headline"),
        ("\"evaluation\"", "\"evalution\"", "evaluation"),
    ] {
        let said = complaint(folder, from, to);
        assert!(
            said.contains(&format!("(did you mean `{meant}`?)")),
            "{to}: {said}"
        );
    }
    fs::write(folder.join("small.toml"), SMALL).unwrap();
    let said = refused(folder, &["run", "smal.toml"], 2);
    assert!(said.contains("(did you mean `small.toml`?)"), "{said}");
    printed(folder, &["reproduce", "small.toml"]);
    let compare = ["compare", "trpo", "pp", "--experiment", "small"];
    let said = refused(folder, &compare, 2);
    // Two letters are too few to tell what they begin.
    assert!(!said.contains("did you mean"), "{said}");
    let compare = ["compare", "trpo", "ppo2", "--experiment", "small"];
    let said = refused(folder, &compare, 2);
    assert!(
        said.contains("no variant `ppo2` (did you mean `ppo`?)"),
        "{said}"
    );
}
