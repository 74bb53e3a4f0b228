//! A network at some parameters on one batch: outputs and derivatives.

use std::ops::Range;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use dfdx::shapes::Rank0;
use dfdx::tensor::{Cpu, Tensor, TensorFromVec, Trace};
use dfdx::tensor_ops::Backward;

use super::Architecture;
use super::activations::{ActivationPool, Activations, Forward};
use super::ops::{Loss, Outputs, element, register};
use super::packed::Packed;
use super::passes::Workspace;
use crate::exec::Exec;
use crate::kernels::{self, Kernel, View, enlarge_pages, gather};
use crate::math::Real;
use crate::threads::Team;

/// Rows that are processed together, so that their activations stay in cache.
/// Sums over a batch are sums over chunks: one constant for every machine.
pub const CHUNK: usize = 256;

/// Bytes of activations that stay in the last cache from one Fisher product to the next; it may be
/// shared with other cores.
const IN_CACHE: usize = 8 << 20;

/// The outputs of a network on a batch, with everything that derivatives with
/// respect to its parameters need.
#[derive(Debug)]
pub struct Linearisation<E: Real> {
    exec: Exec,
    architecture: Arc<Architecture>,
    /// Stands for the parameters on dfdx's tape.
    leaf: Tensor<Rank0, E, Cpu>,
    packed: Arc<Packed<E>>,
    chunks: Vec<Arc<Activations<E>>>,
    rows: usize,
    scratch: Mutex<Vec<Scratch<E>>>,
    pool: Arc<ActivationPool<E>>,
}

/// Memory of one thread.
#[derive(Debug, Default)]
struct Scratch<E> {
    /// Shared with the tape.
    reverse: Arc<Mutex<Reverse<E>>>,
    tangents: Vec<E>,
    value: f64,
}

/// What the reverse pass needs, and what it gives: the gradient with respect to
/// theta, in memory that is used again rather than in a new tensor for every
/// minibatch.
#[derive(Debug, Default)]
struct Reverse<E> {
    workspace: Workspace<E>,
    gradient: Vec<E>,
    /// Whether the pass has been made since [`Reverse::reset`].
    is_made: bool,
}

impl<E: Real> Reverse<E> {
    /// Makes room for the gradient, which the pass writes whole.
    fn reset(&mut self, parameters: usize) {
        self.gradient.resize(parameters, E::ZERO);
        self.is_made = false;
    }

    /// J^T u, of rows at which the network was evaluated.
    fn pull_back(&mut self, packed: &Packed<E>, at: &Activations<E>, cotangent: &[E]) {
        packed.pull_back(at, cotangent, &mut self.workspace, &mut self.gradient);
        self.is_made = true;
    }
}

