//! Files that appear whole: written under a temporary name, then renamed.
//!
//! A temporary file stands beside its target and is called
//! `.TARGET.HOST.PROCESS.NUMBER.tmp`. Its name says who writes it, so that what
//! a killed process left can be told from what another one is writing.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

#[cfg(unix)]
use rustix::io::Errno;
#[cfg(unix)]
use rustix::process::{Pid, test_kill_process};
#[cfg(unix)]
use rustix::system::uname;

/// From this age on a temporary file is taken for left behind, whoever wrote
/// it: no write takes so long.
const FORGOTTEN: Duration = Duration::from_secs(60 * 60);

/// Puts `bytes` at `path` so that readers find the old file or the new one,
/// never a part. Makes the folder if there is none.
pub fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let name = path.file_name().ok_or(io::ErrorKind::InvalidInput)?;
    let folder = folder_of(path);
    let (temporary, file) = create(folder, &name.to_string_lossy())?;
    let written = fill(file, bytes).and_then(|()| fs::rename(&temporary, path));
    match &written {
        // Its new name too, before something that it replaces is removed. Not every file
        // system can be asked for that.
        Ok(()) => drop(File::open(folder).and_then(|folder| folder.sync_all())),
        Err(_) => drop(fs::remove_file(&temporary)),
    }
    written
}

/// Removes temporary files that were left in `folder`, those of targets for
/// which `concerns` holds: their process is gone, or they are older than an
/// hour. One that cannot be removed stays: it does no harm.
pub fn sweep(folder: &Path, concerns: impl Fn(&str) -> bool) {
    let Ok(entries) = fs::read_dir(folder) else {
        return;
    };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let Some(writer) = name.to_str().and_then(Writer::of) else {
            continue;
        };
        let age = || entry.metadata().ok()?.modified().ok()?.elapsed().ok();
        let is_left = || writer.is_gone() || age().is_some_and(|age| age > FORGOTTEN);
        if concerns(writer.target) && is_left() {
            let _ = fs::remove_file(entry.path());
        }
    }
}

/// [`sweep`] for one target.
pub fn sweep_beside(path: &Path) {
    if let Some(name) = path.file_name().and_then(|name| name.to_str()) {
        sweep(folder_of(path), |target| target == name);
    }
}

fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

/// How often a folder is made again that another process removes.
const TRIES: usize = 1000;

/// A new temporary file for `target`, and its folder if there is none.
fn create(folder: &Path, target: &str) -> io::Result<(PathBuf, File)> {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let mut left = TRIES;
    loop {
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let (host, process) = (&*HOST, std::process::id());
        let path = folder.join(format!(".{target}.{host}.{process}.{number}.tmp"));
        match fs::create_dir_all(folder).and_then(|()| File::create_new(&path)) {
            Ok(file) => return Ok((path, file)),
            // Left by an earlier process of the same number.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists && path.exists() => {}
            // A part that ends removes folders of checkpoints that are empty, as this one is
            // before the file is in it: it is missing, or it was there, when it was to be made,
            // and no more when that was looked at.
            Err(error) if left > 0 && is_of_a_removed_folder(&error) => left -= 1,
            Err(error) => return Err(error),
        }
    }
}

fn is_of_a_removed_folder(error: &io::Error) -> bool {
    use io::ErrorKind::{AlreadyExists, NotFound};
    matches!(error.kind(), NotFound | AlreadyExists)
}

fn fill(mut file: File, bytes: &[u8]) -> io::Result<()> {
    file.write_all(bytes)?;
    file.sync_all()
}

/// Who writes a temporary file, and what it is to become.
struct Writer<'a> {
    target: &'a str,
    host: &'a str,
    process: u32,
}

impl<'a> Writer<'a> {
    /// Read from the file's name; `None` for a file of another kind.
    fn of(name: &'a str) -> Option<Self> {
        let mut parts = name
            .strip_prefix('.')?
            .strip_suffix(".tmp")?
            .rsplitn(4, '.');
        let (number, process) = (parts.next()?, parts.next()?);
        number.parse::<u64>().ok()?;
        Some(Self {
            process: process.parse().ok()?,
            host: parts.next()?,
            target: parts.next()?,
        })
    }

    /// Whether it is known to write no more.
    fn is_gone(&self) -> bool {
        self.host == *HOST && process_is_gone(self.process)
    }
}

