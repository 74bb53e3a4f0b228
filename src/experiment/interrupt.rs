//! The wish to stop, and what would be lost by ending the process.
//!
//! A run that is asked to stop does so between two updates, and leaves a
//! checkpoint. It may take long to get there. Until then everything that it has
//! done stands on disk or here, so that whoever ends the process in its place
//! can write it.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::checkpoint;

/// Where the updates stand that a run has completed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// On disk, or there are none: nothing is lost.
    OnDisk,
    /// In this checkpoint, which is not yet a file.
    InMemory(Vec<u8>),
    /// Only in the run itself, which will soon be at its next boundary.
    InTheRun,
}

/// Shared by those who make runs and those who may want them to stop.
#[derive(Debug, Default)]
pub struct Interrupt {
    is_asked: AtomicBool,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// The runs under way, by the files of their checkpoints.
    runs: BTreeMap<PathBuf, Standing>,
    /// Folders that go with the process.
    temporary: Vec<PathBuf>,
}

impl Interrupt {
    /// Nobody wants to stop, and nothing is under way.
    pub const fn new() -> Self {
        Self {
            is_asked: AtomicBool::new(false),
            state: Mutex::new(State {
                runs: BTreeMap::new(),
                temporary: Vec::new(),
            }),
        }
    }

    /// Asks all runs to stop. Says whether they had been asked before.
    pub fn ask(&self) -> bool {
        self.is_asked.swap(true, Ordering::Relaxed)
    }

    /// Whether runs are to stop.
    pub fn is_asked(&self) -> bool {
        self.is_asked.load(Ordering::Relaxed)
    }

    /// A run begins, whose checkpoint stands at `path` if there is one.
    pub fn enter(&self, path: PathBuf) -> UnderWay<'_> {
        self.lock().runs.insert(path.clone(), Standing::OnDisk);
        UnderWay {
            interrupt: self,
            path,
        }
    }

    /// [`Interrupt::leave`] removes this folder too.
    pub fn remove_on_leaving(&self, folder: &Path) {
        self.lock().temporary.push(folder.to_owned());
    }

    /// Prepares the end of the process, if that costs no run more than the
    /// update under way: writes the checkpoints that are in memory, or removes the
    /// temporary folders where they would stand. While what is given back lives no
    /// run writes a file.
    pub fn leave(&self) -> Option<Left<'_>> {
        let state = self.lock();
        let must_wait = |standing: &Standing| *standing == Standing::InTheRun;
        if state.runs.values().any(must_wait) {
            return None;
        }
        let mut problems = Vec::new();
        let are_kept = state.temporary.is_empty();
        for (path, standing) in state.runs.iter().filter(|_| are_kept) {
            if let Standing::InMemory(bytes) = standing
                && let Err(error) = checkpoint::write(path, bytes)
            {
                problems.push(error.to_string());
            }
        }
        state.remove_temporary();
        Some(Left {
            are_kept,
            problems,
            _nobody_writes: state,
        })
    }

    /// Removes temporary folders, unless that would have to wait.
    pub fn leave_at_once(&self) {
        if let Ok(state) = self.state.try_lock() {
            state.remove_temporary();
            // Nobody puts anything there again before the end.
            std::mem::forget(state);
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Every change of the state is whole, even before a panic.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn remove_temporary(&self) {
        for folder in &self.temporary {
            let _ = fs::remove_dir_all(folder);
        }
    }
}

/// What [`Interrupt::leave`] leaves to be done: to end the process.
#[derive(Debug)]
pub struct Left<'a> {
    /// Whether anything stays from which the same command goes on.
    pub are_kept: bool,
    /// Checkpoints that could not be written, each with the reason.
    pub problems: Vec<String>,
    _nobody_writes: MutexGuard<'a, State>,
}

/// A run under way, until this is dropped.
#[derive(Debug)]
pub struct UnderWay<'a> {
    interrupt: &'a Interrupt,
    path: PathBuf,
}

impl UnderWay<'_> {
    /// The run is at a boundary between updates; `write` may write files, and
    /// says where its updates then stand.
    pub fn at_boundary(&self, write: impl FnOnce() -> Standing) {
        let mut state = self.interrupt.lock();
        let standing = write();
        state.runs.insert(self.path.clone(), standing);
    }

    /// The run is over; `write` puts down what it leaves.
    pub fn close<R>(self, write: impl FnOnce() -> R) -> R {
        let mut state = self.interrupt.lock();
        let written = write();
        state.runs.remove(&self.path);
        drop(state);
        written
    }
}

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        self.interrupt.lock().runs.remove(&self.path);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_in_memory_is_written_and_what_is_only_in_the_run_is_waited_for() {
        let folder = tempfile::tempdir().unwrap();
        let interrupt = Interrupt::new();
        let path = |name: &str| folder.path().join(name);
        let one = interrupt.enter(path("one"));
        let _begun = interrupt.enter(path("begun"));
        let two = interrupt.enter(path("two"));
        one.at_boundary(|| Standing::InMemory(b"1".to_vec()));
        two.at_boundary(|| Standing::InTheRun);
        assert!(interrupt.leave().is_none());
        assert!(!path("one").exists());
        two.at_boundary(|| Standing::OnDisk);
        assert!(interrupt.leave().unwrap().problems.is_empty());
        assert_eq!(fs::read(path("one")).unwrap(), b"1");
        assert!(!path("two").exists() && !path("begun").exists());
    }

    #[test]
    fn a_temporary_folder_is_removed_with_what_would_stand_in_it() {
        let folder = tempfile::tempdir().unwrap();
        let temporary = folder.path().join("temporary");
        fs::create_dir(&temporary).unwrap();
        let interrupt = Interrupt::new();
        interrupt.remove_on_leaving(&temporary);
        let run = interrupt.enter(temporary.join("one"));
        run.at_boundary(|| Standing::InMemory(b"1".to_vec()));
        let left = interrupt.leave().unwrap();
        assert!(!left.are_kept && !temporary.exists());
        drop(left);
    }

    #[test]
    fn a_run_that_is_over_leaves_nothing_to_write() {
        let folder = tempfile::tempdir().unwrap();
        let interrupt = Interrupt::new();
        let path = folder.path().join("one");
        let run = interrupt.enter(path.clone());
        run.at_boundary(|| Standing::InMemory(b"1".to_vec()));
        run.close(|| ());
        assert!(interrupt.leave().unwrap().problems.is_empty());
        assert!(!path.exists());
    }

    #[test]
    fn a_checkpoint_that_cannot_be_written_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let interrupt = Interrupt::new();
        // A file where a folder should be.
        fs::write(folder.path().join("file"), "").unwrap();
        let run = interrupt.enter(folder.path().join("file/one"));
        run.at_boundary(|| Standing::InMemory(b"1".to_vec()));
        let problems = interrupt.leave().unwrap().problems;
        assert_eq!(problems.len(), 1);
        assert!(problems[0].contains("file/one"), "{problems:?}");
    }
}
