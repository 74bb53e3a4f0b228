//! Standard output and standard error, which work outlives.
//!
//! `println!` panics when its reader is gone (`trpo-lab plot | head -1`) or the
//! disk behind it is full, and takes hours of runs with it. What goes through
//! here never fails: after the first error the rest is dropped, and [`finish`]
//! says at the end what was lost. A reader that has gone wanted no more, which is
//! no error.

use std::io::{self, Write};
use std::sync::Mutex;

/// The first error of standard output; nothing is written after it.
static LOST: Mutex<Option<io::Error>> = Mutex::new(None);

/// Standard output. Writing to it always succeeds.
#[derive(Debug, Default)]
pub struct Console(());

/// Standard output, from any thread.
pub fn stdout() -> Console {
    Console(())
}

impl Write for Console {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        attempt(|out| out.write_all(bytes));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        attempt(|out| out.flush());
        Ok(())
    }
}

fn attempt(write: impl FnOnce(&mut io::StdoutLock<'_>) -> io::Result<()>) {
    // A panic while it was held cannot have left half an error.
    let mut lost = LOST.lock().unwrap_or_else(|e| e.into_inner());
    if lost.is_none() {
        *lost = write(&mut io::stdout().lock()).err();
    }
}

/// Writes what is left.
///
/// # Errors
/// If anything could not be written, and not because nobody reads it.
pub fn finish() -> io::Result<()> {
    attempt(|out| out.flush());
    let lost = LOST.lock().unwrap_or_else(|e| e.into_inner()).take();
    match lost {
        Some(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error),
        _ => Ok(()),
    }
}

/// Prints a line to standard output, as [`println!`] does, but never fails: see
/// [`console`](crate::console).
#[macro_export]
macro_rules! say {
    ($($argument:tt)*) => {{
        use std::io::Write as _;
        let _ = writeln!($crate::console::stdout(), $($argument)*);
    }};
}

/// Prints a line to standard error, as [`eprintln!`] does, but never fails: who
/// cannot be warned can still be served.
#[macro_export]
macro_rules! warn {
    ($($argument:tt)*) => {{
        use std::io::Write as _;
        let _ = writeln!(std::io::stderr(), $($argument)*);
    }};
}
