//! Where results stand on disk, and how they get there whole.
//!
//! ```text
//! <root>/<experiment>/manifest.json
//! <root>/<experiment>/planned.json       while runs of it are missing
//! <root>/<experiment>/runs/<env>/<variant>/seed-<n>.json
//! <root>/<experiment>/policies/<env>/<variant>/seed-<n>.safetensors, seed-<n>.best.safetensors
//! <root>/<experiment>/checkpoints/<env>/<variant>/seed-<n>.checkpoint
//! ```

use std::collections::{BTreeMap, HashSet};
use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};

use super::disk::{
    StoreError, create_folder, escaped, read_json, remove, write, write_json, write_unswept,
};
use super::manifest::Manifest;
use super::plan::{Cell, Plan};
use super::temporary;
use crate::record::{RunRecord, SCHEMA};
use crate::saved::SavedPolicy;

/// The folder of one experiment's results.
#[derive(Debug, Clone)]
pub struct Store {
    directory: PathBuf,
}

/// Held while a process works in a folder. The system frees it when the
/// process ends, however that happens.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

impl Store {
    /// The folder of the experiment `name` under `root`.
    pub fn new(root: &Path, name: &str) -> Self {
        Self {
            directory: root.join(name),
        }
    }

    /// The folder.
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// Makes the folder and claims it for this process.
    pub fn lock(&self) -> Result<Lock, StoreError> {
        create_folder(&self.directory)?;
        let path = self.directory.join(".lock");
        let file = File::create(&path).map_err(StoreError::io(&path, "create"))?;
        match file.try_lock() {
            Ok(()) => Ok(Lock { _file: file }),
            Err(TryLockError::WouldBlock) => Err(StoreError::Locked(self.directory.clone())),
            Err(TryLockError::Error(source)) => Err(StoreError::io(&path, "lock")(source)),
        }
    }

    /// A folder of what belongs to the runs of one variant on one task.
    fn folder(&self, kind: &str, env: &str, variant: &str) -> PathBuf {
        self.directory.join(kind).join(escaped(env)).join(variant)
    }

    /// The file of a record.
    pub fn record_path(&self, env: &str, variant: &str, seed: u64) -> PathBuf {
        let folder = self.folder("runs", env, variant);
        folder.join(format!("seed-{seed}.json"))
    }

    /// The file of a checkpoint.
    pub fn checkpoint_path(&self, env: &str, variant: &str, seed: u64) -> PathBuf {
        let folder = self.folder("checkpoints", env, variant);
        folder.join(format!("seed-{seed}.checkpoint"))
    }

    /// The file of the last policy of a run.
    pub fn policy_path(&self, env: &str, variant: &str, seed: u64) -> PathBuf {
        let folder = self.folder("policies", env, variant);
        folder.join(format!("seed-{seed}.safetensors"))
    }

    /// The file of the best policy of a run.
    pub fn best_policy_path(&self, env: &str, variant: &str, seed: u64) -> PathBuf {
        let folder = self.folder("policies", env, variant);
        folder.join(format!("seed-{seed}.best.safetensors"))
    }

    /// The file of what the diagnostic `name` found in a run.
    pub fn diagnostic_path(&self, name: &str, env: &str, variant: &str, seed: u64) -> PathBuf {
        let folder = self.folder(&format!("diagnostics/{name}"), env, variant);
        folder.join(format!("seed-{seed}.json"))
    }

    /// How many runs of `plan` have a record, whatever it holds.
    pub fn count_records(&self, plan: &Plan) -> usize {
        let seeds = |cell: &Cell| {
            let paths =
                (plan.seeds.iter()).map(|&seed| self.record_path(&cell.env, &cell.variant, seed));
            paths.filter(|path| path.is_file()).count()
        };
        plan.cells.iter().map(seeds).sum()
    }

    /// The file of the manifest without runs that stands while runs are missing.
    pub fn planned_path(&self) -> PathBuf {
        self.directory.join("planned.json")
    }

    /// Writes down, before runs are made, that those of `planned`, a manifest without
    /// runs, are to be made: whatever stops them, it is known that some are missing, and
    /// with which settings. Nothing is written where a manifest lists all of them, as
    /// when they are made again.
    ///
    /// # Errors
    /// If the file cannot be written or removed.
    pub fn begin(&self, planned: &Manifest, plan: &Plan) -> Result<(), StoreError> {
        let standing = self.manifest().ok().flatten();
        match standing.is_some_and(|standing| standing.is_of(plan) && standing.is_complete()) {
            true => self.end(),
            false => save_manifest(&self.planned_path(), planned),
        }
    }

    /// All runs are made and stand in the manifest.
    ///
    /// # Errors
    /// If the file cannot be removed.
    pub fn end(&self) -> Result<(), StoreError> {
        remove(&self.planned_path())
    }

    /// The manifest without runs of an experiment of which runs are missing; `None` of
    /// one that is complete, or of which none was begun.
    ///
    /// # Errors
    /// If a file is damaged.
    pub fn unfinished(&self) -> Result<Option<Manifest>, StoreError> {
        if let Some(planned) = read_json::<Manifest>(&self.planned_path())? {
            return Ok(Some(planned));
        }
        let standing = self.manifest()?.filter(|standing| !standing.is_complete());
        Ok(standing.map(|standing| Manifest {
            runs: Vec::new(),
            ..standing
        }))
    }

