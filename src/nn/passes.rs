//! The three passes through a network: its outputs, their change along a
//! direction, and the gradient of a sum of them.

use super::activations::Activations;
use super::architecture::stride;
use super::counted::{Pass, count};
use super::packed::Packed;
use crate::kernels::{
    Affine, Buffer, Finish, Term, View, activate, affine, column_sums, dots, fill_columns,
    outer_sum, times_derivative,
};
use crate::math::Real;

/// Memory for derivatives, used again and again.
#[derive(Debug, Clone, Default)]
pub struct Workspace<E> {
    /// Tangents or cotangents of two neighbouring layers.
    rows: [Buffer<E>; 2],
    /// The gradient of one layer's weights.
    weights: Buffer<E>,
}

impl<E: Real> Packed<E> {
    /// The outputs on the inputs that `at` holds; fills the rest of it.
    pub fn evaluate(&self, at: &mut Activations<E>) {
        let (kernel, architecture) = (self.kernel, &*self.architecture);
        let (rows, width) = (at.rows, architecture.outputs());
        count(Pass::Forward, width, rows);
        let layers = architecture.layers().len();
        for (index, layer) in architecture.layers().iter().enumerate() {
            let is_last = index + 1 == layers;
            let bias = self.bias(index, layer);
            let (before, rest) = at.hidden.split_at_mut(index);
            let x = match before.last() {
                None => View::new(&at.inputs, layer.inputs),
                Some(h) => View::new(h, stride(layer.inputs)),
            };
            let terms = [self.term(index, layer, x)];
            let sum = Affine {
                bias: Some(bias),
                terms: &terms,
            };
            let outs = stride(layer.outputs);
            match (is_last, layer.is_narrow) {
                (true, true) => {
                    let y = &mut at.outputs;
                    dots(kernel, rows, layer.outputs, bias, &terms, y, width);
                }
                (true, false) => {
                    let (finish, y) = (Finish::Nothing, &mut at.head);
                    affine(kernel, rows, outs, sum, finish, &[], y);
                }
                (false, true) => {
                    let y = &mut rest[0];
                    dots(kernel, rows, layer.outputs, bias, &terms, y, outs);
                    activate(kernel, architecture.activation(), y);
                }
                (false, false) => {
                    let y = &mut rest[0];
                    let finish = Finish::Activate(architecture.activation());
                    affine(kernel, rows, outs, sum, finish, &[], y);
                }
            }
        }
        self.gather_outputs(&at.head, &self.free, &mut at.outputs);
    }

    /// Writes what is not there yet of the rows of `outputs`: the head, where
    /// it is padded, and the free outputs.
    fn gather_outputs(&self, head: &[E], free: &[E], outputs: &mut [E]) {
        let architecture = &*self.architecture;
        let (width, outs) = (architecture.head(), architecture.outputs());
        if !head.is_empty() {
            for (row, head) in outputs
                .chunks_exact_mut(outs)
                .zip(head.chunks_exact(stride(width)))
            {
                row[..width].copy_from_slice(&head[..width]);
            }
        }
        if !free.is_empty() {
            fill_columns(outputs, outs, width, free);
        }
    }

    /// J v: how the outputs change when the parameters move along
    /// `direction`, \[rows\]\[outputs\] (forward mode). Matrices of `soon` are
    /// fetched into a cache in passing.
    pub(super) fn push_forward(
        &self,
        at: &Activations<E>,
        direction: &Packed<E>,
        soon: &[View<E>],
        workspace: &mut Workspace<E>,
        outputs: &mut Vec<E>,
    ) {
        let (kernel, architecture) = (self.kernel, &*self.architecture);
        let (rows, width) = (at.rows, architecture.outputs());
        outputs.resize(rows * width, E::ZERO);
        count(Pass::Tangent, width, rows);
        let layers = architecture.layers().len();
        let activation = architecture.activation();
        let [tangent, next] = &mut workspace.rows;
        for (index, layer) in architecture.layers().iter().enumerate() {
            let (ins, outs) = (stride(layer.inputs), stride(layer.outputs));
            next.reserve(rows * outs);
            let x = at.input(index, architecture);
            let both: [Term<'_, E>; 2] = [
                direction.term(index, layer, x),
                self.term(index, layer, View::new(tangent, ins)),
            ];
            // The inputs of the network do not change.
            let terms = &both[..if index == 0 { 1 } else { 2 }];
            let bias = direction.bias(index, layer);
            let h = at.hidden.get(index);
            if layer.is_narrow && h.is_none() {
                dots(kernel, rows, layer.outputs, bias, terms, outputs, width);
            } else if layer.is_narrow {
                next[..rows * outs].fill(E::ZERO);
                dots(kernel, rows, layer.outputs, bias, terms, next, outs);
                h.inspect(|h| times_derivative(kernel, activation, &mut next[..rows * outs], h));
            } else {
                let finish = h.map_or(Finish::Nothing, |h| Finish::TimesDerivative(activation, h));
                let bias = Some(bias);
                // The first layer reads as much as it multiplies.
                let soon = if index == 1 { soon } else { &[] };
                affine(
                    kernel,
                    rows,
                    outs,
                    Affine { bias, terms },
                    finish,
                    soon,
                    next,
                );
            }
            if index + 1 < layers {
                std::mem::swap(tangent, next);
            }
        }
        let head: &[E] = if at.head.is_empty() { &[] } else { next };
        self.gather_outputs(head, &direction.free, outputs);
    }