/// What a panic elsewhere left is overwritten before it is read.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<E: Real> Linearisation<E> {
    /// The network with parameters `theta` on `inputs`, \[rows\]\[inputs\];
    /// memory comes from `pool`.
    pub(super) fn new(
        architecture: &Arc<Architecture>,
        exec: &Exec,
        pool: &Arc<ActivationPool<E>>,
        theta: &[E],
        inputs: &[E],
    ) -> Self {
        let mut here = Self {
            exec: exec.clone(),
            architecture: architecture.clone(),
            pool: pool.clone(),
            leaf: Cpu::default().tensor_from_vec(vec![E::ZERO], ()),
            packed: Arc::new(Packed::with_transposes(exec.kernel, architecture, theta)),
            chunks: Vec::new(),
            rows: 0,
            scratch: Mutex::default(),
        };
        here.evaluate(inputs);
        here
    }

    /// Evaluates the network at other parameters and inputs; reuses memory
    /// where the number of rows is the same.
    pub fn reevaluate(&mut self, theta: &[E], inputs: &[E]) {
        self.change(|from, part| part.copy_from_slice(&theta[from..][..part.len()]));
        self.evaluate(inputs);
    }

    /// Changes the parameters in place: `change` gets one part of theta after the other, and
    /// where in theta it begins. Outputs and derivatives are of the new ones from the next
    /// evaluation on.
    pub fn change(&mut self, change: impl FnMut(usize, &mut [E])) {
        // Only a tape that still lives can hold on to the old ones.
        Arc::make_mut(&mut self.packed).change(change);
    }

    /// The parameters.
    pub fn theta(&self) -> Vec<E> {
        self.packed.theta()
    }

    fn evaluate(&mut self, inputs: &[E]) {
        let width = self.architecture.inputs();
        self.evaluate_chunks(inputs.len() / width, |rows, of_chunk| {
            of_chunk.copy_from_slice(&inputs[rows.start * width..rows.end * width]);
        });
    }

    /// Evaluates the network on the rows `indices` of `inputs`, \[any\]\[inputs\]; reuses memory
    /// where their number is the same.
    pub fn evaluate_rows(&mut self, inputs: &[E], indices: &[usize]) {
        let width = self.architecture.inputs();
        self.evaluate_chunks(indices.len(), |rows, of_chunk| {
            gather(inputs, width, &indices[rows], of_chunk);
        });
    }

    /// Evaluates the network on `rows` rows, of which `fill` writes the inputs of some.
    fn evaluate_chunks(&mut self, rows: usize, fill: impl Fn(Range<usize>, &mut Vec<E>) + Sync) {
        self.rows = rows;
        let (architecture, packed) = (&*self.architecture, &*self.packed);
        let rows_of = |index: usize| CHUNK.min(self.rows - index * CHUNK);
        let pool = &*self.pool;
        let fresh = |index| Arc::new(pool.take(architecture, rows_of(index)));
        if self.chunks.len() > self.rows.div_ceil(CHUNK) {
            pool.give(self.chunks.drain(self.rows.div_ceil(CHUNK)..));
        }
        let before = self.chunks.len();
        self.chunks
            .extend((before..self.rows.div_ceil(CHUNK)).map(fresh));
        let new = &self.chunks[before..];
        enlarge_pages(new.iter().flat_map(|chunk| chunk.hidden()));
        self.exec.team.for_each(&mut self.chunks, |index, chunk| {
            let rows = rows_of(index);
            if chunk.rows() != rows || Arc::get_mut(chunk).is_none() {
                *chunk = fresh(index);
            }
            if let Some(activations) = Arc::get_mut(chunk) {
                fill(index * CHUNK..index * CHUNK + rows, &mut activations.inputs);
                packed.evaluate(activations);
            }
        });
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Size of what hidden layers gave.
    fn bytes(&self) -> usize {
        let hidden = self.chunks.iter().flat_map(|chunk| chunk.hidden());
        hidden.map(size_of_val).sum()
    }

    /// Its shape.
    pub fn architecture(&self) -> &Arc<Architecture> {
        &self.architecture
    }

    /// Evaluates the same network at `theta`.
    pub fn forward_at(&self, theta: &[E]) -> Forward<E> {
        let packed = Packed::new(self.exec.kernel, &self.architecture, theta);
        Forward::new(Arc::new(packed))
    }

    /// The threads that share its work.
    pub fn team(&self) -> &Team {
        &self.exec.team
    }

    /// The outputs of all rows, \[rows\]\[outputs\].
    pub fn outputs(&self) -> Vec<E> {
        let mut outputs = Vec::with_capacity(self.rows * self.architecture.outputs());
        for chunk in &self.chunks {
            outputs.extend_from_slice(chunk.outputs());
        }
        outputs
    }

    /// Value and gradient with respect to theta of a loss that is a sum over
    /// rows. `loss` gets the outputs of some rows and gives their share.
    pub fn gradient(
        &self,
        loss: impl Fn(Range<usize>, Outputs<E>) -> Loss<E> + Sync,
    ) -> (f64, Vec<E>) {
        let mut gradient = Vec::new();
        let value = self.gradient_into(&mut gradient, loss);
        (value, gradient)
    }

    /// [`Linearisation::gradient`] into memory that the caller lends, whatever
    /// it held.
    pub fn gradient_into(
        &self,
        gradient: &mut Vec<E>,
        loss: impl Fn(Range<usize>, Outputs<E>) -> Loss<E> + Sync,
    ) -> f64 {
        let Exec { kernel, team } = &self.exec;
        let (leaf, packed) = (&self.leaf, &self.packed);
        let (chunks, width) = (&self.chunks, self.architecture.outputs());
        let parameters = self.architecture.parameters();
        let of_chunk = |index: usize, scratch: &mut Scratch<E>| {
            lock(&scratch.reverse).reset(parameters);
            let (packed, chunk) = (packed.clone(), chunks[index].clone());
            let (reverse, start) = (scratch.reverse.clone(), index * CHUNK);
            let rows = start..start + chunk.rows();
            // The whole network as one operation on dfdx's tape.
            let outputs = register(
                leaf.leaky_trace(),
                (chunk.rows(), width),
                chunk.outputs().to_vec(),
                move |cotangent, _| lock(&reverse).pull_back(&packed, &chunk, cotangent),
            );
            let loss = loss(rows, outputs);
            scratch.value = element(&loss).to_double();
            loss.backward();
            let reverse = &mut *lock(&scratch.reverse);
            // Of a loss that does not depend on the outputs.
            if !reverse.is_made {
                reverse.gradient.fill(E::ZERO);
            }
        };
        let scratch = &mut *lock(&self.scratch);
        let mut value = 0.0;
        if chunks.len() == 1 {
            team.in_order(1, scratch, of_chunk, |_, scratch| {
                value = scratch.value;
                std::mem::swap(gradient, &mut lock(&scratch.reverse).gradient);
            });
            return value;
        }
        let mut sum = Sum::new(parameters);
        team.in_order(chunks.len(), scratch, of_chunk, |_, scratch| {
            value += scratch.value;
            sum.add(*kernel, &lock(&scratch.reverse).gradient);
        });
        *gradient = sum.over(1.0);
        value
    }

    /// The Gauss-Newton product mean over rows of J^T M J v, where J is the
    /// Jacobian of a row's outputs. `multiply` gets some rows of `metric`,
    /// \[rows\]\[outputs\], and multiplies their tangents, its second argument,
    /// by M in place.
    ///
    /// # Panics
    /// If `metric` has fewer rows than there are.
    pub fn gauss_newton(
        &self,
        v: &[E],
        metric: &[E],
        multiply: impl Fn(&[E], &mut [E]) + Sync,
    ) -> Vec<E> {
        let Exec { kernel, team } = &self.exec;
        let direction = Packed::new(*kernel, &self.architecture, v);
        let (packed, chunks) = (&self.packed, &self.chunks);
        let (architecture, width) = (&*self.architecture, self.architecture.outputs());
        let of_rows =
            |index: usize| &metric[index * CHUNK * width..][..chunks[index].rows() * width];
        let is_in_cache = self.bytes() <= IN_CACHE;
        let at_a_time = team.at_a_time(chunks.len());
        let of_chunk = |index: usize, scratch: &mut Scratch<E>| {
            let mut reverse = lock(&scratch.reverse);
            reverse.reset(v.len());
            let (chunk, tangents) = (&*chunks[index], &mut scratch.tangents);
            // What the same thread needs next.
            let next = (index + at_a_time) % chunks.len();
            let soon: &[View<'_, E>] = if is_in_cache {
                &[]
            } else {
                &[
                    chunks[next].input(0, architecture),
                    chunks[next].input(1.min(architecture.layers().len() - 1), architecture),
                    View::new(of_rows(next), width),
                ]
            };
            packed.push_forward(chunk, &direction, soon, &mut reverse.workspace, tangents);
            multiply(of_rows(index), tangents);
            reverse.pull_back(packed, chunk, tangents);
        };
        let mut sum = Sum::new(v.len());
        let scratch = &mut *lock(&self.scratch);
        team.in_order(chunks.len(), scratch, of_chunk, |_, scratch| {
            sum.add(*kernel, &lock(&scratch.reverse).gradient)
        });
        sum.over(self.rows as f64)
    }
}

impl<E: Real> Drop for Linearisation<E> {
    fn drop(&mut self) {
        self.pool.give(self.chunks.drain(..));
    }
}

/// A sum of vectors, accumulated in `f64`.
struct Sum(Vec<f64>);

impl Sum {
    fn new(length: usize) -> Self {
        Self(vec![0.0; length])
    }

    fn add<E: Real>(&mut self, kernel: Kernel, values: &[E]) {
        kernels::accumulate(kernel, &mut self.0, values);
    }

    /// The sum divided by `count`.
    fn over<E: Real>(&self, count: f64) -> Vec<E> {
        let share = 1.0 / count;
        let sums = self.0.iter();
        sums.map(|&value| E::from_double(value * share)).collect()
    }
}
