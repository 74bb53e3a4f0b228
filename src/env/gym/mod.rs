//! Any environment of Gymnasium, as the task `gym:ID`.
//!
//! All copies of a run live in one process of Python, the [`worker`], which steps them
//! all for one message. Its source is `worker.py`, a part of this program.

#[cfg(all(feature = "train", unix))]
mod copies;
#[cfg(feature = "train")]
pub mod frame;
#[cfg(all(feature = "train", unix))]
pub mod worker;

pub use super::about::{About, Argument, Arguments, MadeWith};
#[cfg(all(feature = "train", unix))]
pub use copies::{Bridge, describe, task};
#[cfg(all(feature = "train", unix))]
pub use worker::Interpreter;

use super::Unavailable;

/// What the names of these tasks begin with.
pub const PREFIX: &str = "gym:";

/// Whether a task of this name is one of Gymnasium's.
pub fn is_one(name: &str) -> bool {
    name.starts_with(PREFIX)
}

/// What Gymnasium calls the task `name`: `LunarLander-v3` of `gym:LunarLander-v3`,
/// `my_package:MyEnv-v0` of `gym:my_package:MyEnv-v0`.
///
/// # Errors
/// If it is not the name of such a task.
pub fn id_of(name: &str) -> Result<&str, Unavailable> {
    let id = name.strip_prefix(PREFIX).unwrap_or_default();
    let is_usual = |c: char| c.is_ascii_alphanumeric() || "-_.:/".contains(c);
    if !id.is_empty() && id.chars().all(is_usual) {
        return Ok(id);
    }
    Err(Unavailable::Task {
        id: name.to_owned(),
        problem: "write `gym:LunarLander-v3`, or `gym:my_package:MyEnv-v0` for an environment \
                  that `my_package` registers"
            .to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_gymnasium_s_after_the_prefix() {
        assert_eq!(id_of("gym:LunarLander-v3").unwrap(), "LunarLander-v3");
        assert_eq!(id_of("gym:my.pack:A/B-v0").unwrap(), "my.pack:A/B-v0");
        for wrong in ["gym:", "CartPole-v1", "gym:a b", "gym:a\n"] {
            let message = id_of(wrong).unwrap_err().to_string();
            assert!(message.contains("`gym:LunarLander-v3`"), "{message}");
        }
        assert!(is_one("gym:x") && !is_one("Gym-v0"));
    }
}