    /// The manifest's file.
    pub fn manifest_path(&self) -> PathBuf {
        self.directory.join("manifest.json")
    }

    /// The record of a run, if there is one; damaged where it does not hold
    /// what its digest says.
    pub fn record(
        &self,
        env: &str,
        variant: &str,
        seed: u64,
    ) -> Result<Option<RunRecord>, StoreError> {
        read_record(&self.record_path(env, variant, seed))
    }

    /// Writes a record.
    pub fn save_record(&self, variant: &str, record: &RunRecord) -> Result<(), StoreError> {
        let path = self.record_path(&record.config.env, variant, record.seed);
        write_json(&path, record)
    }

    /// Writes the policies of a run, and removes those of an earlier one in their place.
    pub fn save_policies(
        &self,
        variant: &str,
        record: &RunRecord,
        policies: [Option<&SavedPolicy>; 2],
    ) -> Result<(), StoreError> {
        let (env, seed) = (&record.config.env, record.seed);
        let [last, best] = policies;
        for (path, policy) in [
            (self.policy_path(env, variant, seed), last),
            (self.best_policy_path(env, variant, seed), best),
        ] {
            match policy {
                Some(policy) => {
                    let bytes = policy.to_bytes().map_err(|error| StoreError::Damaged {
                        path: path.clone(),
                        message: error.to_string(),
                    })?;
                    write_unswept(&path, &bytes)?;
                }
                None => remove(&path)?,
            }
        }
        Ok(())
    }

    /// Removes what killed processes left of writing the files
    /// of these runs, each a task, a variant and a seed. Files that another
    /// process is writing stay.
    pub fn sweep<'a>(&self, runs: impl Iterator<Item = (&'a str, &'a str, u64)>) {
        let mut targets: BTreeMap<PathBuf, HashSet<String>> = BTreeMap::new();
        for (env, variant, seed) in runs {
            let paths = [
                self.record_path(env, variant, seed),
                self.checkpoint_path(env, variant, seed),
                self.policy_path(env, variant, seed),
                self.best_policy_path(env, variant, seed),
            ];
            for path in paths {
                if let (Some(folder), Some(name)) = (path.parent(), path.file_name()) {
                    let names = targets.entry(folder.to_owned()).or_default();
                    names.insert(name.to_string_lossy().into_owned());
                }
            }
        }
        for (folder, names) in &targets {
            temporary::sweep(folder, |target| names.contains(target));
        }
    }

    /// The manifest, if there is one.
    pub fn manifest(&self) -> Result<Option<Manifest>, StoreError> {
        read_json(&self.manifest_path())
    }

    /// Writes `new`, unless the manifest that stands has the same results: then
    /// its commit, which made them first, stays. Gives the one that stands
    /// now.
    pub fn update_manifest(&self, new: Manifest) -> Result<Manifest, StoreError> {
        match self.manifest() {
            Ok(Some(standing)) if standing.has_same_results(&new) => Ok(standing),
            Ok(_) | Err(StoreError::Damaged { .. }) => {
                save_manifest(&self.manifest_path(), &new)?;
                Ok(new)
            }
            Err(error) => Err(error),
        }
    }

    /// Puts a damaged file out of the way, beside where it stood and beside
    /// those that were put there before. Gives its new place.
    pub fn set_aside(&self, path: &Path) -> Result<PathBuf, StoreError> {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let place = |number: u32| match number {
            1 => path.with_file_name(format!("{name}.damaged")),
            _ => path.with_file_name(format!("{name}.{number}.damaged")),
        };
        let free = (1..).map(place).find(|place| !place.exists());
        let aside = free.unwrap_or_else(|| place(1));
        fs::rename(path, &aside).map_err(StoreError::io(path, "set aside"))?;
        Ok(aside)
    }
}

/// The record in the file at `path`, if there is one; damaged where it does not
/// hold what its digest says.
///
/// # Errors
/// If it is damaged, or cannot be read.
pub fn read_record(path: &Path) -> Result<Option<RunRecord>, StoreError> {
    let Some(record) = read_json::<RunRecord>(path)? else {
        return Ok(None);
    };
    let damaged = |message: String| StoreError::Damaged {
        path: path.to_owned(),
        message,
    };
    if record.schema != SCHEMA {
        return Err(damaged(format!(
            "its layout has version {}, this program writes {SCHEMA}",
            record.schema
        )));
    }
    // Whatever arithmetic made it: its version is part of what is digested.
    if record.digest != record.compute_digest() {
        return Err(damaged("its content does not have its digest".to_owned()));
    }
    Ok(Some(record))
}

/// Writes a manifest, readable by people.
fn save_manifest(path: &Path, manifest: &Manifest) -> Result<(), StoreError> {
    let text = serde_json::to_string_pretty(manifest).map_err(|error| StoreError::Damaged {
        path: path.to_owned(),
        message: error.to_string(),
    })?;
    write(path, format!("{text}\n").as_bytes())
}
