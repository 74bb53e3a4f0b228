//! Checkpoints of runs that were interrupted.

use std::path::PathBuf;

use super::store::{Store, StoreError, read_json, write_json};
use crate::config::RunConfig;
use crate::train::{Checkpoint, Trainer};

/// The run of `config` with `seed`: from its checkpoint if there is one that
/// fits, otherwise from the beginning. A checkpoint that does not fit is
/// ignored: the run it belongs to is made again.
pub fn resume_or_start(
    store: &Store,
    variant: &str,
    config: &RunConfig,
    seed: u64,
) -> Result<Trainer, crate::env::registry::Unavailable> {
    let path = store.checkpoint_path(&config.env, variant, seed);
    let checkpoint = read_json::<Checkpoint>(&path).ok().flatten();
    let resumed = checkpoint
        .and_then(|checkpoint| Trainer::resume(checkpoint).ok())
        .filter(|trainer| trainer.config() == config && trainer.seed() == seed);
    match resumed {
        Some(trainer) => Ok(trainer),
        None => Trainer::new(config, seed),
    }
}

/// Writes the checkpoint of a run.
pub fn save(store: &Store, variant: &str, trainer: &Trainer) -> Result<(), StoreError> {
    write_json(&path(store, variant, trainer), &trainer.checkpoint())
}

/// Removes the checkpoint of a run, if there is one. The folders above it go
/// with the last.
pub fn remove(store: &Store, variant: &str, env: &str, seed: u64) {
    let path = store.checkpoint_path(env, variant, seed);
    let _ = std::fs::remove_file(&path);
    // A folder that is not empty stays, which is all that is wanted.
    for folder in path.ancestors().skip(1).take(3) {
        let _ = std::fs::remove_dir(folder);
    }
}

fn path(store: &Store, variant: &str, trainer: &Trainer) -> PathBuf {
    store.checkpoint_path(&trainer.config().env, variant, trainer.seed())
}
