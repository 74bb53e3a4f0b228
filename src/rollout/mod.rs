//! From a policy to a batch: collection, advantages, normalisation. One copy
//! of each serves every algorithm.

pub mod batch;
pub mod collector;
pub mod evaluate;
pub mod gae;
pub mod normalise;
