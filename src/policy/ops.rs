//! Log-probability, entropy and KL divergence as operations on dfdx's tape.
//!
//! Each takes the distribution's parameters, \[rows\]\[params\], and gives one
//! number per row.

use std::sync::Arc;

use dfdx::tensor::{Cpu, Tape, Tensor};

use super::Distribution;
use crate::math::Real;
use crate::nn::ops::{elements, register};

/// Parameters of the distribution, on a tape or not.
pub type Params<E, T> = Tensor<(usize, usize), E, Cpu, T>;

/// One number per row.
pub type PerRow<E, T> = Tensor<(usize,), E, Cpu, T>;

/// log pi(a).
pub fn log_prob<E: Real, T: Tape<E, Cpu>>(
    distribution: &Arc<dyn Distribution<E>>,
    params: Params<E, T>,
    actions: &[E],
) -> PerRow<E, T> {
    let (at, actions) = (elements(&params), actions.to_vec());
    let rows = at.len() / distribution.params();
    let mut values = vec![E::ZERO; rows];
    distribution.log_prob(&at, &actions, &mut values);
    let distribution = distribution.clone();
    register(params, (rows,), values, move |cotangent, gradient| {
        distribution.log_prob_gradient(&at, &actions, cotangent, gradient);
    })
}

/// Entropy.
pub fn entropy<E: Real, T: Tape<E, Cpu>>(
    distribution: &Arc<dyn Distribution<E>>,
    params: Params<E, T>,
) -> PerRow<E, T> {
    let at = elements(&params);
    let rows = at.len() / distribution.params();
    let mut values = vec![E::ZERO; rows];
    distribution.entropy(&at, &mut values);
    let distribution = distribution.clone();
    register(params, (rows,), values, move |cotangent, gradient| {
        distribution.entropy_gradient(&at, cotangent, gradient);
    })
}

/// KL(old || new), differentiable in `new`.
pub fn kl_old_new<E: Real, T: Tape<E, Cpu>>(
    distribution: &Arc<dyn Distribution<E>>,
    old: &[E],
    new: Params<E, T>,
) -> PerRow<E, T> {
    let (old, at) = (old.to_vec(), elements(&new));
    let rows = at.len() / distribution.params();
    let mut values = vec![E::ZERO; rows];
    distribution.kl_old_new(&old, &at, &mut values);
    let distribution = distribution.clone();
    register(new, (rows,), values, move |cotangent, gradient| {
        distribution.kl_old_new_gradient(&old, &at, cotangent, gradient);
    })
}
