//! Command line of trpo-lab.

use std::process::ExitCode;

use clap::Parser;
use trpo_lab::cli::Cli;

fn main() -> ExitCode {
    Cli::parse().run()
}
