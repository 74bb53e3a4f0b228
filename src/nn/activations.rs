//! What a network computed on some rows.

use std::sync::{Arc, Mutex, PoisonError};

use super::architecture::{Architecture, stride};
use super::packed::Packed;
use crate::kernels::{Buffer, View};
use crate::math::Real;

/// The inputs of every layer, and the outputs, on some rows.
#[derive(Debug, Clone)]
pub struct Activations<E> {
    pub(super) rows: usize,
    /// \[rows\]\[inputs\], without padding.
    pub(super) inputs: Vec<E>,
    /// Padded rows of every hidden layer.
    pub(super) hidden: Vec<Buffer<E>>,
    /// Padded rows of the last layer where it is not narrow.
    pub(super) head: Buffer<E>,
    /// \[rows\]\[outputs\], without padding.
    pub(super) outputs: Vec<E>,
}

impl<E: Real> Activations<E> {
    /// Memory for `rows` rows.
    pub fn new(architecture: &Architecture, rows: usize) -> Self {
        let layers = architecture.layers();
        let (last, hidden) = layers.split_last().expect("a network has layers");
        let hidden = hidden
            .iter()
            .map(|layer| Buffer::zeros(rows * stride(layer.outputs)));
        let head = if last.is_narrow {
            0
        } else {
            rows * stride(last.outputs)
        };
        Self {
            rows,
            inputs: vec![E::ZERO; rows * architecture.inputs()],
            hidden: hidden.collect(),
            head: Buffer::zeros(head),
            outputs: vec![E::ZERO; rows * architecture.outputs()],
        }
    }

    /// Sets the inputs, \[rows\]\[inputs\].
    ///
    /// # Panics
    /// If their number differs.
    pub fn set_inputs(&mut self, inputs: &[E]) {
        self.inputs.copy_from_slice(inputs);
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// The outputs, \[rows\]\[outputs\].
    pub fn outputs(&self) -> &[E] {
        &self.outputs
    }

    /// What every hidden layer gave, in padded rows.
    #[cfg(feature = "train")]
    pub(super) fn hidden(&self) -> impl Iterator<Item = &[E]> {
        self.hidden.iter().map(|h| &**h)
    }

    /// What layer `index` is applied to.
    pub(super) fn input(&self, index: usize, architecture: &Architecture) -> View<'_, E> {
        let layer = &architecture.layers()[index];
        match index.checked_sub(1) {
            None => View::new(&self.inputs, layer.inputs),
            Some(before) => View::new(&self.hidden[before], stride(layer.inputs)),
        }
    }
}

/// Memory of linearisations that ended, to be used by the next: fresh memory
/// would cost a page fault every four kilobytes.
#[derive(Debug, Default)]
pub struct ActivationPool<E>(Mutex<Vec<Activations<E>>>);

impl<E: Real> ActivationPool<E> {
    /// Memory for `rows` rows of the network whose pool this is, holding any
    /// values.
    pub(super) fn take(&self, architecture: &Architecture, rows: usize) -> Activations<E> {
        let mut free = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match free.iter().rposition(|memory| memory.rows == rows) {
            Some(index) => free.swap_remove(index),
            None => Activations::new(architecture, rows),
        }
    }

    /// Takes back what nobody else holds.
    pub(super) fn give(&self, activations: impl Iterator<Item = Arc<Activations<E>>>) {
        let mut free = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        free.extend(activations.filter_map(Arc::into_inner));
    }
}

/// Evaluates a snapshot of a network on any number of rows, reusing its
/// memory.
#[derive(Debug, Clone)]
pub struct Forward<E> {
    packed: Arc<Packed<E>>,
    activations: Activations<E>,
}

impl<E: Real> Forward<E> {
    /// An evaluator of these parameters.
    pub fn new(packed: Arc<Packed<E>>) -> Self {
        Self {
            activations: Activations::new(&packed.architecture, 0),
            packed,
        }
    }

    /// The outputs, \[rows\]\[outputs\], of `inputs`, \[rows\]\[inputs\].
    pub fn run(&mut self, inputs: &[E]) -> &[E] {
        let architecture = &self.packed.architecture;
        let rows = inputs.len() / architecture.inputs();
        if self.activations.rows != rows {
            self.activations = Activations::new(architecture, rows);
        }
        self.activations.set_inputs(inputs);
        self.packed.evaluate(&mut self.activations);
        &self.activations.outputs
    }

    /// What [`Forward::run`] gave last.
    pub fn outputs(&self) -> &[E] {
        &self.activations.outputs
    }
}
