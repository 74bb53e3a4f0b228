//! Optimisation on flat vectors.

pub mod adam;
pub mod cma_es;
pub mod conjugate_gradient;
pub mod cross_entropy;
pub mod jacobi;
pub mod line_search;
pub mod rmsprop;
