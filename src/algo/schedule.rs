//! Settings that fall over a run.

/// A number that stays as it is, or falls linearly to 0 over the run.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Schedule {
    /// Its value at the beginning.
    pub start: f64,
    /// Whether it falls.
    pub anneal: bool,
}

impl Schedule {
    /// Its value when the share `done` of the run, from 0 to 1, has been made.
    pub fn at(self, done: f64) -> f64 {
        if self.anneal {
            self.start * (1.0 - done)
        } else {
            self.start
        }
    }
}
