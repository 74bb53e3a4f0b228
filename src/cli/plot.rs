//! `trpo-lab plot`: figures from tables.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use super::summarize::command;
use super::{CliError, Out, each, extent, letters, results, study};
use crate::experiment::store::Store;
use crate::figures::{self, Format, Options, Subset, Theme};
use crate::format::list;
use crate::lab::Lab;
use crate::summary::Extent;
use crate::summary::published;
use crate::summary::statistics::{RULES, Stamp};
use crate::{say, warn};

/// Draw figures of experiments and searches from their tables, without any run.
///
/// Without a name it draws all that have results, and with a name alone all figures
/// of that experiment, into its folder of figures. With the name of a figure, or with
/// any option that says how one is drawn, it writes files EXPERIMENT-FIGURE into
/// the folder --to, or else into the current one, and leaves the results as they are.
///
/// The table of published scores is made again too: it and the marks in the
/// figures come from the same file of this program.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "Examples:
  trpo-lab plot                                  every figure of every experiment
  trpo-lab plot classic --list                   which figures there are, and what each needs
  trpo-lab plot classic evaluation_curves --width 3.3in --format pdf \\
      --tasks CartPole-v1,Pendulum-v1 --variants trpo,ppo --label trpo='TRPO (ours)'
  trpo-lab plot classic trust_region --theme dark --width 10in --dpi 300 --format png --to slides")]
pub struct Args {
    /// The name of an experiment; all that have results if none is given.
    #[arg(value_name = "NAME")]
    name: Option<String>,
    /// Figures of it.
    #[arg(value_name = "FIGURE")]
    figures: Vec<String>,
    /// Say which figures the experiment has, and what each needs.
    #[arg(long, requires = "name")]
    list: bool,
    #[command(flatten)]
    looks: Looks,
    /// Figures with a line for each variant of more than eight variants too,
    /// after `summarize --all`.
    #[arg(long)]
    all: bool,
    #[command(flatten)]
    out: Out,
}

/// How figures are drawn, if not as usual.
#[derive(Debug, clap::Args)]
struct Looks {
    /// Width: 3.3in, 84mm, 240pt; letters have at least 6.5 pt at that size. Usually
    /// that of a page, 510pt.
    #[arg(long, value_name = "WIDTH", value_parser = figures::width, requires = "name")]
    width: Option<f64>,
    /// Only these tasks, in this order.
    #[arg(
        long,
        value_name = "TASK,...",
        value_delimiter = ',',
        requires = "name"
    )]
    tasks: Vec<String>,
    /// Only these variants, in this order.
    #[arg(
        long,
        value_name = "VARIANT,...",
        value_delimiter = ',',
        requires = "name"
    )]
    variants: Vec<String>,
    /// What a variant is called: trpo=\"TRPO (ours)\". May be given again.
    #[arg(long, value_name = "VARIANT=TEXT", value_parser = label, requires = "name")]
    label: Vec<(String, String)>,
    /// Files that are written; usually svg,png.
    #[arg(long, value_name = "svg,png,pdf", value_delimiter = ',', value_parser = format,
        requires = "name")]
    format: Vec<Format>,
    /// Pixels in an inch of a PNG; usually 192.
    #[arg(long, value_name = "DPI", value_parser = dpi, requires = "name")]
    dpi: Option<f64>,
    /// What is drawn on: light, dark or transparent.
    #[arg(long, value_name = "THEME", value_parser = theme, requires = "name")]
    theme: Option<Theme>,
    /// The range of horizontal axes: 0:200000.
    #[arg(long, value_name = "LOW:HIGH", value_parser = figures::range, requires = "name",
        allow_hyphen_values = true)]
    xlim: Option<(f64, f64)>,
    /// The range of vertical axes.
    #[arg(long, value_name = "LOW:HIGH", value_parser = figures::range, requires = "name",
        allow_hyphen_values = true)]
    ylim: Option<(f64, f64)>,
    /// The folder for the files; usually the current one.
    #[arg(long, value_name = "FOLDER", requires = "name")]
    to: Option<PathBuf>,
}

impl Looks {
    /// Whether anything is asked for that is not usual.
    fn is_usual(&self) -> bool {
        let Self {
            width,
            tasks,
            variants,
            label,
            format,
            dpi,
            theme,
            xlim,
            ylim,
            to,
        } = self;
        width.is_none()
            && tasks.is_empty()
            && variants.is_empty()
            && label.is_empty()
            && format.is_empty()
            && dpi.is_none()
            && theme.is_none()
            && xlim.is_none()
            && ylim.is_none()
            && to.is_none()
    }

    fn options(&self, extent: Extent) -> Options {
        let usual = Options::usual(extent);
        Options {
            width: self.width.unwrap_or(usual.width),
            theme: self.theme.unwrap_or(usual.theme),
            formats: match self.format.is_empty() {
                true => usual.formats.clone(),
                false => self.format.clone(),
            },
            dpi: self.dpi.unwrap_or(usual.dpi),
            subset: Subset {
                tasks: self.tasks.clone(),
                variants: self.variants.clone(),
                labels: self.label.clone(),
            },
            x_limits: self.xlim,
            y_limits: self.ylim,
            ..usual
        }
    }
}

