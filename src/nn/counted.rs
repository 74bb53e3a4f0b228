//! Rows that pass through networks, counted where the library tests itself.

/// A pass through a network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Pass {
    /// Its outputs.
    Forward,
    /// Their change along a direction.
    Tangent,
    /// The gradient of a sum of them.
    Reverse,
}

/// So many rows pass through a network of so many outputs.
#[inline(always)]
pub(super) fn count(pass: Pass, outputs: usize, rows: usize) {
    #[cfg(test)]
    tests::note(pass, outputs, rows);
    #[cfg(not(test))]
    let _ = (pass, outputs, rows);
}

#[cfg(test)]
pub(crate) mod tests {
    use std::cell::RefCell;
    use std::collections::BTreeMap;

    use super::Pass;

    /// Rows by the outputs of the network and by the pass.
    pub type Rows = BTreeMap<(usize, Pass), usize>;

    thread_local! {
        static ROWS: RefCell<Rows> = RefCell::default();
    }

    pub(super) fn note(pass: Pass, outputs: usize, rows: usize) {
        ROWS.with_borrow_mut(|counted| *counted.entry((outputs, pass)).or_default() += rows);
    }

    /// The rows that pass on this thread while `work` is done.
    pub fn during<R>(work: impl FnOnce() -> R) -> (R, Rows) {
        ROWS.take();
        let done = work();
        (done, ROWS.take())
    }
}
