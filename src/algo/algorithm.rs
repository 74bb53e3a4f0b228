//! What an algorithm is: it owns an iteration.

use serde::Serialize;

use super::bench::Bench;
use super::error::UpdateError;
use crate::columns::Row;
use crate::ordered::Ordered;

/// An algorithm: one update after another, each with what the [`Bench`] gives.
pub trait Algorithm: Send {
    /// Makes one update when the share `done` of the run has been made, and
    /// says what it did, in the same columns every time.
    ///
    /// # Errors
    /// If nothing can follow: the run ends, as diverged or as failed.
    fn update(&mut self, bench: &mut Bench<'_>, done: f64) -> Result<Row, UpdateError>;
}

/// An algorithm whose state survives an interruption.
pub trait Stateful: Algorithm {
    /// Its state.
    fn save(&self) -> Ordered;
}

impl<A: Algorithm + Serialize> Stateful for A {
    fn save(&self) -> Ordered {
        // The state of an algorithm is plain data with keys that are texts.
        Ordered::of(self).expect("the state of an algorithm is plain data")
    }
}