    /// J^T u: the gradient of sum(u * outputs), flat, where u is `cotangent`,
    /// \[rows\]\[outputs\] (reverse mode).
    ///
    /// # Panics
    /// If `gradient` has another length than theta.
    pub fn pull_back(
        &self,
        at: &Activations<E>,
        cotangent: &[E],
        workspace: &mut Workspace<E>,
        gradient: &mut [E],
    ) {
        let (kernel, architecture) = (self.kernel, &*self.architecture);
        let (head, width, rows) = (architecture.head(), architecture.outputs(), at.rows);
        count(Pass::Reverse, width, rows);
        let of_outputs = View::new(cotangent, width);
        // The biases of a narrow head lie before the free outputs, in theta as in a row.
        let has_narrow_head = architecture
            .layers()
            .last()
            .is_some_and(|layer| layer.is_narrow);
        let behind = if has_narrow_head { 0 } else { head };
        let sums = &mut gradient[architecture.free_offset() - (head - behind)..];
        column_sums(kernel, rows, of_outputs, behind, sums);
        let Workspace {
            rows: [delta, before],
            weights,
        } = workspace;
        if !at.head.is_empty() {
            delta.reserve(rows * stride(head));
            for (delta, row) in delta
                .chunks_exact_mut(stride(head))
                .zip(cotangent.chunks_exact(width))
            {
                delta[..head].copy_from_slice(&row[..head]);
                delta[head..].fill(E::ZERO);
            }
        }
        for (index, layer) in architecture.layers().iter().enumerate().rev() {
            let (ins, outs) = (stride(layer.inputs), stride(layer.outputs));
            let x = at.input(index, architecture);
            let is_last = index == at.hidden.len();
            let d = if is_last && layer.is_narrow {
                of_outputs
            } else {
                View::new(delta, outs)
            };
            let flat = &mut gradient[layer.offset..][..layer.parameters()];
            if layer.is_narrow {
                weights.reserve(layer.outputs * ins);
                outer_sum(kernel, rows, layer.outputs, d, x, false, weights);
                let (flat, bias) = flat.split_at_mut(layer.inputs * layer.outputs);
                for (input, flat) in flat.chunks_exact_mut(layer.outputs).enumerate() {
                    for (output, flat) in flat.iter_mut().enumerate() {
                        *flat = weights[output * ins + input];
                    }
                }
                if !is_last {
                    column_sums(kernel, rows, d, 0, bias);
                }
            } else if layer.outputs == outs {
                outer_sum(kernel, rows, layer.inputs, x, d, true, flat);
            } else {
                weights.reserve((layer.inputs + 1) * outs);
                outer_sum(kernel, rows, layer.inputs, x, d, true, weights);
                for (flat, row) in flat
                    .chunks_exact_mut(layer.outputs)
                    .zip(weights.chunks_exact(outs))
                {
                    flat.copy_from_slice(&row[..layer.outputs]);
                }
            }
            if index > 0 {
                before.reserve(rows * ins);
                let term = Term {
                    x: d,
                    w: self.by_output(index, layer),
                    inner: layer.outputs,
                };
                let finish =
                    Finish::TimesDerivative(architecture.activation(), &at.hidden[index - 1]);
                let (bias, terms) = (None, &[term]);
                affine(
                    kernel,
                    rows,
                    ins,
                    Affine { bias, terms },
                    finish,
                    &[],
                    before,
                );
                std::mem::swap(delta, before);
            }
        }
    }
}
