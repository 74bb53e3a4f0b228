//! Checkpoints of runs that were interrupted.
//!
//! A checkpoint is MessagePack, with the names of its fields, in a [`frame`], so that one
//! that was cut off or changed is never gone on with. Half of what it holds are single
//! numbers, which take five bytes each: it is half as large as JSON and written several
//! times as fast. Of a run with a part that the laboratory
//! does not bring it names the program: half of a run by one build and half by
//! another would be no function of its configuration.

use std::fs;
use std::io;
use std::path::Path;

use rmp_serde::encode::Error as EncodeError;
use serde::{Serialize, ser};

use super::disk::{self, StoreError};
use super::fingerprint;
use super::frame::{self, FrameError};
use super::store::Store;
use crate::config::RunConfig;
use crate::lab::Lab;
use crate::saved::SavedPolicy;
use crate::train::{Checkpoint, ResumeError, StartError, Trainer};
use crate::words;

/// Why a checkpoint is not gone on with.
#[derive(Debug, thiserror::Error)]
enum Unusable {
    #[error(transparent)]
    Unreadable(#[from] io::Error),
    #[error(transparent)]
    Frame(#[from] FrameError),
    #[error("its content cannot be read: {}", words::of_message(&.0.to_string()))]
    Content(#[from] rmp_serde::decode::Error),
    #[error(transparent)]
    Resume(#[from] ResumeError),
    #[error("it is of another configuration")]
    OtherRun,
    #[error("another build of this program made it")]
    OtherProgram,
}

impl Unusable {
    /// Whether the file is no checkpoint of anything, rather than a sound one
    /// of something else.
    fn is_damage(&self) -> bool {
        !matches!(
            self,
            Unusable::Unreadable(_)
                | Unusable::OtherRun
                | Unusable::OtherProgram
                | Unusable::Resume(ResumeError::Numerics(_) | ResumeError::Start(_))
        )
    }
}

/// The run of `config` with `seed`: from its checkpoint if there is one that is
/// whole and fits, otherwise from the beginning, which is the policy `from` where it goes
/// on from one. Why one is not gone on with is
/// told to `say`; one that is damaged is set aside.
pub fn resume_or_start(
    lab: &Lab,
    store: &Store,
    variant: &str,
    config: &RunConfig,
    seed: u64,
    from: Option<&SavedPolicy>,
    say: impl Fn(&str),
) -> Result<Trainer, StartError> {
    let path = store.checkpoint_path(&config.env, variant, seed);
    let unframed = path.with_extension("json");
    if unframed.exists() {
        let problem = "a checkpoint of an earlier program, which cannot be checked";
        say(&format!(
            "{}: {problem}; {}",
            unframed.display(),
            set_aside(store, &unframed)
        ));
    }
    match resume(lab, &path, config, seed) {
        Ok(Some(trainer)) => return Ok(trainer),
        Ok(None) => {}
        Err(problem) if problem.is_damage() => {
            let aside = set_aside(store, &path);
            say(&format!("{}: damaged ({problem}); {aside}", path.display()));
        }
        Err(problem) => say(&format!(
            "{}: {problem}; the run begins anew",
            path.display()
        )),
    }
    match from.filter(|_| config.from.is_some()) {
        Some(policy) => Trainer::from_policy(lab, config, seed, policy),
        None => Trainer::new(lab, config, seed),
    }
}

/// Goes on from the checkpoint at `path`, if there is one.
fn resume(
    lab: &Lab,
    path: &Path,
    config: &RunConfig,
    seed: u64,
) -> Result<Option<Trainer>, Unusable> {
    let bytes = match fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    let (program, checkpoint) = content(frame::payload(&bytes)?)?;
    if !checkpoint.is_of(config, seed) {
        return Err(Unusable::OtherRun);
    }
    if program != fingerprint::of(config) {
        return Err(Unusable::OtherProgram);
    }
    Ok(Some(Trainer::resume(lab, checkpoint)?))
}

/// Environment steps that the checkpoint at `path` stands at, of the run of `config` with
/// `seed`; `None` where there is none, or none that would be gone on with.
pub fn steps(path: &Path, config: &RunConfig, seed: u64) -> Option<u64> {
    let bytes = fs::read(path).ok()?;
    let (_, checkpoint) = content(frame::payload(&bytes).ok()?).ok()?;
    checkpoint.is_of(config, seed).then(|| checkpoint.steps())
}

/// What stands in the frame of a checkpoint: the program that made it, where that matters,
/// and the run.
///
/// # Errors
/// If it is no checkpoint.
pub fn content(payload: &[u8]) -> Result<(Option<String>, Checkpoint), rmp_serde::decode::Error> {
    rmp_serde::from_slice(payload)
}

/// Sets a file aside, and says what became of it.
fn set_aside(store: &Store, path: &Path) -> String {
    match store.set_aside(path) {
        Ok(aside) => format!("set aside as {}, the run begins anew", aside.display()),
        Err(error) => format!("the run begins anew ({error})"),
    }
}

/// The file of a run's checkpoint, as it is written.
pub fn encode(trainer: &Trainer) -> Result<Vec<u8>, EncodeError> {
    let unkept = || -> EncodeError { ser::Error::custom("the task cannot keep its state") };
    let checkpoint = trainer.checkpoint().ok_or_else(unkept)?;
    framed(&(fingerprint::of(trainer.config()), checkpoint))
}

fn framed(kept: &impl Serialize) -> Result<Vec<u8>, EncodeError> {
    frame::framed(|bytes| rmp_serde::encode::write_named(bytes, kept))
}

/// Writes the checkpoint of a run.
pub fn save(store: &Store, variant: &str, trainer: &Trainer) -> Result<(), StoreError> {
    let path = store.checkpoint_path(&trainer.config().env, variant, trainer.seed());
    let bytes = encode(trainer).map_err(|error| StoreError::Damaged {
        path: path.clone(),
        message: error.to_string(),
    })?;
    write(&path, &bytes)
}

/// Writes what [`encode`] gave.
pub fn write(path: &Path, bytes: &[u8]) -> Result<(), StoreError> {
    disk::write_unswept(path, bytes)
}

/// Removes the checkpoint of a run, if there is one. The folders above it go
/// with the last.
pub fn remove(store: &Store, variant: &str, env: &str, seed: u64) {
    let path = store.checkpoint_path(env, variant, seed);
    let _ = fs::remove_file(&path);
    // A folder that is not empty stays, which is all that is wanted.
    for folder in path.ancestors().skip(1).take(3) {
        let _ = fs::remove_dir(folder);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::algo::AlgorithmConfig;
    use crate::algo::trpo::Trpo;
    use crate::env::Task;
    use crate::env::cartpole::CartPole;

    #[test]
    fn what_another_build_began_is_not_gone_on_with() {
        let algorithm = AlgorithmConfig::new::<Trpo>(Default::default());
        let config = RunConfig {
            env_version: Some(1),
            ..RunConfig::new("CartPole-v1", algorithm)
        };
        let lab = Lab::standard().task(Task::new(CartPole::default));
        let trainer = Trainer::new(&lab, &config, 0).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("seed-0.checkpoint");
        fs::write(&path, encode(&trainer).unwrap()).unwrap();
        assert!(resume(&lab, &path, &config, 0).unwrap().is_some());

        let kept = (Some("0123456789abcdef"), trainer.checkpoint().unwrap());
        fs::write(&path, framed(&kept).unwrap()).unwrap();
        let refused = resume(&lab, &path, &config, 0).err().unwrap();
        assert!(matches!(refused, Unusable::OtherProgram) && !refused.is_damage());
    }
}
