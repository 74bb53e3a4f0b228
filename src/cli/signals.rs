//! What signals do while runs are made.
//!
//! | signal | what it does | exit code |
//! |---|---|---|
//! | SIGINT | runs end at the next boundary between updates; again: at once | 130 |
//! | SIGTERM | the same, except that a second one changes nothing | 143 |
//! | SIGHUP | counts as SIGTERM, unless it was ignored at the start, as by `nohup` | 143 |
//!
//! SIGINT and SIGTERM count even where they were ignored at the start: a shell
//! that is not interactive starts what runs in the background without SIGINT.
//! No update is waited for longer than [`PATIENCE`], unless leaving it would
//! cost more than itself.

use std::process::ExitCode;
use std::sync::Once;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;

use crate::experiment::interrupt::Interrupt;
use crate::warn;

/// How long updates under way are waited for.
const PATIENCE: Duration = Duration::from_millis(1500);

/// Time between two looks at whether the process can be left.
const LOOK: Duration = Duration::from_millis(20);

/// What runs are shown, and signals change.
static INTERRUPT: Interrupt = Interrupt::new();

/// 128 and the number of the signal; before any, that of SIGINT.
static CODE: AtomicU8 = AtomicU8::new(130);

/// From now on signals ask the runs to stop, and the process ends soon.
pub(super) fn listen() -> &'static Interrupt {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        if let Err(error) = imp::start() {
            warn!("signals end the process at once, since they cannot be handled: {error}");
        }
    });
    &INTERRUPT
}

/// What the process says of itself after a signal.
pub(super) fn exit_code() -> ExitCode {
    ExitCode::from(CODE.load(Ordering::Relaxed))
}

/// A signal came, for which the exit code is `code`.
#[cfg(unix)]
fn receive(code: u8, is_keyboard: bool) {
    if !INTERRUPT.ask() {
        CODE.store(code, Ordering::Relaxed);
        warn!("stopping after the updates under way (again: at once)");
        // It waits, and further signals must be heard meanwhile. Without it the
        // runs still stop, however long their updates take.
        let _ = std::thread::Builder::new().spawn(leave_after_a_while);
    } else if is_keyboard {
        INTERRUPT.leave_at_once();
        end(code);
    }
}

/// Ends the process in the place of runs that take too long.
#[cfg(unix)]
fn leave_after_a_while() {
    std::thread::sleep(PATIENCE);
    loop {
        if let Some(left) = INTERRUPT.leave() {
            for problem in &left.problems {
                warn!("no checkpoint: {problem}");
            }
            let words = if left.are_kept {
                "stopped: complete runs are kept, the others go on from their last complete \
                 updates when the same command is given again"
            } else {
                "stopped: what was made is removed, nothing was compared"
            };
            warn!("{words}");
            end(CODE.load(Ordering::Relaxed));
        }
        std::thread::sleep(LOOK);
    }
}

/// Ends the process.
#[cfg(unix)]
fn end(code: u8) -> ! {
    use std::io::{IsTerminal, Write};
    let mut errors = std::io::stderr();
    if errors.is_terminal() {
        // Whoever drew bars may have hidden the cursor.
        let _ = errors.write_all(b"\x1b[?25h");
    }
    std::process::exit(code.into())
}

#[cfg(unix)]
mod imp {
    use std::io;
    use std::mem::MaybeUninit;
    use std::ptr;

    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
    use signal_hook::iterator::Signals;

    /// Listens on a thread of its own.
    pub(super) fn start() -> io::Result<()> {
        let mut heard = vec![SIGINT, SIGTERM];
        if !is_ignored(SIGHUP) {
            heard.push(SIGHUP);
        }
        let mut signals = Signals::new(heard)?;
        let listen = move || {
            for signal in signals.forever() {
                match signal {
                    SIGINT => super::receive(130, true),
                    _ => super::receive(143, false),
                }
            }
        };
        std::thread::Builder::new().spawn(listen)?;
        Ok(())
    }

    // No safe call asks for it.
    #[allow(unsafe_code)]
    fn is_ignored(signal: i32) -> bool {
        let mut action = MaybeUninit::<libc::sigaction>::uninit();
        // SAFETY: nothing is installed; where the answer is 0, `action` has been
        // filled in.
        unsafe {
            libc::sigaction(signal, ptr::null(), action.as_mut_ptr()) == 0
                && action.assume_init().sa_sigaction == libc::SIG_IGN
        }
    }
}

/// Elsewhere Ctrl-C ends the process, and nothing stored is lost.
#[cfg(not(unix))]
mod imp {
    pub(super) fn start() -> std::io::Result<()> {
        Ok(())
    }
}
