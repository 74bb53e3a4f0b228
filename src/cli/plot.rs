//! `trpo-lab plot`: figures from tables.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use super::summarize::command;
use super::{CliError, Out, each, extent, results};
use crate::experiment::store::Store;
use crate::figures::{self, Drawn};
use crate::format::list;
use crate::lab::Lab;
use crate::summary::Extent;
use crate::summary::published;
use crate::summary::statistics::{RULES, Stamp};
use crate::{say, warn};

/// Draw the figures of experiments from their tables, without any run.
///
/// The table of published scores is made again too: it and the marks in the
/// figures come from the same file of this program.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Names of experiments; all that have results if none is given.
    #[arg(value_name = "NAME")]
    names: Vec<String>,
    /// Figures with a line for each variant of more than eight variants too,
    /// after `summarize --all`.
    #[arg(long)]
    all: bool,
    #[command(flatten)]
    out: Out,
}

pub(super) fn run(lab: &Lab, args: &Args) -> Result<ExitCode, CliError> {
    let names = if args.names.is_empty() {
        experiments_in(&args.out.root)?
    } else {
        args.names.clone()
    };
    each(&names, |name| {
        let store = results(&args.out.root, name)?;
        if is_older(&store) {
            warn!(
                "{name}: its tables follow older rules, so its figures stay as they are; `{}` makes \
                 all of them anew",
                command(&store, "reproduce", name)
            );
            return Ok(ExitCode::SUCCESS);
        }
        for path in draw(lab, &store, extent(args.all))? {
            say!("{}", path.display());
        }
        if let Some(path) = published::table::make(store.directory())? {
            say!("{}", path.display());
        }
        Ok(ExitCode::SUCCESS)
    })
}

/// Whether the summary of an experiment follows older rules. One that cannot be read
/// says so where it is drawn.
fn is_older(store: &Store) -> bool {
    Stamp::read(store.directory()).is_ok_and(|stamp| stamp.rules != RULES)
}

/// Draws the figures of an experiment, and says which are left out.
pub(super) fn draw(lab: &Lab, store: &Store, extent: Extent) -> Result<Vec<PathBuf>, CliError> {
    let drawn = figures::draw_all(lab, store.directory(), extent)?;
    let name = store.directory().file_name().unwrap_or_default();
    let name = name.to_string_lossy();
    if !drawn.left_out.is_empty() {
        warn!(
            "{name}: without {}, crowded with so many variants; `{}` and `{}` draw them",
            list(&drawn.left_out),
            command(store, "summarize --all", &name),
            command(store, "plot --all", &name)
        );
    }
    say_letters(&name, &drawn);
    Ok(drawn.paths)
}

/// Says which letters the figures of `name` cannot show.
pub(super) fn say_letters(name: &str, drawn: &Drawn) {
    let letters = drawn.without_glyph.iter();
    let letters: Vec<String> = letters
        .map(|letter| format!("{letter} (U+{:04X})", u32::from(*letter)))
        .collect();
    if !letters.is_empty() {
        let letters = list(&letters);
        warn!("{name}: the font of the figures has no {letters}: a box stands in its place");
    }
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
