//! How a run computes.

use crate::kernels::Kernel;
use crate::threads::Team;

/// With which instructions and on which threads networks compute. No bit of a
/// result depends on it.
///
/// By default the best instructions of this CPU, on the calling thread alone.
#[derive(Debug, Clone, Default)]
pub struct Exec {
    /// Instructions.
    pub kernel: Kernel,
    /// Threads.
    pub team: Team,
}

impl From<Kernel> for Exec {
    /// This kernel on the calling thread alone.
    fn from(kernel: Kernel) -> Self {
        Self {
            kernel,
            team: Team::default(),
        }
    }
}
