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

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::manifest::Manifest;
use super::temporary;
use crate::record::{RunRecord, SCHEMA};
use crate::words;

/// What can go wrong with files.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The system refuses.
    #[error("{path}: cannot {action}: {source}", path = path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What was tried.
        action: &'static str,
        /// Why not.
        source: std::io::Error,
    },
    /// A file does not hold what it should.
    #[error("{path}: {message}", path = path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong, and where.
        message: String,
    },
    /// Another process works in the folder.
    #[error(
        "{path}: another process is working in this folder; wait for it, or give another --out",
        path = .0.display()
    )]
    Locked(PathBuf),
}

impl StoreError {
    pub(super) fn io(
        path: &Path,
        action: &'static str,
    ) -> impl FnOnce(std::io::Error) -> Self + use<> {
        let path = path.to_owned();
        move |source| StoreError::Io {
            path,
            action,
            source,
        }
    }
}

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

/// Makes a folder and those above it.
pub fn create_folder(path: &Path) -> Result<(), StoreError> {
    fs::create_dir_all(path).map_err(StoreError::io(path, "create the folder"))
}

/// Writes a file whole or not at all, and makes the folder if there is none.
pub fn write(path: &Path, bytes: &[u8]) -> Result<(), StoreError> {
    replace(path, bytes).map_err(StoreError::io(path, "write"))
}

/// Puts `bytes` at `path` so that readers find the old file or the new one,
/// never a part. What a killed process left of writing it is removed.
pub fn replace(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    temporary::sweep_beside(path);
    temporary::replace(path, bytes)
}

/// Writes a value as compact JSON, like [`write_unswept`].
pub fn write_json(path: &Path, value: &impl Serialize) -> Result<(), StoreError> {
    let bytes = serde_json::to_vec(value).map_err(|error| StoreError::Damaged {
        path: path.to_owned(),
        message: error.to_string(),
    })?;
    write_unswept(path, &bytes)
}

/// Like [`write()`], but without a look for what killed processes left, for files
/// of runs: [`Store::sweep`] looks for theirs at once.
pub fn write_unswept(path: &Path, bytes: &[u8]) -> Result<(), StoreError> {
    temporary::replace(path, bytes).map_err(StoreError::io(path, "write"))
}

/// Reads a value from JSON; `None` if there is no such file.
pub fn read_json<T: DeserializeOwned>(path: &Path) -> Result<Option<T>, StoreError> {
    let bytes = match fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(StoreError::io(path, "read")(error)),
    };
    serde_json::from_slice(&bytes)
        .map(Some)
        .map_err(|error| StoreError::Damaged {
            path: path.to_owned(),
            message: words::of_json(&error),
        })
}
