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
    /// The parameters as theta has them; empty where `weights` are laid out so.
    flat: Vec<E>,
}

impl<E: Real> PackedLayer<E> {
    /// Zeros.
    fn new(layer: &Layer, has_transposed: bool) -> Self {
        let (ins, outs) = (stride(layer.inputs), stride(layer.outputs));
        let weights = match layer.is_narrow {
            true => layer.outputs * ins,
            false => (layer.inputs + 1) * outs,
        };
        let transposed = if has_transposed {
            layer.outputs * ins
        } else {
            0
        };
        let is_as_theta = !layer.is_narrow && layer.outputs == outs;
        let flat = if is_as_theta { 0 } else { layer.parameters() };
        Self {
            weights: Buffer::zeros(weights),
            bias: Vec::new(),
            transposed: Buffer::zeros(transposed),
            flat: vec![E::ZERO; flat],
        }
    }

    /// The parameters as theta has them.
    fn theta(&self, layer: &Layer) -> &[E] {
        match self.flat.is_empty() {
            true => &self.weights[..layer.parameters()],
            false => &self.flat,
        }
    }

    /// The same, to be changed before [`PackedLayer::lay_out`].
    fn theta_mut(&mut self, layer: &Layer) -> &mut [E] {
        match self.flat.is_empty() {
            true => &mut self.weights[..layer.parameters()],
            false => &mut self.flat,
        }
    }

    /// Lays out the parameters as products take them.
    fn lay_out(&mut self, kernel: Kernel, layer: &Layer) {
        let (ins, outs) = (stride(layer.inputs), stride(layer.outputs));
        let count = layer.inputs * layer.outputs;
        if layer.is_narrow {
            let (weights, bias) = self.flat.split_at(count);
            transpose(kernel, weights, layer.outputs, &mut self.weights, ins);
            self.bias.clear();
            self.bias.extend_from_slice(bias);
        } else {
            let rows = self.weights.chunks_exact_mut(outs);
            for (row, flat) in rows.zip(self.flat.chunks_exact(layer.outputs)) {
                row[..layer.outputs].copy_from_slice(flat);
            }
        }
        if !self.transposed.is_empty() {
            let weights = match self.flat.is_empty() {
                true => &self.weights[..count],
                false => &self.flat[..count],
            };
            transpose(kernel, weights, layer.outputs, &mut self.transposed, ins);
        }
    }
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
            // Nobody asks for the gradient of the network's inputs.
            let has_transposed = transposes && index > 0 && !layer.is_narrow;
            PackedLayer::new(layer, has_transposed)
        });
        let mut packed = Self {
            kernel,
            layers: layers.collect(),
            free: vec![E::ZERO; architecture.parameters() - architecture.free_offset()],
            architecture: architecture.clone(),
        };
        packed.fill(theta);
        packed
    }

    /// Replaces the parameters by `theta`.
    pub fn fill(&mut self, theta: &[E]) {
        self.change(|from, part| part.copy_from_slice(&theta[from..][..part.len()]));
    }

    /// Changes the parameters in place: `change` gets one part of theta after the other, and
    /// where in theta it begins.
    pub fn change(&mut self, mut change: impl FnMut(usize, &mut [E])) {
        for (layer, packed) in self.architecture.layers().iter().zip(&mut self.layers) {
            change(layer.offset, packed.theta_mut(layer));
            packed.lay_out(self.kernel, layer);
        }
        change(self.architecture.free_offset(), &mut self.free);
    }

    /// The parameters, flat.
    pub fn theta(&self) -> Vec<E> {
        let layers = self.architecture.layers().iter().zip(&self.layers);
        let mut theta = Vec::with_capacity(self.architecture.parameters());
        for (layer, packed) in layers {
            theta.extend_from_slice(packed.theta(layer));
        }
        theta.extend_from_slice(&self.free);
        theta
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nn::activations::Activations;

    /// Layers that lie as theta has them, padded ones and narrow ones.
    #[test]
    fn parameters_changed_in_place_are_those_of_a_new_layout() {
        for (hidden, outputs, free) in [(&[16, 50, 8][..], 20, 0), (&[64], 2, 3), (&[5], 1, 1)] {
            let architecture = Arc::new(Architecture::new(7, hidden, outputs, free));
            let theta: Vec<f32> = (0..architecture.parameters())
                .map(|i| (i % 23) as f32 / 23.0 - 0.4)
                .collect();
            let kernel = Kernel::best();
            let mut changed = Packed::with_transposes(kernel, &architecture, &theta);
            assert_eq!(changed.theta(), theta);
            let mut parts = Vec::new();
            changed.change(|from, part| {
                parts.push(from..from + part.len());
                part.iter_mut().for_each(|value| *value = 0.5 - *value);
            });
            assert!(parts.windows(2).all(|pair| pair[0].end == pair[1].start));
            assert_eq!(
                (parts[0].start, parts[parts.len() - 1].end),
                (0, theta.len())
            );

            let expected: Vec<f32> = theta.iter().map(|value| 0.5 - value).collect();
            assert_eq!(changed.theta(), expected);
            let anew = Packed::with_transposes(kernel, &architecture, &expected);
            let passes = |packed: &Packed<f32>| {
                let mut at = Activations::new(&architecture, 9);
                at.set_inputs(&[0.3; 9 * 7]);
                packed.evaluate(&mut at);
                let mut gradient = vec![f32::NAN; theta.len()];
                let cotangent = vec![0.1; at.outputs().len()];
                packed.pull_back(&at, &cotangent, &mut Default::default(), &mut gradient);
                (at.outputs().to_vec(), gradient)
            };
            let (outputs, gradient) = passes(&changed);
            assert!(gradient.iter().all(|value| value.is_finite()), "whole");
            assert_eq!((outputs, gradient), passes(&anew));
        }
    }
}
