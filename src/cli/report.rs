//! `trpo-lab report`: the report over all experiments.

use std::path::Path;
use std::process::ExitCode;

use super::{CliError, Out, each};
use crate::lab::Lab;
use crate::report;
use crate::say;

/// Write REPORT.md and index.html over all experiments in the folder of
/// results, and NAME/index.html for each of them.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Also write the tables of README.md and docs/ in this folder, between their
    /// marks, from the same results.
    #[arg(long)]
    docs: bool,
    #[command(flatten)]
    out: Out,
}

pub(super) fn run(lab: &Lab, args: &Args) -> Result<ExitCode, CliError> {
    let code = write(lab, &args.out)?;
    say!("{}", args.out.root.join("REPORT.md").display());
    say!("{}", args.out.root.join("index.html").display());
    if args.docs {
        for path in report::write_docs(Path::new("."), &args.out.root)? {
            say!("{}", path.display());
        }
    }
    Ok(code)
}

/// Writes the report, and says which experiments it leaves out and why.
pub(super) fn write(lab: &Lab, out: &Out) -> Result<ExitCode, CliError> {
    each(
        report::write(lab, &out.root)?,
        |problem| Err(problem.into()),
    )
}
