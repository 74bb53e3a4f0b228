//! A network at its present parameters on one batch: outputs and derivatives.

use std::ops::Range;
use std::sync::Arc;

use dfdx::shapes::Rank0;
use dfdx::tensor::{Cpu, OwnedTape, Tensor, Trace};
use dfdx::tensor_ops::{Backward, Device};

use super::ops::{elements, register};
use super::packed::Workspace;
use super::{Activations, Architecture, Network, Packed};
use crate::math::Real;

/// Rows that are processed together, so that their activations stay in cache.
/// Sums over a batch are sums over chunks: one constant for every machine.
pub const CHUNK: usize = 256;

/// Outputs \[rows\]\[outputs\] on dfdx's tape.
pub type Outputs<E> = Tensor<(usize, usize), E, Cpu, OwnedTape<E, Cpu>>;

/// A scalar on dfdx's tape.
pub type Loss<E> = Tensor<Rank0, E, Cpu, OwnedTape<E, Cpu>>;

/// The outputs of a network on a batch, with everything that derivatives with
/// respect to its parameters need.
#[derive(Debug)]
pub struct Linearisation<E: Real> {
    architecture: Arc<Architecture>,
    theta: Tensor<(usize,), E, Cpu>,
    packed: Arc<Packed<E>>,
    chunks: Vec<Arc<Activations<E>>>,
    rows: usize,
}

impl<E: Real> Linearisation<E> {
    pub(super) fn new(network: &Network<E>, inputs: &[E]) -> Self {
        let architecture = network.architecture().clone();
        let width = architecture.inputs();
        let packed = Packed::new(&architecture, &network.theta()).with_transposes();
        let chunks = inputs.chunks(CHUNK * width).map(|inputs| {
            let mut activations = Activations::new(&architecture, inputs.len() / width);
            activations.set_inputs(inputs, width);
            packed.evaluate(&mut activations);
            Arc::new(activations)
        });
        Self {
            chunks: chunks.collect(),
            packed: Arc::new(packed),
            rows: inputs.len() / width,
            theta: network.tensor().clone(),
            architecture,
        }
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// The outputs of all rows, \[rows\]\[outputs\].
    pub fn outputs(&self) -> Vec<E> {
        let chunks = self.chunks.iter();
        chunks.flat_map(|chunk| chunk.outputs()).copied().collect()
    }

    fn ranges(&self) -> impl Iterator<Item = (Range<usize>, &Arc<Activations<E>>)> {
        self.chunks.iter().enumerate().map(|(index, chunk)| {
            let start = index * CHUNK;
            (start..start + chunk.rows(), chunk)
        })
    }

    /// The whole network as one operation on dfdx's tape, with theta as its
    /// input.
    fn on_tape(&self, chunk: &Arc<Activations<E>>) -> Outputs<E> {
        let (packed, activations) = (self.packed.clone(), chunk.clone());
        register(
            self.theta.leaky_trace(),
            (chunk.rows(), self.architecture.outputs()),
            chunk.outputs().to_vec(),
            move |cotangent, gradient| {
                packed.pull_back(&activations, cotangent, &mut Workspace::default(), gradient);
            },
        )
    }

    /// Value and gradient with respect to theta of a loss that is a sum over
    /// rows. `loss` gets the outputs of some rows and gives their share.
    pub fn gradient(&self, loss: impl Fn(Range<usize>, Outputs<E>) -> Loss<E>) -> (f64, Vec<E>)
    where
        Cpu: Device<E>,
    {
        let mut value = 0.0;
        let mut sum = vec![0.0; self.architecture.parameters()];
        for (range, chunk) in self.ranges() {
            let loss = loss(range, self.on_tape(chunk));
            value += elements(&loss)[0].wide();
            let gradient = loss.backward().get(&self.theta);
            add(&mut sum, &elements(&gradient));
        }
        (value, sum.into_iter().map(E::of).collect())
    }

    /// The Gauss-Newton product mean over rows of J^T M J v, where J is the
    /// Jacobian of a row's outputs. `metric` multiplies the tangents of some
    /// rows by M in place.
    pub fn gauss_newton(&self, v: &[E], metric: impl Fn(&[E], &mut [E])) -> Vec<E> {
        let direction = Packed::new(&self.architecture, v);
        let mut sum = vec![0.0; v.len()];
        let mut product = vec![E::ZERO; v.len()];
        let mut room = Workspace::default();
        let mut tangents = Vec::new();
        for chunk in &self.chunks {
            self.packed
                .push_forward(chunk, &direction, &mut room, &mut tangents);
            metric(chunk.outputs(), &mut tangents);
            product.fill(E::ZERO);
            self.packed
                .pull_back(chunk, &tangents, &mut room, &mut product);
            add(&mut sum, &product);
        }
        let rows = self.rows as f64;
        sum.into_iter().map(|value| E::of(value / rows)).collect()
    }
}

fn add<E: Real>(sum: &mut [f64], values: &[E]) {
    for (sum, value) in sum.iter_mut().zip(values) {
        *sum += value.wide();
    }
}
