//! The commands: arguments in, printed tables and an exit code out.

pub mod algos;
mod args;
pub mod check_env;
pub mod compare;
mod curve;
pub mod diagnose;
pub mod dissect;
pub mod envs;
mod error;
pub mod evaluate;
pub mod export;
mod letters;
mod merge;
mod merge_search;
mod outline;
mod parts;
pub mod play;
pub mod plot;
pub mod report;
pub mod reproduce;
pub mod run;
pub mod schema;
pub mod score;
pub mod search;
mod shard;
pub mod show;
mod signals;
mod slurm;
mod slurm_script;
mod status;
mod study;
pub mod summarize;
mod table;
pub mod train;
pub mod verdicts;
mod verify;
pub mod which;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::console;
use crate::diagnostics;
use crate::experiment::file::{Experiment, FileError, Overrides};
use crate::experiment::source;
use crate::experiment::store::Store;
use crate::figures;
use crate::kernels::{Instructions, Kernel};
use crate::lab::Lab;
use args::{Again, Checkpoints, Jobs, Out, Threads, at_least_one, extent, whole_number};
pub use error::CliError;

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
  trpo-lab evaluate seed-0.safetensors           a policy that a run left
  trpo-lab play seed-0.safetensors --gif a.gif   the same, to be looked at
  trpo-lab verify --sample 12                    whether runs give the committed digests
  trpo-lab show results/train/runs/ENV/V/seed-0.json  a run in the terminal
  trpo-lab dissect classic --task CartPole-v1 --variant trpo --seed 200 --update 10
  trpo-lab search experiments/mine.toml          settings chosen by a rule
  trpo-lab score scores.csv                      statistics of scores from anywhere
  trpo-lab compare trpo ppo                      which of two variants is better
  trpo-lab export --format csv                   records for other programs
  trpo-lab algos trpo                            every key of an algorithm

TRPO_LAB_KERNEL=avx512|avx2|portable forces the kernels; the results are the same.
TRPO_LAB_PYTHON=PROGRAM is --python for every command; only tasks `gym:ID` need Python.")]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
    #[command(flatten)]
    gymnasium: args::Gymnasium,
}

#[derive(Debug, Subcommand)]
enum Command {
    Reproduce(reproduce::Args),
    Run(run::Args),
    Merge(merge::Args),
    Slurm(slurm::Args),
    Status(status::Args),
    Train(train::Args),
    Evaluate(evaluate::Args),
    Play(play::Args),
    Verify(verify::Args),
    Dissect(dissect::Args),
    Diagnose(diagnose::Args),
    Show(show::Args),
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
            let lab = &self.gymnasium.of(lab.clone().with_kernel(kernel));
            match self.command {
                Command::Reproduce(args) => reproduce::run(lab, &args),
                Command::Run(args) => run::run(lab, &args),
                Command::Merge(args) => merge::run(lab, &args),
                Command::Slurm(args) => slurm::run(lab, &args),
                Command::Status(args) => status::run(lab, &args),
                Command::Train(args) => train::run(lab, &args),
                Command::Evaluate(args) => evaluate::run(lab, &args),
                Command::Play(args) => play::run(lab, &args),
                Command::Verify(args) => verify::run(lab, &args),
                Command::Dissect(args) => dissect::run(lab, &args),
                Command::Diagnose(args) => diagnose::run(lab, &args),
                Command::Show(args) => show::run(lab, &args),
                Command::Summarize(args) => summarize::run(lab, &args),
                Command::Plot(args) => plot::run(lab, &args),
                Command::Report(args) => report::run(lab, &args),
                Command::Search(args) => search::run(lab, &args),
                Command::Score(args) => score::run(&args),
                Command::Compare(args) => compare::run(&args),
                Command::Export(args) => export::run(lab, &args),
                Command::Which(args) => which::run(&args),
                Command::Algos(args) => algos::run(lab, &args),
                Command::Envs(args) => envs::run(lab, &args),
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
    diagnostics::check(&experiment.plan).map_err(|(number, problem)| {
        FileError::from(experiment.wrong_diagnostic(number, problem))
    })?;
    crate::claims::check(&experiment.plan, &figures::names())
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
