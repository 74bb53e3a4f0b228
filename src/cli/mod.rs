//! The commands: arguments in, printed tables and an exit code out.

pub mod algos;
pub mod check_env;
pub mod compare;
pub mod envs;
pub mod export;
pub mod plot;
pub mod report;
pub mod reproduce;
pub mod run;
pub mod schema;
pub mod score;
pub mod search;
mod signals;
pub mod summarize;
mod table;
pub mod train;
pub mod verdicts;
mod verify;
pub mod which;

use std::io;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::console;
use crate::env::Unavailable;
use crate::experiment::disk::StoreError;
use crate::experiment::file::{Experiment, FileError, Overrides};
use crate::experiment::ledger::LedgerError;
use crate::experiment::runner::{Making, RunError, Workers};
use crate::experiment::source::{self, SourceError};
use crate::experiment::store::Store;
use crate::experiment::verify::ManifestError;
use crate::figures::{self, FigureError};
use crate::kernels::{Instructions, Kernel};
use crate::lab::{Lab, UnknownAlgorithm};
use crate::report::ReportError;
use crate::scores::ScoresError;
use crate::search::SearchError;
use crate::summary::{Extent, SummaryError};
use crate::warn;

/// The variable that forces a kernel.
const KERNEL_VARIABLE: &str = "TRPO_LAB_KERNEL";

/// The reference laboratory for trust-region policy optimisation.
///
/// Results are a function of configuration and seed alone: the same bits for
/// any number of jobs, interrupted or not, on any x86-64 CPU.
#[derive(Debug, Parser)]
#[command(name = "trpo-lab", version, max_term_width = 100)]
#[command(after_long_help = "Examples:
  trpo-lab reproduce                             the main experiment, from runs to report
  trpo-lab run experiments/smoke.toml            the runs of an experiment file
  trpo-lab run experiments/classic.toml --seeds 3 --out elsewhere
  trpo-lab train --env CartPole-v1 --algo trpo --set trpo.delta=0.02
  trpo-lab verify --sample 12                    whether runs give the committed digests
  trpo-lab search experiments/mine.toml          settings chosen by a rule
  trpo-lab score scores.csv                      statistics of scores from anywhere
  trpo-lab compare trpo ppo                      which of two variants is better
  trpo-lab export --format csv                   records for other programs
  trpo-lab algos trpo                            every key of an algorithm

TRPO_LAB_KERNEL=avx512|avx2|portable forces the kernels; the results are the same.")]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Reproduce(reproduce::Args),
    Run(run::Args),
    Train(train::Args),
    Verify(verify::Args),
    Summarize(summarize::Args),
    Plot(plot::Args),
    Report(report::Args),
    Search(search::Args),
    Score(score::Args),
    Compare(compare::Args),
    Export(export::Args),
    Which(which::Args),
    Algos(algos::Args),
    Envs(envs::Args),
    CheckEnv(check_env::Args),
    Schema(schema::Args),
}

/// Why a command did not do what it was asked to.
#[derive(Debug, thiserror::Error)]
pub enum CliError {
    /// The user wrote something that makes no sense: exit code 2.
    #[error("{0}")]
    Usage(String),
    /// Something failed: exit code 1.
    #[error("{0}")]
    Failure(String),
    /// A signal stopped it: exit code 130 or 143.
    #[error("{0}")]
    Interrupted(String),
    /// What is printed cannot be written.
    #[error("cannot print: {0}")]
    Print(#[from] io::Error),
}

macro_rules! from_errors {
    ($kind:ident: $($error:ty),+) => {
        $( impl From<$error> for CliError {
            fn from(error: $error) -> Self {
                CliError::$kind(error.to_string())
            }
        } )+
    };
}

from_errors!(Usage: FileError, ScoresError, Unavailable, UnknownAlgorithm);
from_errors!(
    Failure: StoreError,
    ManifestError,
    SummaryError,
    FigureError,
    ReportError
);

impl From<SourceError> for CliError {
    fn from(error: SourceError) -> Self {
        match error {
            SourceError::Another { .. } => CliError::Usage(error.to_string()),
            SourceError::Store(error) => error.into(),
        }
    }
}

impl From<LedgerError> for CliError {
    fn from(error: LedgerError) -> Self {
        match error {
            LedgerError::Content(error) => CliError::Usage(error.to_string()),
            LedgerError::Store(error) => error.into(),
        }
    }
}

impl From<SearchError> for CliError {
    fn from(error: SearchError) -> Self {
        let message = error.to_string();
        match error {
            SearchError::File(_) | SearchError::Content(_) | SearchError::Unknown { .. } => {
                CliError::Usage(message)
            }
            SearchError::Run(error) => error.into(),
            _ => CliError::Failure(message),
        }
    }
}

impl From<RunError> for CliError {
    fn from(error: RunError) -> Self {
        let message = error.to_string();
        match error {
            RunError::TooLarge(_) => CliError::Usage(message),
            RunError::Interrupted { .. } => CliError::Interrupted(message),
            _ => CliError::Failure(message),
        }
    }
}

impl Lab {
    /// The command line, with the tasks and algorithms of this laboratory: all
    /// that a program of its own needs as its `main`.
    pub fn main(&self) -> ExitCode {
        Cli::parse().run(self)
    }

