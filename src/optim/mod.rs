//! Optimisation on flat vectors.

pub mod adam;
pub mod conjugate_gradient;
pub mod line_search;
pub mod rmsprop;
