//! A network whose parameters are a tensor of dfdx.

use std::sync::Arc;

use dfdx::tensor::{Cpu, Tensor, TensorFromVec};

use super::activations::ActivationPool;
use super::linearise::CHUNK;
use super::{Architecture, Forward, Linearisation, Packed, ops};
use crate::exec::Exec;
use crate::kernels::Kernel;
use crate::math::Real;

/// A fully connected network.
#[derive(Debug, Clone)]
pub struct Network<E: Real> {
    architecture: Arc<Architecture>,
    theta: Tensor<(usize,), E, Cpu>,
    pool: Arc<ActivationPool<E>>,
    exec: Exec,
}

impl<E: Real> Network<E> {
    /// The network with parameters `theta`, which computes with the default
    /// [`Exec`].
    ///
    /// # Panics
    /// If their number is not [`Architecture::parameters`].
    pub fn new(architecture: Architecture, theta: Vec<E>) -> Self {
        assert_eq!(
            theta.len(),
            architecture.parameters(),
            "number of parameters"
        );
        Self {
            theta: Cpu::default().tensor_from_vec(theta, (architecture.parameters(),)),
            architecture: Arc::new(architecture),
            pool: Arc::default(),
            exec: Exec::default(),
        }
    }

    /// The same network, which computes with `exec`.
    pub fn with_exec(self, exec: &Exec) -> Self {
        Self {
            exec: exec.clone(),
            ..self
        }
    }

    /// The instructions with which it computes.
    pub fn kernel(&self) -> Kernel {
        self.exec.kernel
    }

    /// How it computes.
    pub fn exec(&self) -> &Exec {
        &self.exec
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
        // In place, unless a tape still holds the old ones.
        self.theta.copy_from(theta);
    }

    /// The outputs on `inputs` (\[rows\]\[inputs\]) with all that their
    /// derivatives need.
    pub fn linearise(&self, inputs: &[E]) -> Linearisation<E> {
        let theta = self.theta();
        Linearisation::new(&self.architecture, &self.exec, &self.pool, &theta, inputs)
    }

    /// A snapshot that only evaluates.
    pub fn forward(&self) -> Forward<E> {
        Forward::new(self.packed())
    }

    /// The same with other parameters.
    ///
    /// # Panics
    /// If their number differs.
    pub fn forward_with(&self, theta: &[E]) -> Forward<E> {
        assert_eq!(
            theta.len(),
            self.architecture.parameters(),
            "number of parameters"
        );
        let packed = Packed::new(self.exec.kernel, &self.architecture, theta);
        Forward::new(Arc::new(packed))
    }

    /// The outputs, \[rows\]\[outputs\], of `inputs`, \[rows\]\[inputs\], of any
    /// number of rows.
    pub fn outputs(&self, inputs: &[E]) -> Vec<E> {
        let chunk = CHUNK * self.architecture.inputs();
        let packed = self.packed();
        let mut outputs = Vec::with_capacity(
            inputs.len() / self.architecture.inputs() * self.architecture.outputs(),
        );
        self.exec.team.in_order(
            inputs.len().div_ceil(chunk),
            &mut Vec::new(),
            |index, forward: &mut Option<Forward<E>>| {
                let inputs = &inputs[index * chunk..];
                forward
                    .get_or_insert_with(|| Forward::new(packed.clone()))
                    .run(&inputs[..chunk.min(inputs.len())]);
            },
            |_, forward| outputs.extend(forward.iter().flat_map(Forward::outputs)),
        );
        outputs
    }

    fn packed(&self) -> Arc<Packed<E>> {
        Arc::new(Packed::new(
            self.exec.kernel,
            &self.architecture,
            &self.theta(),
        ))
    }
}