    /// What [`Lab::main`] does with these arguments of the command line, such as
    /// `["reproduce", "mine.toml"]`.
    pub fn run<'a>(&self, args: impl IntoIterator<Item = &'a str>) -> ExitCode {
        let program = ["trpo-lab"].into_iter();
        Cli::parse_from(program.chain(args)).run(self)
    }
}

impl Cli {
    /// Does what the command says, and prints what goes wrong.
    pub fn run(self, lab: &Lab) -> ExitCode {
        let result = kernel().and_then(|kernel| {
            let lab = &lab.clone().with_kernel(kernel);
            match self.command {
                Command::Reproduce(args) => reproduce::run(lab, &args),
                Command::Run(args) => run::run(lab, &args),
                Command::Train(args) => train::run(lab, &args),
                Command::Verify(args) => verify::run(lab, &args),
                Command::Summarize(args) => summarize::run(lab, &args),
                Command::Plot(args) => plot::run(lab, &args),
                Command::Report(args) => report::run(&args),
                Command::Search(args) => search::run(lab, &args),
                Command::Score(args) => score::run(&args),
                Command::Compare(args) => compare::run(&args),
                Command::Export(args) => export::run(lab, &args),
                Command::Which(args) => which::run(&args),
                Command::Algos(args) => algos::run(lab, &args),
                Command::Envs(args) => Ok(envs::run(lab, &args)?),
                Command::Schema(args) => schema::run(lab, &args),
                Command::CheckEnv(args) => Ok(check_env::run(lab, &args)?),
            }
        });
        let code = result.unwrap_or_else(|error| error.say());
        match console::finish() {
            Err(error) if code == ExitCode::SUCCESS => CliError::Print(error).say(),
            _ => code,
        }
    }
}

impl CliError {
    /// Prints it, and gives the exit code.
    fn say(&self) -> ExitCode {
        if let CliError::Interrupted(message) = self {
            warn!("{message}");
            return signals::exit_code();
        }
        warn!("error: {self}");
        match self {
            CliError::Usage(_) => ExitCode::from(2),
            _ => ExitCode::FAILURE,
        }
    }
}

/// The kernel that the user asks for, or else the best of this CPU.
fn kernel() -> Result<Kernel, CliError> {
    let Some(wanted) = std::env::var_os(KERNEL_VARIABLE) else {
        return Ok(Kernel::best());
    };
    let wanted = wanted.to_string_lossy();
    let is_wanted = |instructions: &Instructions| instructions.name() == wanted;
    let Some(instructions) = Instructions::ALL.into_iter().find(is_wanted) else {
        let names = Instructions::ALL.map(Instructions::name).join(", ");
        let message = format!("{KERNEL_VARIABLE}={wanted}: there are the kernels {names}");
        return Err(CliError::Usage(message));
    };
    instructions.kernel().ok_or_else(|| {
        let best = Kernel::best().name();
        let message = format!("{KERNEL_VARIABLE}={wanted}: this CPU lacks it; its best is {best}");
        CliError::Usage(message)
    })
}

/// Does `work` for every one of `all`. What goes wrong with one is said and does
/// not stop the others; the exit code tells.
///
/// # Errors
/// If the user asked to stop: then the others are not begun.
fn each<T>(
    all: impl IntoIterator<Item = T>,
    mut work: impl FnMut(T) -> Result<ExitCode, CliError>,
) -> Result<ExitCode, CliError> {
    let mut code = ExitCode::SUCCESS;
    for one in all {
        let its = match work(one) {
            Err(error @ CliError::Interrupted(_)) => return Err(error),
            its => its.unwrap_or_else(|error| error.say()),
        };
        if its != ExitCode::SUCCESS {
            code = its;
        }
    }
    Ok(code)
}

