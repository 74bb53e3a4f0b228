//! Finite decision processes that are solved exactly: what theory says of a step can be
//! held against what the step does.
//!
//! Equations are those of Schulman et al. 2015
//! ([arXiv:1502.05477](https://arxiv.org/abs/1502.05477)), sections 2 and 3.
//!
//! | file | what it holds |
//! |---|---|
//! | [`mdp`] | processes, policies as tables, eta, Q, V, A and visits without sampling |
//! | [`bound`] | theorem 1: eta >= L - C max KL |
//! | [`improve`] | the policy that the bound promises most for, and a trust-region step |

pub mod bound;
pub mod improve;
pub mod mdp;