fn label(text: &str) -> Result<(String, String), String> {
    let parts = text.split_once('=').filter(|(_, label)| !label.is_empty());
    let (variant, label) = parts.ok_or("write a variant, `=` and its label")?;
    Ok((variant.to_owned(), label.to_owned()))
}

/// Reads one of some names.
fn one_of<T: Copy>(known: &[(&str, T)], text: &str) -> Result<T, String> {
    let found = known.iter().find(|(name, _)| *name == text);
    let names: Vec<&str> = known.iter().map(|(name, _)| *name).collect();
    found
        .map(|(_, value)| *value)
        .ok_or_else(|| format!("write one of {}", list(&names)))
}

fn format(text: &str) -> Result<Format, String> {
    one_of(&Format::ALL, text)
}

fn theme(text: &str) -> Result<Theme, String> {
    one_of(&Theme::ALL, text)
}

fn dpi(text: &str) -> Result<f64, String> {
    let number = text
        .parse()
        .ok()
        .filter(|dpi| (10.0..=2400.0).contains(dpi));
    number.ok_or_else(|| "it must be a number from 10 to 2400".to_owned())
}

pub(super) fn run(lab: &Lab, args: &Args) -> Result<ExitCode, CliError> {
    match &args.name {
        Some(name) if args.list => show_list(lab, args, name),
        Some(name) if !args.figures.is_empty() || !args.looks.is_usual() => {
            draw_some(lab, args, name)
        }
        Some(name) => draw_all(lab, args, name),
        None => each(&drawable(&args.out.root)?, |name| draw_all(lab, args, name)),
    }
}

/// The figures of an experiment or search, in their folder.
fn draw_all(lab: &Lab, args: &Args, name: &str) -> Result<ExitCode, CliError> {
    let folder = args.out.root.join(name);
    if study::is_made(&folder) {
        return study::draw(&args.out.root, name);
    }
    if is_search(&folder) {
        let drawn = figures::draw_search(&folder)?;
        letters::say(name, &drawn);
        for path in drawn.paths {
            say!("{}", path.display());
        }
        return Ok(ExitCode::SUCCESS);
    }
    let store = results(&args.out.root, name)?;
    if is_older(&store) {
        warn!(
            "{name}: its tables follow older rules, so its figures stay as they are; `{}` makes \
             all of them anew",
            command(&store, "reproduce", name)
        );
        for path in figures::draw_steps(store.directory())?.paths {
            say!("{}", path.display());
        }
        return Ok(ExitCode::SUCCESS);
    }
    for path in draw(lab, &store, extent(args.all))? {
        say!("{}", path.display());
    }
    if let Some(path) = published::table::make(store.directory())? {
        say!("{}", path.display());
    }
    Ok(ExitCode::SUCCESS)
}

/// Some figures, as somebody wants them.
fn draw_some(lab: &Lab, args: &Args, name: &str) -> Result<ExitCode, CliError> {
    let store = current(args, name)?;
    let to = args.looks.to.clone().unwrap_or_else(|| PathBuf::from("."));
    let options = args.looks.options(extent(args.all));
    let drawn = figures::draw_some(lab, store.directory(), &args.figures, &options, &to)?;
    letters::say(name, &drawn);
    for path in drawn.paths {
        say!("{}", path.display());
    }
    Ok(ExitCode::SUCCESS)
}

/// Which figures there are.
fn show_list(lab: &Lab, args: &Args, name: &str) -> Result<ExitCode, CliError> {
    let store = current(args, name)?;
    for figure in figures::listed(lab, store.directory())? {
        let state = if figure.is_there { "drawn" } else { "-" };
        say!("{:<28} {state:<6} needs {}", figure.name, figure.needs);
    }
    Ok(ExitCode::SUCCESS)
}

/// The results of an experiment whose tables follow the rules of this program.
fn current(args: &Args, name: &str) -> Result<Store, CliError> {
    let folder = args.out.root.join(name);
    for (is_it, what) in [
        (is_search(&folder), "search"),
        (study::is_made(&folder), "study"),
    ] {
        if is_it {
            return Err(CliError::Usage(format!(
                "{name} is a {what}: it has one figure, which `trpo-lab plot {name}` draws"
            )));
        }
    }
    let store = results(&args.out.root, name)?;
    match is_older(&store) {
        false => Ok(store),
        true => Err(CliError::Failure(format!(
            "{name}: its tables follow older rules, from which no figure is drawn any more; `{}` \
             makes all of them anew",
            command(&store, "reproduce", name)
        ))),
    }
}

/// Whether the folder is that of a search, which has tables of its own.
fn is_search(folder: &Path) -> bool {
    folder.join("search.csv").is_file()
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
    letters::say(&name, &drawn);
    Ok(drawn.paths)
}

/// The names of the folders in `root` that hold an experiment or a search, sorted.
fn drawable(root: &Path) -> Result<Vec<String>, CliError> {
    let failed = |error| CliError::Failure(format!("{}: {error}", root.display()));
    let mut names = Vec::new();
    for entry in std::fs::read_dir(root).map_err(failed)? {
        let path: PathBuf = entry.map_err(failed)?.path();
        let is_other = is_search(&path) || study::is_made(&path);
        if (path.join("manifest.json").exists() || is_other)
            && let Some(name) = path.file_name()
        {
            names.push(name.to_string_lossy().into_owned());
        }
    }
    names.sort();
    Ok(names)
}
