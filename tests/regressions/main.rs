//! Faults that were found once, each with the input that showed it. A test is
//! named after what holds since.

#[path = "../support/program.rs"]
mod program;

#[path = "../support/stored.rs"]
mod stored;

#[path = "../support/mod.rs"]
mod support;

mod clocks;
mod entries;
mod folders;
mod imputed;
mod leftovers;
mod lengths;
mod meant;
mod printing;
mod radius;
mod ragged;
mod source;
mod states;
mod words;

/// An experiment of a moment.
const SMALL: &str = r#"title = "Small"
headline = "evaluation"
tasks = ["CartPole-v1"]
seeds = "0..2"
purpose = "check"
[settings]
steps = 256
batch = 128
hidden = [8]
critic.epochs = 1
evaluation_episodes = 2
[variant.trpo]
algorithm = "trpo"
[variant.ppo]
algorithm = "ppo"
"#;
