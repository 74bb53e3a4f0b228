//! Faults that were found once, each with the input that showed it. A test is
//! named after what holds since.

#[path = "../support/program.rs"]
mod program;

#[path = "../support/mod.rs"]
mod support;

mod imputed;
mod leftovers;
mod printing;
mod source;
mod words;
