//! Weights laid out for the kernels.

use std::sync::Arc;

use super::architecture::{Architecture, Layer, stride};
use crate::kernels::{Buffer, Kernel, Term, View, transpose};
use crate::math::Real;

/// The parameters of one layer, padded for the kernels.
#[derive(Debug, Clone)]
struct PackedLayer<E> {
    /// \[inputs\]\[stride of outputs\] and the biases as one more row; of a
    /// narrow layer \[outputs\]\[stride of inputs\].
    weights: Buffer<E>,
    /// The biases of a narrow layer.
    bias: Vec<E>,
    /// The weights as \[outputs\]\[stride of inputs\]; empty where `weights` are
    /// laid out so already, or no transposes were asked for.
    transposed: Buffer<E>,
}

/// The parameters of a network, or a direction in their space, padded for the
/// kernels.
#[derive(Debug, Clone)]
pub struct Packed<E> {
    pub(super) kernel: Kernel,
    pub(super) architecture: Arc<Architecture>,
    layers: Vec<PackedLayer<E>>,
    /// The free outputs.
    pub(super) free: Vec<E>,
}

impl<E: Real> Packed<E> {
    /// Packs the flat vector `theta`; passes through it use `kernel`.
    pub fn new(kernel: Kernel, architecture: &Arc<Architecture>, theta: &[E]) -> Self {
        Self::laid_out(kernel, architecture, theta, false)
    }

    /// Packs `theta` with what [`Packed::pull_back`] needs.
    pub fn with_transposes(kernel: Kernel, architecture: &Arc<Architecture>, theta: &[E]) -> Self {
        Self::laid_out(kernel, architecture, theta, true)
    }

    fn laid_out(
        kernel: Kernel,
        architecture: &Arc<Architecture>,
        theta: &[E],
        transposes: bool,
    ) -> Self {
        let layers = architecture.layers().iter().enumerate();
        let layers = layers.map(|(index, layer)| {
            let (ins, outs) = (stride(layer.inputs), stride(layer.outputs));
            // Nobody asks for the gradient of the network's inputs.
            let has_transposed = transposes && index > 0 && !layer.is_narrow;
            PackedLayer {
                weights: Buffer::zeros(if layer.is_narrow {
                    layer.outputs * ins
                } else {
                    (layer.inputs + 1) * outs
                }),
                bias: Vec::new(),
                transposed: Buffer::zeros(if has_transposed {
                    layer.outputs * ins
                } else {
                    0
                }),
            }
        });
        let mut packed = Self {
            kernel,
            layers: layers.collect(),
            free: Vec::new(),
            architecture: architecture.clone(),
        };
        packed.fill(theta);
        packed
    }

    /// Replaces the parameters by `theta`.
    pub fn fill(&mut self, theta: &[E]) {
        for (layer, packed) in self.architecture.layers().iter().zip(&mut self.layers) {
            let flat = &theta[layer.offset..][..layer.parameters()];
            let (weights, bias) = flat.split_at(layer.inputs * layer.outputs);
            let (ins, outs) = (stride(layer.inputs), stride(layer.outputs));
            if layer.is_narrow {
                let to = &mut packed.weights;
                transpose(self.kernel, weights, layer.outputs, to, ins);
                packed.bias.clear();
                packed.bias.extend_from_slice(bias);
            } else {
                copy_rows(flat, layer.outputs, &mut packed.weights, outs);
            }
            if !packed.transposed.is_empty() {
                let to = &mut packed.transposed;
                transpose(self.kernel, weights, layer.outputs, to, ins);
            }
        }
        self.free.clear();
        self.free
            .extend_from_slice(&theta[self.architecture.free_offset()..]);
    }

    /// The weights of a layer, as its product takes them.
    pub(super) fn weights(&self, index: usize, layer: &Layer) -> View<'_, E> {
        let width = if layer.is_narrow {
            layer.inputs
        } else {
            layer.outputs
        };
        View::new(&self.layers[index].weights, stride(width))
    }

    /// The term x W of a layer.
    pub(super) fn term<'a>(&'a self, index: usize, layer: &Layer, x: View<'a, E>) -> Term<'a, E> {
        Term {
            x,
            w: self.weights(index, layer),
            inner: layer.inputs,
        }
    }

    /// The biases of a layer; of one that is not narrow, padded.
    pub(super) fn bias(&self, index: usize, layer: &Layer) -> &[E] {
        let packed = &self.layers[index];
        if layer.is_narrow {
            &packed.bias
        } else {
            &packed.weights[layer.inputs * stride(layer.outputs)..]
        }
    }

    /// The weights of a layer as \[outputs\]\[stride of inputs\].
    pub(super) fn by_output(&self, index: usize, layer: &Layer) -> View<'_, E> {
        let packed = &self.layers[index];
        let weights = if layer.is_narrow {
            &packed.weights
        } else {
            &packed.transposed
        };
        View::new(weights, stride(layer.inputs))
    }
}

/// Copies rows of `width` elements to rows `stride` apart.
pub(super) fn copy_rows<E: Real>(from: &[E], width: usize, to: &mut [E], stride: usize) {
    if width == stride {
        to[..from.len()].copy_from_slice(from);
        return;
    }
    for (to, from) in to.chunks_exact_mut(stride).zip(from.chunks_exact(width)) {
        to[..width].copy_from_slice(from);
    }
}
