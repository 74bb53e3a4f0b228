//! trpo-lab: the reference laboratory for trust-region policy optimisation.

pub mod algo;
pub mod config;
pub mod env;
pub mod experiment;
pub mod figures;
pub mod record;
pub mod report;
pub mod rng;
pub mod settings;
pub mod stats;
pub mod summary;
