//! Networks: parameters and tape from dfdx, arithmetic from
//! [`kernels`](crate::kernels).
//!
//! A [`Network`] owns one flat dfdx tensor theta. Evaluating it on a batch
//! gives a [`Linearisation`]: the outputs at theta with everything that its
//! derivatives need. From it come the outputs as a tensor on dfdx's tape
//! ([`Linearisation::gradient`]: reverse mode, of any loss)
//! and Gauss-Newton products ([`Linearisation::gauss_newton`]: forward mode,
//! then reverse).

mod activations;
pub mod architecture;
pub(crate) mod counted;
pub mod initialise;
#[cfg(feature = "train")]
pub mod linearise;
#[cfg(feature = "train")]
pub mod network;
#[cfg(feature = "train")]
pub mod ops;
mod packed;
mod passes;

pub use activations::Forward;
pub use architecture::{Architecture, Hidden};
#[cfg(feature = "train")]
pub use linearise::Linearisation;
#[cfg(feature = "train")]
pub use network::Network;
#[cfg(feature = "train")]
pub use ops::{Loss, Outputs};
pub(crate) use packed::Packed;