/// Reads a number of runs.
fn at_least_one(text: &str) -> Result<NonZeroUsize, String> {
    let wrong = |_| "it must be a whole number of at least 1".to_owned();
    text.parse().map_err(wrong)
}

/// Reads a seed or a number of steps.
fn whole_number(text: &str) -> Result<u64, String> {
    let wrong = |_| format!("it must be a whole number from 0 to {}", u64::MAX);
    text.parse().map_err(wrong)
}

/// What `--all` asks for.
fn extent(all: bool) -> Extent {
    if all {
        Extent::Everything
    } else {
        Extent::Usual
    }
}

/// How many threads make runs.
#[derive(Debug, clap::Args)]
struct Jobs {
    /// Runs made at a time; by default one for each core.
    #[arg(long, value_name = "N", value_parser = threads)]
    jobs: Option<NonZeroUsize>,
    #[command(flatten)]
    threads: Threads,
}

/// How many threads work inside a run.
#[derive(Debug, clap::Args)]
struct Threads {
    /// Threads inside each run, which change no bit of it; by default more than
    /// one only when fewer runs are left than there are cores.
    #[arg(long, value_name = "N", value_parser = threads)]
    threads_per_run: Option<NonZeroUsize>,
}

/// More threads than this no machine gives a process.
const MOST_THREADS: usize = 1024;

fn threads(text: &str) -> Result<NonZeroUsize, String> {
    let number = text
        .parse()
        .ok()
        .filter(|n: &NonZeroUsize| n.get() <= MOST_THREADS);
    number.ok_or_else(|| format!("it must be a whole number from 1 to {MOST_THREADS}"))
}

impl Jobs {
    fn workers(&self, kernel: Kernel) -> Workers {
        let cores = || std::thread::available_parallelism().ok();
        self.threads
            .workers(self.jobs.or_else(cores).map_or(1, usize::from), kernel)
    }
}

/// Whether runs that stand are made again.
#[derive(Debug, clap::Args)]
struct Again {
    /// Make every run again, also those of which a record stands.
    #[arg(long)]
    again: bool,
}

impl Again {
    fn making<'a>(&self, lab: &'a Lab, jobs: &Jobs) -> Making<'a> {
        Making {
            again: self.again,
            ..Making::new(lab, jobs.workers(lab.kernel()))
        }
    }
}

impl Threads {
    fn workers(&self, jobs: usize, kernel: Kernel) -> Workers {
        Workers {
            jobs,
            threads_per_run: self.threads_per_run.map(usize::from),
            kernel,
        }
    }
}

/// Where results stand.
#[derive(Debug, clap::Args)]
struct Out {
    /// The folder of results; an experiment has a folder of its name in it.
    #[arg(long = "out", value_name = "DIR", default_value = "results")]
    root: PathBuf,
}

/// The results of the experiment that the user names: by its name, or by its
/// file, of which they must be.
fn results(root: &Path, name: &str) -> Result<Store, CliError> {
    if !name.ends_with(".toml") {
        return Ok(Store::new(root, name));
    }
    let path = Path::new(name);
    path.metadata()
        .map_err(|source| FileError::unreadable(path, source))?;
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let store = Store::new(root, &stem);
    source::check(&store, path)?;
    Ok(store)
}

/// Reads the experiment that the user names, with claims that its runs can answer.
fn read_experiment(lab: &Lab, name: &str, overrides: &Overrides) -> Result<Experiment, CliError> {
    let experiment = Experiment::read(lab, &experiment_path(name), overrides)?;
    crate::claims::check(&experiment.plan, figures::NAMES)
        .map_err(|(number, problem)| FileError::from(experiment.wrong_claim(number, problem)))?;
    search::permit(lab, &experiment)?;
    Ok(experiment)
}

/// The experiment that the user names: a file, or the name of one of
/// `experiments/`.
fn experiment_path(name: &str) -> PathBuf {
    if name.ends_with(".toml") {
        PathBuf::from(name)
    } else {
        Path::new("experiments").join(format!("{name}.toml"))
    }
}