#[cfg(unix)]
fn process_is_gone(process: u32) -> bool {
    let process = i32::try_from(process).ok().and_then(Pid::from_raw);
    // Only looked for: no signal is sent.
    process.is_none_or(|process| test_kill_process(process) == Err(Errno::SRCH))
}

/// Where it cannot be asked for, only age tells.
#[cfg(not(unix))]
fn process_is_gone(_: u32) -> bool {
    false
}

/// The name of this machine, without dots.
static HOST: LazyLock<String> = LazyLock::new(|| {
    let plain = |c: char| if c.is_ascii_alphanumeric() { c } else { '-' };
    let name: String = host_name().chars().map(plain).collect();
    if name.is_empty() {
        "host".to_owned()
    } else {
        name
    }
});

#[cfg(unix)]
fn host_name() -> String {
    uname().nodename().to_string_lossy().into_owned()
}

#[cfg(not(unix))]
fn host_name() -> String {
    std::env::var("COMPUTERNAME").unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_says_who_writes_the_file() {
        let writer = Writer::of(".seed-3.json.a-host.42.0.tmp").unwrap();
        assert_eq!(writer.target, "seed-3.json");
        assert_eq!((writer.host, writer.process), ("a-host", 42));
        for name in ["seed-3.json", ".tmpAbC123", ".x.tmp", ".x.h.one.0.tmp"] {
            assert!(Writer::of(name).is_none(), "{name}");
        }
    }

    /// Of a process that lives and of a machine that cannot be asked, only old
    /// files are left behind; of one that is gone, all are.
    #[test]
    fn only_what_nobody_writes_any_more_is_swept() {
        let folder = tempfile::tempdir().unwrap();
        let host = &*HOST;
        let mut child = std::process::Command::new("true").spawn().unwrap();
        let gone = child.id();
        child.wait().unwrap();
        let own = std::process::id();
        let file = |target: &str, host: &str, process: u32, hours: u64| {
            let path = folder
                .path()
                .join(format!(".{target}.{host}.{process}.{hours}.tmp"));
            let file = File::create(&path).unwrap();
            let then = std::time::SystemTime::now() - Duration::from_secs(3600 * hours + 60);
            file.set_modified(then).unwrap();
            path
        };
        let left = [
            file("a", host, gone, 0),
            file("a", "elsewhere", own, 1),
            file("a", host, own, 1),
        ];
        let kept = [
            file("a", host, own, 0),
            file("a", "elsewhere", gone, 0),
            file("b", host, gone, 0),
        ];
        sweep_beside(&folder.path().join("a"));
        assert!(left.iter().all(|path| !path.exists()), "{left:?}");
        assert!(kept.iter().all(|path| path.exists()), "{kept:?}");
    }

    /// Others remove the empty folder at any moment of its making, some times for each file.
    #[test]
    fn a_folder_that_others_remove_is_made_again() {
        use std::sync::atomic::AtomicUsize;
        const FILES: usize = 20_000;
        let base = tempfile::tempdir().unwrap();
        let folder = base.path().join("checkpoints/task/variant");
        let made = AtomicUsize::new(0);
        let remove = || {
            for file in 0..FILES {
                let mut removals = 30;
                while made.load(Ordering::Relaxed) <= file {
                    if removals == 0 {
                        std::thread::yield_now();
                        continue;
                    }
                    removals -= 1;
                    for folder in folder.ancestors().take(3) {
                        let _ = fs::remove_dir(folder);
                    }
                }
            }
        };
        std::thread::scope(|scope| {
            scope.spawn(remove);
            let make = |file| {
                let result = create(&folder, "a").map(|(path, _)| fs::remove_file(path));
                made.store(file + 1, Ordering::Relaxed);
                result.err()
            };
            let failed: Vec<_> = (0..FILES).filter_map(make).collect();
            assert!(failed.is_empty(), "{}: {}", failed.len(), failed[0]);
        });
        // What is no folder is told.
        fs::write(base.path().join("file"), "").unwrap();
        assert!(create(&base.path().join("file"), "a").is_err());
    }

    #[test]
    fn a_write_that_fails_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("a");
        fs::create_dir_all(target.join("in-the-way")).unwrap();
        assert!(replace(&target, b"x").is_err());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
