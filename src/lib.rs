//! trpo-lab: the reference laboratory for trust-region policy optimisation.
//!
//! Data flows one way, and a module imports only what stands below it here:
//!
//! | module | what it holds |
//! |---|---|
//! | [`cli`] | one file per command: arguments and printing |
//! | [`report`] | `REPORT.md` and `index.html` from tables and figures |
//! | [`export`] | records for rliable, spreadsheets and TensorBoard |
//! | [`figures`] | figures from tables, one file per kind |
//! | [`summary`] | tables from records |
//! | [`scores`] | anybody's scores: read, normalised, compared |
//! | [`stats`] | estimates, intervals and tests; knows no reinforcement learning |
//! | [`experiment`] | experiment files, the runner, what stands on disk |
//! | [`train`] | training: a pure function of a configuration and a seed |
//! | [`record`], [`config`], [`footprint`] | what a run leaves, what determines it, the memory it takes |
//! | [`algo`] | TRPO, NPG, VPG, PPO, and the critic they share |
//! | [`rollout`] | collection, advantages, normalisation, evaluation |
//! | [`optim`] | conjugate gradient, line search, Adam |
//! | [`policy`] | distributions over actions, and the networks behind them |
//! | [`nn`] | networks: dfdx's parameters and tape |
//! | [`exec`] | with which instructions and on which threads networks compute |
//! | [`threads`] | threads inside a run |
//! | [`kernels`] | arithmetic on arrays, with a fixed order of additions |
//! | [`mod@env`] | the tasks |
//! | [`mod@settings`], [`words`] | groups of settings; complaints of readers in plain words |
//! | [`format`](mod@format), [`rng`], [`math`] | numbers and lists in text, random streams, arithmetic |
//! | [`console`] | standard output and error, which work outlives |
//!
//! From [`train`] down nothing knows of files, clocks or arguments, but for
//! [`env::check`], which reads reference trajectories.
//!
//! ```
//! use trpo_lab::algo::AlgorithmConfig;
//! use trpo_lab::config::{CommonSettings, RunConfig};
//!
//! let config = RunConfig {
//!     env: "CartPole-v1".to_owned(),
//!     common: CommonSettings { steps: 4096, ..Default::default() },
//!     critic: Default::default(),
//!     algorithm: AlgorithmConfig::Trpo(Default::default()),
//! };
//! let record = trpo_lab::train::train(&config, 0);
//! assert_eq!(record.digest, trpo_lab::train::train(&config, 0).digest);
//! assert!(record.curve.numbers("kl_mean").unwrap().iter().flatten().all(|&kl| kl <= 0.01));
//! ```

// What prints goes through `console`.
#![deny(clippy::print_stdout, clippy::print_stderr)]

pub mod algo;
pub mod cli;
pub mod config;
pub mod console;
pub mod env;
pub mod exec;
pub mod experiment;
pub mod export;
pub mod figures;
pub mod footprint;
pub mod format;
pub mod kernels;
pub mod math;
pub mod nn;
pub mod optim;
pub mod policy;
pub mod record;
pub mod report;
pub mod rng;
pub mod rollout;
pub mod scores;
pub mod settings;
pub mod stats;
pub mod summary;
pub mod threads;
pub mod train;
pub mod words;
