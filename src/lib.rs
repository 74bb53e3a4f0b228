//! trpo-lab: the reference laboratory for trust-region policy optimisation.

pub mod algo;
pub mod cli;
pub mod config;
pub mod env;
pub mod experiment;
pub mod figures;
pub mod math;
pub mod nn;
pub mod optim;
pub mod policy;
pub mod record;
pub mod report;
pub mod rng;
pub mod rollout;
pub mod settings;
pub mod stats;
pub mod summary;
pub mod train;
