//! One part's end is not in the way of another's files.

use std::fs;
use std::sync::atomic::{AtomicUsize, Ordering};

use trpo_lab::experiment::disk;

/// How many files are written, and how often their folder is removed for each of them: less
/// often than it is made again, so that this ends on every file system, those too on which
/// making it takes longer than removing it.
const FILES: usize = 500;
const REMOVALS: usize = 300;

/// Who completes a run removes the folders of its checkpoint that are empty, as those are in
/// which another process is about to make its first file.
#[test]
fn a_file_is_written_while_others_remove_its_empty_folder() {
    let folder = tempfile::tempdir().unwrap();
    let inner = folder.path().join("checkpoints/task/variant");
    let path = inner.join("seed-0.checkpoint");
    let written = AtomicUsize::new(0);
    let failed: Vec<_> = std::thread::scope(|scope| {
        scope.spawn(|| remove_again_and_again(&inner, &written));
        let write = |number| {
            let result = disk::write(&path, b"x");
            let _ = fs::remove_file(&path);
            written.store(number, Ordering::Relaxed);
            result.err()
        };
        (1..=FILES).filter_map(write).collect()
    });
    assert!(failed.is_empty(), "{}: {}", failed.len(), failed[0]);
}

/// Removes `inner` and the two folders above it, [`REMOVALS`] times in all for each file.
fn remove_again_and_again(inner: &std::path::Path, written: &AtomicUsize) {
    let (mut file, mut left) = (0, REMOVALS);
    while file < FILES {
        for folder in inner.ancestors().take(3).filter(|_| left > 0) {
            let _ = fs::remove_dir(folder);
        }
        left = left.saturating_sub(3);
        let now = written.load(Ordering::Relaxed);
        if now == file {
            std::thread::yield_now();
        } else {
            (file, left) = (now, REMOVALS);
        }
    }
}
