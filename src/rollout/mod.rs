//! From a policy to a batch: collection, advantages, normalisation; whole
//! episodes, and branches from a state. One copy of each serves every algorithm.

pub mod batch;
pub mod branch;
pub mod collector;
pub mod episodes;
pub mod gae;
pub mod normalise;
pub mod vine;
pub mod whole;
