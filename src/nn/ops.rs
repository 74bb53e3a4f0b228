//! Operations of our own on dfdx's tape.
//!
//! dfdx's `exp`, `ln` and `tanh` call the platform's libm, its `sum` adds in
//! `f32` and its `matmul` depends on the CPU. Whatever reaches a result goes
//! through operations registered here; dfdx's own serve for exact arithmetic
//! (one rounding an element) and, in tests, as the oracle.

use dfdx::shapes::{HasShape, Rank0, Shape};
use dfdx::tensor::{Cpu, PutTape, SplitTape, Tape, Tensor, TensorFromVec};

use super::kernels;
use crate::math::Real;

/// The elements of a tensor whose rows lie one behind the other, which all of
/// ours do.
pub fn elements<S: Shape, E: Real, T>(tensor: &Tensor<S, E, Cpu, T>) -> Vec<E> {
    // dfdx's `as_vec` walks by strides, twenty times slower.
    let mut elements = vec![E::ZERO; tensor.shape().num_elements()];
    tensor.copy_into(&mut elements);
    elements
}

/// Registers a differentiable operation: `values` are the outputs;
/// `backward(cotangent, gradient)` adds to the gradient of the input what the
/// cotangent of the outputs contributes.
pub fn register<S: Shape, R: Shape, E: Real, T: Tape<E, Cpu>>(
    input: Tensor<S, E, Cpu, T>,
    shape: R,
    values: Vec<E>,
    backward: impl FnOnce(&[E], &mut [E]) + 'static,
) -> Tensor<R, E, Cpu, T> {
    let (input, mut tape) = input.split_tape();
    let output = input.device().tensor_from_vec(values, shape);
    if T::OWNS_TAPE {
        let of_output = output.clone();
        tape.add_backward_op(move |gradients| {
            let cotangent = std::mem::take(&mut **gradients.get_or_alloc_mut(&of_output)?);
            backward(&cotangent, gradients.get_or_alloc_mut(&input)?);
            Ok(())
        });
    }
    output.put_tape(tape)
}

/// Elementwise exponential.
pub fn exp<S: Shape, E: Real, T: Tape<E, Cpu>>(x: Tensor<S, E, Cpu, T>) -> Tensor<S, E, Cpu, T> {
    let mut values = elements(&x);
    kernels::exp(&mut values);
    let derivative = values.clone();
    let shape = *x.shape();
    register(x, shape, values, move |cotangent, gradient| {
        for ((g, c), d) in gradient.iter_mut().zip(cotangent).zip(derivative) {
            *g += *c * d;
        }
    })
}

/// The sum of all elements divided by `count`, accumulated in `f64`.
pub fn sum_over<S: Shape, E: Real, T: Tape<E, Cpu>>(
    x: Tensor<S, E, Cpu, T>,
    count: usize,
) -> Tensor<Rank0, E, Cpu, T> {
    let count = count as f64;
    let sum: f64 = elements(&x).iter().map(|value| value.wide()).sum();
    register(
        x,
        (),
        vec![E::of(sum / count)],
        move |cotangent, gradient| {
            let share = cotangent[0] * E::of(1.0 / count);
            for g in gradient {
                *g += share;
            }
        },
    )
}
