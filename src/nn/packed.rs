//! Weights and activations laid out for the kernels.

use std::sync::Arc;

use super::architecture::{Architecture, stride};
use super::kernels::{self, Buffer, Start, View};
use crate::math::Real;

/// The parameters of one layer, padded for the kernels.
#[derive(Debug, Clone)]
struct PackedLayer<E> {
    weights: Buffer<E>,
    bias: Buffer<E>,
    /// The weights as \[outputs\]\[stride of inputs\]; empty where `weights` are
    /// laid out so already, or no transposes were asked for.
    transposed: Buffer<E>,
}

/// The parameters of a network, or a direction in their space, padded for the
/// kernels.
#[derive(Debug, Clone)]
pub struct Packed<E> {
    architecture: Arc<Architecture>,
    layers: Vec<PackedLayer<E>>,
    free: Vec<E>,
}

impl<E: Real> Packed<E> {
    /// Packs the flat vector `theta`.
    pub fn new(architecture: &Arc<Architecture>, theta: &[E]) -> Self {
        Self::laid_out(architecture, theta, false)
    }

    /// Packs `theta` with what [`Packed::pull_back`] needs.
    pub fn with_transposes(architecture: &Arc<Architecture>, theta: &[E]) -> Self {
        Self::laid_out(architecture, theta, true)
    }

    fn laid_out(architecture: &Arc<Architecture>, theta: &[E], transposes: bool) -> Self {
        let layers = architecture.layers().iter().enumerate();
        let layers = layers.map(|(index, layer)| {
            let (rows, stride) = layer.packed_shape();
            // Nobody asks for the gradient of the network's inputs.
            let transposed = if transposes && index > 0 && !layer.is_narrow() {
                layer.outputs * self::stride(layer.inputs)
            } else {
                0
            };
            PackedLayer {
                weights: Buffer::zeros(rows * stride),
                bias: Buffer::zeros(self::stride(layer.outputs)),
                transposed: Buffer::zeros(transposed),
            }
        });
        let mut packed = Self {
            layers: layers.collect(),
            free: Vec::new(),
            architecture: architecture.clone(),
        };
        packed.fill(theta);
        packed
    }

    /// Replaces the parameters by `theta`.
    pub fn fill(&mut self, theta: &[E]) {
        let shapes = self.architecture.layers().iter();
        for (layer, packed) in shapes.zip(&mut self.layers) {
            let (_, stride) = layer.packed_shape();
            let flat = &theta[layer.offset..layer.bias_offset()];
            if layer.is_narrow() {
                transpose(flat, layer.outputs, &mut packed.weights, stride);
            } else {
                for (row, flat) in packed
                    .weights
                    .chunks_exact_mut(stride)
                    .zip(flat.chunks_exact(layer.outputs))
                {
                    row[..layer.outputs].copy_from_slice(flat);
                }
            }
            let bias = &theta[layer.bias_offset()..][..layer.outputs];
            packed.bias[..layer.outputs].copy_from_slice(bias);
            if !packed.transposed.is_empty() {
                let stride = self::stride(layer.inputs);
                transpose(flat, layer.outputs, &mut packed.transposed, stride);
            }
        }
        self.free.clear();
        self.free
            .extend_from_slice(&theta[self.architecture.free_offset()..]);
    }

    /// One layer: y = start + x W, for `rows` rows.
    fn layer(&self, index: usize, rows: usize, x: &[E], start: Start<'_, E>, y: &mut [E]) {
        let layer = self.architecture.layers()[index];
        let x = View::new(x, stride(layer.inputs));
        let w = View::new(&self.layers[index].weights, layer.packed_shape().1);
        if layer.is_narrow() {
            kernels::dots(rows, layer.outputs, x, w, start, y, stride(layer.outputs));
        } else {
            kernels::affine(rows, layer.inputs, x, w, start, y);
        }
    }

    fn biased_layer(&self, index: usize, rows: usize, x: &[E], y: &mut [E]) {
        self.layer(index, rows, x, Start::Bias(&self.layers[index].bias), y);
    }

