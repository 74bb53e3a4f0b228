//! One part's end is not in the way of another's files.

use std::fs;
use std::sync::atomic::{AtomicBool, Ordering};

use trpo_lab::experiment::disk;

/// Who completes a run removes the folders of its checkpoint that are empty, as those are in
/// which another process is about to make its first file.
#[test]
fn a_file_is_written_while_others_remove_its_empty_folder() {
    let folder = tempfile::tempdir().unwrap();
    let inner = folder.path().join("checkpoints/task/variant");
    let is_over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !is_over.load(Ordering::Relaxed) {
                for folder in inner.ancestors().take(3) {
                    let _ = fs::remove_dir(folder);
                }
            }
        });
        let path = inner.join("seed-0.checkpoint");
        let written: Vec<_> = (0..2000)
            .map(|_| {
                let written = disk::write(&path, b"x");
                let _ = fs::remove_file(&path);
                written
            })
            .collect();
        is_over.store(true, Ordering::Relaxed);
        let failed: Vec<_> = written.into_iter().filter_map(Result::err).collect();
        assert!(failed.is_empty(), "{}: {}", failed.len(), failed[0]);
    });
}
