//! Where results stand on disk, and how they get there whole.
//!
//! ```text
//! <root>/<experiment>/manifest.json
//! <root>/<experiment>/runs/<env>/<variant>/seed-<n>.json
//! <root>/<experiment>/checkpoints/<env>/<variant>/seed-<n>.checkpoint
//! ```

use std::collections::{BTreeMap, HashSet};
use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};

use super::disk::{StoreError, create_folder, read_json, write, write_json};
use super::manifest::Manifest;
use super::plan::{Cell, Plan};
use super::temporary;
use crate::record::{RunRecord, SCHEMA};

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
        self.directory.join(kind).join(env).join(variant)
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

    /// How many runs of `plan` have a record, whatever it holds.
    pub fn count_records(&self, plan: &Plan) -> usize {
        let seeds = |cell: &Cell| {
            let paths =
                (plan.seeds.iter()).map(|&seed| self.record_path(&cell.env, &cell.variant, seed));
            paths.filter(|path| path.is_file()).count()
        };
        plan.cells.iter().map(seeds).sum()
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
        let path = self.record_path(env, variant, seed);
        let Some(record) = read_json::<RunRecord>(&path)? else {
            return Ok(None);
        };
        let damaged = |message: String| StoreError::Damaged {
            path: path.clone(),
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

    /// Writes a record.
    pub fn save_record(&self, variant: &str, record: &RunRecord) -> Result<(), StoreError> {
        let path = self.record_path(&record.config.env, variant, record.seed);
        write_json(&path, record)
    }

    /// Removes what killed processes left of writing the records and checkpoints
    /// of these runs, each a task, a variant and a seed. Files that another
    /// process is writing stay.
    pub fn sweep<'a>(&self, runs: impl Iterator<Item = (&'a str, &'a str, u64)>) {
        let mut targets: BTreeMap<PathBuf, HashSet<String>> = BTreeMap::new();
        for (env, variant, seed) in runs {
            let paths = [
                self.record_path(env, variant, seed),
                self.checkpoint_path(env, variant, seed),
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
                self.save_manifest(&new)?;
                Ok(new)
            }
            Err(error) => Err(error),
        }
    }

    /// Writes the manifest, readable by people.
    fn save_manifest(&self, manifest: &Manifest) -> Result<(), StoreError> {
        let path = self.manifest_path();
        let text = serde_json::to_string_pretty(manifest).map_err(|error| StoreError::Damaged {
            path: path.clone(),
            message: error.to_string(),
        })?;
        write(&path, format!("{text}\n").as_bytes())
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
