//! Reading and writing files: whole or not at all, and with the path in every
//! complaint.

use std::fs;
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::temporary;
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

/// Whether `name` can be that of a folder anywhere.
pub fn is_plain(name: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    !name.is_empty() && name.chars().all(plain)
}

/// The name of a task as a part of a path: every byte outside of `[A-Za-z0-9._-]` is
/// `%XX`, so that names that differ have paths that differ.
pub fn escaped(name: &str) -> String {
    let each = name.bytes().map(|byte| match byte {
        b'.' | b'_' | b'-' => char::from(byte).to_string(),
        _ if byte.is_ascii_alphanumeric() => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    });
    each.collect()
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

/// Removes a file, if there is one.
pub fn remove(path: &Path) -> Result<(), StoreError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(StoreError::io(path, "remove")(error))
        }
        _ => Ok(()),
    }
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
/// of runs: [`Store::sweep`](super::store::Store::sweep) looks for theirs at once.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_tasks_are_parts_of_paths_and_stay_apart() {
        assert_eq!(escaped("MountainCar-v0"), "MountainCar-v0");
        assert_eq!(escaped("gym:a_b:C/D.1-v0"), "gym%3Aa_b%3AC%2FD.1-v0");
        assert_eq!(escaped("%3A"), "%253A");
        assert_eq!(escaped("ü"), "%C3%BC");
    }
}
