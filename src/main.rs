//! Command line of trpo-lab.

use std::process::ExitCode;

use trpo_lab::lab::Lab;

fn main() -> ExitCode {
    Lab::standard().main()
}
