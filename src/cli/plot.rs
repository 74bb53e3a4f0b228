//! `trpo-lab plot`: figures from tables.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use super::{CliError, Out, each, results};
use crate::figures;
use crate::say;
use crate::summary::published;

/// Draw the figures of experiments from their tables, without any run.
///
/// The table of published scores is made again too: it and the marks in the
/// figures come from the same file of this program.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Names of experiments; all that have results if none is given.
    #[arg(value_name = "NAME")]
    names: Vec<String>,
    #[command(flatten)]
    out: Out,
}

pub(super) fn run(args: &Args) -> Result<ExitCode, CliError> {
    let names = if args.names.is_empty() {
        experiments_in(&args.out.root)?
    } else {
        args.names.clone()
    };
    Ok(each(&names, |name| {
        let store = results(&args.out.root, name)?;
        for path in figures::draw_all(store.directory())? {
            say!("{}", path.display());
        }
        if let Some(path) = published::table::make(store.directory())? {
            say!("{}", path.display());
        }
        Ok(ExitCode::SUCCESS)
    }))
}

/// The names of the folders in `root` that have a manifest, sorted.
fn experiments_in(root: &Path) -> Result<Vec<String>, CliError> {
    let failed = |error| CliError::Failure(format!("{}: {error}", root.display()));
    let mut names = Vec::new();
    for entry in std::fs::read_dir(root).map_err(failed)? {
        let path: PathBuf = entry.map_err(failed)?.path();
        if path.join("manifest.json").exists()
            && let Some(name) = path.file_name()
        {
            names.push(name.to_string_lossy().into_owned());
        }
    }
    names.sort();
    Ok(names)
}
