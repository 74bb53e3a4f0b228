//! Networks: parameters and tape from dfdx, arithmetic from [`kernels`].
//!
//! A [`Network`] owns one flat dfdx tensor theta. Evaluating it on a batch
//! gives a [`Linearisation`]: the outputs at theta with everything that its
//! derivatives need. From it come the outputs as a tensor on dfdx's tape
//! ([`Linearisation::gradient`]: reverse mode, of any loss)
//! and Gauss-Newton products ([`Linearisation::gauss_newton`]: forward mode,
//! then reverse).

pub mod architecture;
pub mod initialise;
pub mod kernels;
pub mod linearise;
pub mod ops;
pub mod packed;

pub use architecture::Architecture;
pub use linearise::{Linearisation, Loss, Outputs};
pub use packed::{Activations, Forward, Packed};

use std::sync::Arc;

use dfdx::tensor::{Cpu, Tensor, TensorFromVec};

use crate::math::Real;

/// A fully connected network with tanh between its layers.
#[derive(Debug, Clone)]
pub struct Network<E: Real> {
    architecture: Arc<Architecture>,
    device: Cpu,
    theta: Tensor<(usize,), E, Cpu>,
}

impl<E: Real> Network<E> {
    /// The network with parameters `theta`.
    ///
    /// # Panics
    /// If their number is not [`Architecture::parameters`].
    pub fn new(architecture: Architecture, theta: Vec<E>) -> Self {
        assert_eq!(
            theta.len(),
            architecture.parameters(),
            "number of parameters"
        );
        let device = Cpu::default();
        Self {
            theta: device.tensor_from_vec(theta, (architecture.parameters(),)),
            architecture: Arc::new(architecture),
            device,
        }
    }

    /// Its shape.
    pub fn architecture(&self) -> &Arc<Architecture> {
        &self.architecture
    }

    /// The parameters: for every layer the weights \[inputs\]\[outputs\] and
    /// the biases, then the free outputs.
    pub fn theta(&self) -> Vec<E> {
        ops::elements(&self.theta)
    }

    /// The parameters as a tensor, to differentiate with respect to.
    pub fn tensor(&self) -> &Tensor<(usize,), E, Cpu> {
        &self.theta
    }

    /// Replaces the parameters.
    ///
    /// # Panics
    /// If their number differs.
    pub fn set_theta(&mut self, theta: &[E]) {
        assert_eq!(
            theta.len(),
            self.architecture.parameters(),
            "number of parameters"
        );
        self.theta = self.device.tensor_from_vec(theta.to_vec(), (theta.len(),));
    }

    /// The outputs on `inputs` (\[rows\]\[inputs\]) with all that their
    /// derivatives need.
    pub fn linearise(&self, inputs: &[E]) -> Linearisation<E> {
        Linearisation::new(self, inputs)
    }

    /// A snapshot that only evaluates.
    pub fn forward(&self) -> Forward<E> {
        Forward::new(Packed::new(&self.architecture, &ops::elements(&self.theta)))
    }
}