    /// The outputs on the inputs that `activations` hold; fills the rest of
    /// them.
    pub fn evaluate(&self, activations: &mut Activations<E>) {
        let Activations {
            rows,
            layers,
            outputs,
        } = activations;
        let count = self.architecture.layers().len();
        for index in 0..count {
            let (before, after) = layers.split_at_mut(index + 1);
            self.biased_layer(index, *rows, &before[index], &mut after[0]);
            if index + 1 < count {
                kernels::tanh(&mut after[0]);
            }
        }
        let head = self.architecture.head();
        let last = layers[count].chunks_exact(stride(head));
        for (row, last) in outputs
            .chunks_exact_mut(self.architecture.outputs())
            .zip(last)
        {
            row[..head].copy_from_slice(&last[..head]);
            row[head..].copy_from_slice(&self.free);
        }
    }

    /// J v: how the outputs change when the parameters move along
    /// `direction`, \[rows\]\[outputs\] (forward mode).
    pub fn push_forward(
        &self,
        at: &Activations<E>,
        direction: &Packed<E>,
        room: &mut Workspace<E>,
        outputs: &mut Vec<E>,
    ) {
        let layers = self.architecture.layers();
        let [tangent, next] = &mut room.rows;
        for (index, layer) in layers.iter().enumerate() {
            let size = at.rows * stride(layer.outputs);
            next.reserve(size);
            direction.biased_layer(index, at.rows, &at.layers[index], &mut next[..size]);
            if index > 0 {
                self.layer(index, at.rows, tangent, Start::Output, &mut next[..size]);
            }
            if index + 1 < layers.len() {
                kernels::times_tanh_derivative(&mut next[..size], &at.layers[index + 1]);
            }
            std::mem::swap(tangent, next);
        }
        let head = self.architecture.head();
        outputs.resize(at.rows * self.architecture.outputs(), E::ZERO);
        for (row, tangent) in outputs
            .chunks_exact_mut(self.architecture.outputs())
            .zip(tangent.chunks_exact(stride(head)))
        {
            row[..head].copy_from_slice(&tangent[..head]);
            row[head..].copy_from_slice(&direction.free);
        }
    }

    /// J^T u: adds to `gradient` (flat) the gradient of sum(u * outputs),
    /// where u is `cotangent`, \[rows\]\[outputs\] (reverse mode).
    pub fn pull_back(
        &self,
        at: &Activations<E>,
        cotangent: &[E],
        room: &mut Workspace<E>,
        gradient: &mut [E],
    ) {
        let architecture = &self.architecture;
        let layers = architecture.layers();
        let (head, width, rows) = (architecture.head(), architecture.outputs(), at.rows);
        let [delta, before] = &mut room.rows;
        delta.reserve(rows * stride(head));
        for (delta, row) in delta
            .chunks_exact_mut(stride(head))
            .zip(cotangent.chunks_exact(width))
        {
            delta[..head].copy_from_slice(&row[..head]);
            delta[head..].fill(E::ZERO);
            for (sum, &value) in gradient[architecture.free_offset()..]
                .iter_mut()
                .zip(&row[head..])
            {
                *sum += value;
            }
        }
        for (index, layer) in layers.iter().enumerate().rev() {
            let (ins, outs) = (stride(layer.inputs), stride(layer.outputs));
            let x = View::new(&at.layers[index], ins);
            let d = View::new(delta, outs);
            let (packed_rows, packed_stride) = layer.packed_shape();
            room.weights.reserve(packed_rows * packed_stride);
            let weights = &mut room.weights[..packed_rows * packed_stride];
            weights.fill(E::ZERO);
            let flat = &mut gradient[layer.offset..layer.bias_offset()];
            if layer.is_narrow() {
                kernels::outer_sum(rows, layer.outputs, d, x, weights);
                for (output, row) in weights.chunks_exact(ins).enumerate() {
                    for (input, &sum) in row[..layer.inputs].iter().enumerate() {
                        flat[input * layer.outputs + output] += sum;
                    }
                }
            } else {
                kernels::outer_sum(rows, layer.inputs, x, d, weights);
                for (flat, row) in flat
                    .chunks_exact_mut(layer.outputs)
                    .zip(weights.chunks_exact(outs))
                {
                    for (flat, &sum) in flat.iter_mut().zip(row) {
                        *flat += sum;
                    }
                }
            }
            kernels::column_sums(
                rows,
                d,
                &mut gradient[layer.bias_offset()..][..layer.outputs],
            );
            if index > 0 {
                let packed = &self.layers[index];
                let by_output = if layer.is_narrow() {
                    &packed.weights
                } else {
                    &packed.transposed
                };
                before.reserve(rows * ins);
                let w = View::new(by_output, ins);
                kernels::affine(rows, layer.outputs, d, w, Start::Zero, before);
                kernels::times_tanh_derivative(&mut before[..rows * ins], &at.layers[index]);
                std::mem::swap(delta, before);
            }
        }
    }
}

