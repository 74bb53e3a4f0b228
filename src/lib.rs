//! trpo-lab: the reference laboratory for trust-region policy optimisation.
//!
//! Data flows one way, and a module imports only what stands below it here. What
//! a build needs is a layer, each a cargo feature that adds to the one below: a
//! crate that brings a task or an algorithm takes `train`, one that only acts
//! `act`.
//!
//! | module | what it holds | layer |
//! |---|---|---|
//! | [`cli`] | one file per command: arguments and printing | `lab` |
//! | [`report`] | `REPORT.md` and pages from tables and figures | `lab` |
//! | [`export`] | records for rliable, spreadsheets and TensorBoard | `lab` |
//! | [`figures`] | figures from tables, one file per kind | `lab` |
//! | [`studies`] | experiments in which nothing is trained as usual | `lab` |
//! | [`search`] | settings drawn, run and chosen by a rule | `lab` |
//! | [`claims`] | what the runs say of the claims of their experiment | `lab` |
//! | [`diagnostics`] | what is measured of runs beside what they record | `lab` |
//! | [`summary`] | tables from records | `lab` |
//! | [`scores`] | anybody's scores: read, normalised, compared | `lab` |
//! | [`dissect`] | one step of a run made again, and what lies beside it | `lab` |
//! | [`experiment`] | experiment files, the runner, what stands on disk | `lab` |
//! | [`schema`] | the JSON Schema of records | `train` |
//! | [`train`] | training: a pure function of a configuration and a seed | `train` |
//! | [`lab`] | the tasks and algorithms that a program knows | `train` |
//! | [`footprint`] | the memory that a run takes | `train` |
//! | [`saved`] | policies as files, and what acts with them | `act` |
//! | [`record`], [`config`] | what a run leaves, what determines it | |
//! | [`algo`] | TRPO, its relatives, and the critic they share | `train` |
//! | [`common`] | the settings that every algorithm shares | |
//! | [`tabular`] | finite decision processes that are solved exactly, and the bound of theorem 1 | `train` |
//! | [`rollout`] | collection, advantages, normalisation, episodes | `train` |
//! | [`optim`] | conjugate gradient, line search, Adam, RMSprop; CMA-ES, cross-entropy | `train` |
//! | [`policy`] | distributions over actions, and the networks behind them | `act` |
//! | [`nn`] | networks: dfdx's parameters and tape | `act` |
//! | [`exec`], [`threads`] | with which instructions and on which threads a run computes | `act` |
//! | [`kernels`] | arithmetic on arrays, with a fixed order of additions | `act` |
//! | [`mod@env`] | the tasks | |
//! | [`stats`] | estimates, intervals and tests; knows no reinforcement learning | |
//! | [`activation`] | what stands between the layers of a network | |
//! | [`mod@settings`], [`words`] | groups of settings; complaints of readers in plain words | |
//! | [`columns`], [`digest`], [`ordered`] | what updates record, digests, data in its order | |
//! | [`format`](mod@format), [`suggest`] | numbers and lists in text, what somebody meant | |
//! | [`rng`], [`math`] | random streams, arithmetic | |
//! | [`console`] | standard output and error, which work outlives | |
//!
//! Three crates are conditions of the project and not choices of its parts: dfdx
//! holds the parameters and the tape of what trains, polars the tables, plotters
//! the pen of the figures.
//!
//! From [`train`] down nothing knows of files, clocks or arguments, but for
//! [`env::check`], which reads reference trajectories, [`saved`], which reads the file of a
//! policy, and [`env::gym`], which starts a process and waits for its replies.
//!
//! ```
//! # #[cfg(feature = "train")] {
//! use trpo_lab::algo::{AlgorithmConfig, trpo::Trpo};
//! use trpo_lab::config::{CommonSettings, RunConfig};
//!
//! let config = RunConfig {
//!     common: CommonSettings { steps: 4096, ..Default::default() },
//!     ..RunConfig::new("CartPole-v1", AlgorithmConfig::new::<Trpo>(Default::default()))
//! };
//! let record = trpo_lab::train::train(&config, 0);
//! assert_eq!(record.digest, trpo_lab::train::train(&config, 0).digest);
//! assert!(record.curve.numbers("kl_mean").unwrap().iter().flatten().all(|&kl| kl <= 0.01));
//! # }
//! ```

// What prints goes through `console`.
#![deny(clippy::print_stdout, clippy::print_stderr)]
// What acts alone uses a part of the kernels.
#![cfg_attr(not(feature = "train"), allow(dead_code, unused_imports))]

pub mod activation;
pub mod algo;
pub mod columns;
pub mod common;
pub mod config;
pub mod console;
pub mod digest;
pub mod env;
pub mod format;
pub mod math;
pub mod ordered;
pub mod record;
pub mod rng;
pub mod settings;
pub mod stats;
pub mod suggest;
pub mod words;

#[cfg(feature = "act")]
pub mod exec;
#[cfg(feature = "act")]
pub mod kernels;
#[cfg(feature = "act")]
pub mod nn;
#[cfg(feature = "act")]
pub mod policy;
#[cfg(feature = "act")]
pub mod saved;
#[cfg(feature = "act")]
pub mod threads;

#[cfg(feature = "train")]
pub mod footprint;
#[cfg(feature = "train")]
pub mod lab;
#[cfg(feature = "train")]
pub mod optim;
#[cfg(feature = "train")]
pub mod rollout;
#[cfg(feature = "train")]
pub mod schema;
#[cfg(feature = "train")]
pub mod tabular;
#[cfg(feature = "train")]
pub mod train;

#[cfg(feature = "lab")]
pub mod claims;
#[cfg(feature = "lab")]
pub mod cli;
#[cfg(feature = "lab")]
pub mod diagnostics;
#[cfg(feature = "lab")]
pub mod dissect;
#[cfg(feature = "lab")]
pub mod experiment;
#[cfg(feature = "lab")]
pub mod export;
#[cfg(feature = "lab")]
pub mod figures;
#[cfg(feature = "lab")]
pub mod report;
#[cfg(feature = "lab")]
pub mod scores;
#[cfg(feature = "lab")]
pub mod search;
#[cfg(feature = "lab")]
pub mod studies;
#[cfg(feature = "lab")]
pub mod summary;
