//! Operations of our own on dfdx's tape.
//!
//! dfdx's `exp`, `ln` and `tanh` call the platform's libm, its `sum` adds in
//! `f32` and its `matmul` depends on the CPU, and a tape of many small tensors
//! costs more than a small network. Whatever reaches a result goes through
//! operations registered here; dfdx's own serve for exact arithmetic (one
//! rounding an element) and, in tests, as the oracle.

use dfdx::shapes::{HasShape, Rank0, Shape};
use dfdx::tensor::{
    Cpu, OwnedTape, PutTape, SplitTape, Tape, Tensor, TensorFromVec, WithEmptyTape,
};

use crate::math::Real;

/// Outputs \[rows\]\[outputs\] on dfdx's tape.
pub type Outputs<E> = Tensor<(usize, usize), E, Cpu, OwnedTape<E, Cpu>>;

/// A scalar on dfdx's tape.
pub type Loss<E> = Tensor<Rank0, E, Cpu, OwnedTape<E, Cpu>>;

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

/// The element of a scalar.
pub fn element<E: Real, T>(scalar: &Tensor<Rank0, E, Cpu, T>) -> E {
    let mut element = [E::ZERO];
    scalar.copy_into(&mut element);
    element[0]
}

/// Registers a scalar of which value and gradient with respect to `input` are
/// known already.
pub fn scalar<S: Shape, E: Real, T: Tape<E, Cpu>>(
    input: Tensor<S, E, Cpu, T>,
    value: f64,
    derivative: Vec<E>,
) -> Tensor<Rank0, E, Cpu, T> {
    register(
        input,
        (),
        vec![E::from_double(value)],
        move |cotangent, gradient| {
            for (gradient, derivative) in gradient.iter_mut().zip(derivative) {
                *gradient += cotangent[0] * derivative;
            }
        },
    )
}

/// The same outputs for a further term of a loss: an operation consumes its
/// operand. The tapes become one again where the terms are added.
pub fn branch<E: Real>(outputs: &Outputs<E>) -> Outputs<E> {
    outputs.with_empty_tape()
}

/// A number type whose losses dfdx combines. Its operators ask of the device
/// what a generic function could only promise by naming dfdx in its bounds.
pub trait Combine: Real {
    /// `loss` - `weight` `penalty`.
    fn penalised(loss: Loss<Self>, penalty: Loss<Self>, weight: f64) -> Loss<Self>;
}

macro_rules! combine {
    ($($number:ty)+) => { $(
        impl Combine for $number {
            fn penalised(loss: Loss<Self>, penalty: Loss<Self>, weight: f64) -> Loss<Self> {
                loss - penalty * <$number>::from_double(weight)
            }
        }
    )+ };
}

combine!(f32 f64);
