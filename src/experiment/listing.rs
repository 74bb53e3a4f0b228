//! The files that a command writes into a folder of its own, so that those which
//! it no longer writes do not stay beside the new ones.
//!
//! `files.json` in the folder holds, by command, every file with the BLAKE3 of
//! its content. What a person has changed is not the program's any more, and what
//! is not in the list never was: neither is touched.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Component, Path, PathBuf};

use super::disk::{StoreError, read_json, write};
use crate::warn;

/// Name of the list in the folder.
pub const FILE: &str = "files.json";

/// Digests by the path of a file below the folder, with `/` between its parts.
type Files = BTreeMap<String, String>;

/// Lists `written`, files below `folder`, as those of `command`, and removes the
/// ones that the list had before. Gives those that are left because they were
/// changed since.
///
/// # Errors
/// If a file cannot be read or removed, or the list not be written.
pub fn settle(
    folder: &Path,
    command: &str,
    written: &[PathBuf],
) -> Result<Vec<PathBuf>, StoreError> {
    let path = folder.join(FILE);
    let mut lists: BTreeMap<String, Files> = match read_json(&path) {
        Ok(lists) => lists.unwrap_or_default(),
        Err(StoreError::Damaged { message, .. }) => {
            warn!(
                "{}: damaged ({message}); made anew, files of earlier runs may stay",
                path.display()
            );
            BTreeMap::new()
        }
        Err(error) => return Err(error),
    };
    // A command that never wrote anything here needs no list.
    if written.is_empty() && !lists.contains_key(command) {
        return Ok(Vec::new());
    }
    let mut now = Files::new();
    for file in written {
        let bytes = fs::read(file).map_err(StoreError::io(file, "read"))?;
        now.extend(name_in(folder, file).map(|name| (name, digest(&bytes))));
    }
    let before = lists.insert(command.to_owned(), now.clone());
    let mut left = Vec::new();
    for (name, listed) in before.unwrap_or_default() {
        // A list that was edited must not lead out of the folder.
        let inside = |part| matches!(part, Component::Normal(_));
        let is_stale = !now.contains_key(&name) && Path::new(&name).components().all(inside);
        let file = folder.join(&name);
        let Some(bytes) = is_stale.then(|| fs::read(&file).ok()).flatten() else {
            continue;
        };
        match digest(&bytes) == listed {
            true => remove(folder, &file)?,
            false => left.push(file),
        }
    }
    // Plain data with keys of text: writing it to memory cannot fail.
    let text = serde_json::to_string_pretty(&lists).unwrap_or_default();
    write(&path, format!("{text}\n").as_bytes())?;
    Ok(left)
}

/// [`settle`], which says what is left.
///
/// # Errors
/// As there.
pub fn settle_and_say(folder: &Path, command: &str, written: &[PathBuf]) -> Result<(), StoreError> {
    for file in settle(folder, command, written)? {
        warn!(
            "{}: no longer made, but changed since it was: left; remove it if it is not wanted",
            file.display()
        );
    }
    Ok(())
}

fn name_in(folder: &Path, file: &Path) -> Option<String> {
    let parts = file.strip_prefix(folder).ok()?.components();
    let parts: Vec<String> = parts
        .map(|part| part.as_os_str().to_string_lossy().into_owned())
        .collect();
    Some(parts.join("/"))
}

fn digest(bytes: &[u8]) -> String {
    blake3::hash(bytes).to_hex().to_string()
}

/// Removes a file, and the folders up to `folder` that it leaves empty.
fn remove(folder: &Path, file: &Path) -> Result<(), StoreError> {
    fs::remove_file(file).map_err(StoreError::io(file, "remove"))?;
    let above = file.ancestors().skip(1);
    for parent in above.take_while(|parent| *parent != folder) {
        if fs::remove_dir(parent).is_err() {
            // It is not empty.
            break;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Files with these contents in a folder, listed.
    fn made(folder: &Path, files: &[(&str, &str)]) -> Vec<PathBuf> {
        let paths: Vec<PathBuf> = files
            .iter()
            .map(|(name, content)| {
                write(&folder.join(name), content.as_bytes()).unwrap();
                folder.join(name)
            })
            .collect();
        settle(folder, "plot", &paths).unwrap()
    }

    #[test]
    fn what_is_no_longer_written_goes_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        let first = [("a", "1"), ("deep/er/b", "2"), ("c", "3"), ("d", "4")];
        assert!(made(folder.path(), &first).is_empty());
        fs::write(at("mine"), "not listed").unwrap();
        fs::write(at("c"), "changed").unwrap();
        assert_eq!(made(folder.path(), &[("a", "new")]), [at("c")]);
        assert!(!at("d").exists() && !at("deep").exists());
        for (name, content) in [("a", "new"), ("c", "changed"), ("mine", "not listed")] {
            assert_eq!(fs::read_to_string(at(name)).unwrap(), content);
        }
    }

    #[test]
    fn lists_of_other_commands_are_kept_and_none_leads_out_of_the_folder() {
        let folder = tempfile::tempdir().unwrap();
        let inner = folder.path().join("inner");
        let outside = folder.path().join("outside");
        write(&outside, b"x").unwrap();
        let listed = digest(b"x");
        let list = format!(
            r#"{{"plot": {{"../outside": "{listed}", "b": "{listed}"}}, "score": {{"e": ""}}}}"#
        );
        write(&inner.join("b"), b"x").unwrap();
        write(&inner.join(FILE), list.as_bytes()).unwrap();
        made(&inner, &[("a", "1")]);
        assert!(outside.exists() && !inner.join("b").exists());
        let text = fs::read_to_string(inner.join(FILE)).unwrap();
        assert!(
            text.contains("score") && !text.contains("outside"),
            "{text}"
        );
    }
}
