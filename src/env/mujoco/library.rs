//! Calls into MuJoCo's engine whose errors come back as values.
//!
//! The engine reports an error to the installed log handler, which must not
//! return, and by default prints, writes `MUJOCO_LOG.TXT` and ends the process.
//! Ours unwinds to [`guarded`] instead, through C frames without destructors;
//! that is why the functions are declared here as `C-unwind`. Warnings are
//! counted by the engine and read by the simulation.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Once;

use mujoco_rs::mujoco_c::{mjData, mjLogMessage, mjModel};
use mujoco_rs::wrappers::mj_logging::MjtLogLevel;

type Handler = unsafe extern "C-unwind" fn(*const mjLogMessage);

// Declared like this by mujoco.h of 3.17.0.
unsafe extern "C-unwind" {
    pub fn mj_step(model: *const mjModel, data: *mut mjData);
    pub fn mj_forward(model: *const mjModel, data: *mut mjData);
    pub fn mj_resetData(model: *const mjModel, data: *mut mjData);
    pub fn mj_rnePostConstraint(model: *const mjModel, data: *mut mjData);
    fn mju_setLogHandler(handler: Option<Handler>) -> Option<Handler>;
}

/// An error of the engine, in its own words.
#[derive(Debug)]
pub struct LibraryError(pub String);

thread_local! {
    /// Whether [`guarded`] is on this thread's stack.
    static GUARDED: Cell<bool> = const { Cell::new(false) };
}

/// Makes MuJoCo's errors ours, once for the process.
pub fn install() {
    static INSTALLED: Once = Once::new();
    // SAFETY: the handler is valid for the whole program; `Once` keeps other
    // threads, all of which come through here first, out of the engine.
    INSTALLED.call_once(|| unsafe {
        mju_setLogHandler(Some(on_message));
    });
}

/// `call`, or the error with which the engine left it. What it worked on is
/// then in no defined state.
pub fn guarded(call: impl FnOnce()) -> Result<(), LibraryError> {
    GUARDED.set(true);
    let outcome = catch_unwind(AssertUnwindSafe(call));
    GUARDED.set(false);
    outcome.map_err(|payload| match payload.downcast::<LibraryError>() {
        Ok(error) => *error,
        Err(panic) => resume_unwind(panic),
    })
}

/// # Safety
/// `message` points to a message that lives as long as the call.
unsafe extern "C-unwind" fn on_message(message: *const mjLogMessage) {
    // SAFETY: as the engine calls it.
    let message = unsafe { &*message };
    if message.level() != MjtLogLevel::mjLOG_ERROR {
        return;
    }
    let error = LibraryError(message.subject().to_owned());
    if GUARDED.get() {
        resume_unwind(Box::new(error));
    }
    // Out of memory while a model is loaded or a copy of it made: the callers
    // are C++ and cannot be unwound through.
    crate::warn!("error: MuJoCo: {}", error.0);
    std::process::exit(1);
}