/// Memory for derivatives, used again and again.
#[derive(Debug, Clone, Default)]
pub struct Workspace<E> {
    /// Tangents or cotangents of two neighbouring layers.
    rows: [Buffer<E>; 2],
    /// The gradient of one layer's weights.
    weights: Buffer<E>,
}

/// Writes `flat` \[inputs\]\[outputs\] as \[outputs\]\[stride\].
fn transpose<E: Real>(flat: &[E], outputs: usize, to: &mut [E], stride: usize) {
    // In blocks of inputs, so that what is written stays in cache.
    const BLOCK: usize = 8;
    for (block, rows) in flat.chunks(BLOCK * outputs).enumerate() {
        let count = rows.len() / outputs;
        for output in 0..outputs {
            let to = &mut to[output * stride + block * BLOCK..][..count];
            for (to, row) in to.iter_mut().zip(rows.chunks_exact(outputs)) {
                *to = row[output];
            }
        }
    }
}

/// The inputs of every layer, and the outputs, on some rows.
#[derive(Debug, Clone)]
pub struct Activations<E> {
    rows: usize,
    /// Padded rows: the inputs, every hidden layer, the head.
    layers: Vec<Buffer<E>>,
    /// \[rows\]\[outputs\], without padding.
    outputs: Vec<E>,
}

impl<E: Real> Activations<E> {
    /// Room for `rows` rows.
    pub fn new(architecture: &Architecture, rows: usize) -> Self {
        let widths = std::iter::once(architecture.inputs())
            .chain(architecture.layers().iter().map(|layer| layer.outputs));
        Self {
            rows,
            layers: widths
                .map(|width| Buffer::zeros(rows * stride(width)))
                .collect(),
            outputs: vec![E::ZERO; rows * architecture.outputs()],
        }
    }

    /// Sets the inputs, \[rows\]\[width\].
    pub fn set_inputs(&mut self, inputs: &[E], width: usize) {
        debug_assert_eq!(inputs.len(), self.rows * width);
        for (row, inputs) in self.layers[0]
            .chunks_exact_mut(stride(width))
            .zip(inputs.chunks_exact(width))
        {
            row[..width].copy_from_slice(inputs);
        }
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// The outputs, \[rows\]\[outputs\].
    pub fn outputs(&self) -> &[E] {
        &self.outputs
    }
}

/// Evaluates a snapshot of a network on any number of rows, reusing its
/// memory.
#[derive(Debug, Clone)]
pub struct Forward<E> {
    packed: Packed<E>,
    activations: Activations<E>,
}

impl<E: Real> Forward<E> {
    /// An evaluator of these parameters.
    pub fn new(packed: Packed<E>) -> Self {
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
        self.activations.set_inputs(inputs, architecture.inputs());
        self.packed.evaluate(&mut self.activations);
        &self.activations.outputs
    }
}
