//! A network at its present parameters on one batch: outputs and derivatives.

use std::cell::RefCell;
use std::ops::Range;
use std::rc::Rc;
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
    /// Shared with the tape.
    room: Rc<RefCell<Workspace<E>>>,
}

impl<E: Real> Linearisation<E> {
    pub(super) fn new(network: &Network<E>, inputs: &[E]) -> Self {
        let architecture = network.architecture().clone();
        let packed = Packed::with_transposes(&architecture, &network.theta());
        let mut here = Self {
            chunks: Vec::new(),
            packed: Arc::new(packed),
            rows: 0,
            theta: network.tensor().clone(),
            room: Rc::default(),
            architecture,
        };
        here.evaluate(inputs);
        here
    }

    /// Moves to the present parameters of `network`, which must have the same
    /// shape, and to other `inputs`; reuses memory where the number of rows is
    /// the same.
    pub fn renew(&mut self, network: &Network<E>, inputs: &[E]) {
        debug_assert_eq!(self.architecture, *network.architecture());
        self.theta = network.tensor().clone();
        let theta = network.theta();
        // Only a tape that still lives can hold on to the old ones.
        match Arc::get_mut(&mut self.packed) {
            Some(packed) => packed.fill(&theta),
            None => self.packed = Arc::new(Packed::with_transposes(&self.architecture, &theta)),
        }
        self.evaluate(inputs);
    }

    fn evaluate(&mut self, inputs: &[E]) {
        let width = self.architecture.inputs();
        self.rows = inputs.len() / width;
        self.chunks.truncate(self.rows.div_ceil(CHUNK));
        for (index, inputs) in inputs.chunks(CHUNK * width).enumerate() {
            let rows = inputs.len() / width;
            if self.chunks.len() == index {
                let fresh = Activations::new(&self.architecture, rows);
                self.chunks.push(Arc::new(fresh));
            }
            let chunk = &mut self.chunks[index];
            if chunk.rows() != rows || Arc::get_mut(chunk).is_none() {
                *chunk = Arc::new(Activations::new(&self.architecture, rows));
            }
            if let Some(activations) = Arc::get_mut(chunk) {
                activations.set_inputs(inputs, width);
                self.packed.evaluate(activations);
            }
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
        let room = self.room.clone();
        register(
            self.theta.leaky_trace(),
            (chunk.rows(), self.architecture.outputs()),
            chunk.outputs().to_vec(),
            move |cotangent, gradient| {
                packed.pull_back(&activations, cotangent, &mut room.borrow_mut(), gradient);
            },
        )
    }

    /// Value and gradient with respect to theta of a loss that is a sum over
    /// rows. `loss` gets the outputs of some rows and gives their share.
    pub fn gradient(&self, loss: impl Fn(Range<usize>, Outputs<E>) -> Loss<E>) -> (f64, Vec<E>)
    where
        Cpu: Device<E>,
    {
        if let [chunk] = &self.chunks[..] {
            let loss = loss(0..self.rows, self.on_tape(chunk));
            let value = elements(&loss)[0].wide();
            return (value, elements(&loss.backward().get(&self.theta)));
        }
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
        let room = &mut *self.room.borrow_mut();
        let mut tangents = Vec::new();
        for chunk in &self.chunks {
            self.packed
                .push_forward(chunk, &direction, room, &mut tangents);
            metric(chunk.outputs(), &mut tangents);
            product.fill(E::ZERO);
            self.packed.pull_back(chunk, &tangents, room, &mut product);
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
