//! `trpo-lab status`: how far an experiment is.

use std::fs;
use std::path::Path;
use std::process::ExitCode;

use super::summarize::command;
use super::table::{self, Align};
use super::{CliError, Out, read_experiment, search};
use crate::experiment::file::Overrides;
use crate::experiment::plan::{Cell, Plan};
use crate::experiment::progress::{grouped, shown};
use crate::experiment::store::Store;
use crate::experiment::{checkpoint, shard};
use crate::format::count;
use crate::lab::Lab;
use crate::record::{NUMERICS, Status};
use crate::say;
use crate::search::Ladder;

/// Say how far the runs of an experiment are, from its files alone: while they are made, on
/// whatever machines, and afterwards.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "Examples:
  trpo-lab status classic
  watch -n 60 trpo-lab status mine.toml")]
pub struct Args {
    /// The experiment or search: a TOML file, or the name of one of experiments/.
    #[arg(value_name = "EXPERIMENT")]
    experiment: String,
    #[command(flatten)]
    out: Out,
}

/// What became of the runs of one cell.
#[derive(Debug, Default)]
struct Tally {
    done: usize,
    failed: usize,
    under_way: usize,
    missing: usize,
    /// Steps that are left, and that were made in how many seconds.
    left: u64,
    made: u64,
    seconds: f64,
}

impl Tally {
    fn add(&mut self, other: &Self) {
        self.done += other.done;
        self.failed += other.failed;
        self.under_way += other.under_way;
        self.missing += other.missing;
        self.left += other.left;
        self.made += other.made;
        self.seconds += other.seconds;
    }
}

pub(super) fn run(lab: &Lab, args: &Args) -> Result<ExitCode, CliError> {
    if let Some(search) = search::read(lab, &args.experiment)? {
        let name = &search.experiment.plan.name;
        let store = Store::new(&args.out.root, name);
        let ladder = Ladder::standing(&search, &store)?;
        let Some(rung) = ladder.open() else {
            say!("{name}: every rung is closed");
            return Ok(ExitCode::SUCCESS);
        };
        say!("{name}, {}", ladder.headline(&rung));
        let merge = command(&store, "merge", name);
        return say_state(&rung.experiment.plan, &rung.folder(&store), &merge);
    }
    let experiment = read_experiment(lab, &args.experiment, &Overrides::default())?;
    let plan = &experiment.plan;
    let store = Store::new(&args.out.root, &plan.name);
    say_state(plan, &store, &command(&store, "merge", &plan.name))
}

/// How far the runs of `plan` are, whose records are in `store`; `merge`: the command that puts
/// parts together.
fn say_state(plan: &Plan, store: &Store, merge: &str) -> Result<ExitCode, CliError> {
    use Align::{Left, Right};
    let header = ["task", "variant", "done", "under way", "failed", "missing"];
    let mut rows = vec![header.map(String::from)];
    let mut all = Tally::default();
    let mut lines = Vec::new();
    for cell in &plan.cells {
        let tally = of_cell(store, cell, &plan.seeds, &mut lines);
        rows.push([
            cell.env.clone(),
            cell.variant.clone(),
            tally.done.to_string(),
            tally.under_way.to_string(),
            tally.failed.to_string(),
            tally.missing.to_string(),
        ]);
        all.add(&tally);
    }
    let mut out = crate::console::stdout();
    table::write(&mut out, [Left, Left, Right, Right, Right, Right], &rows)?;
    for line in lines {
        say!("{line}");
    }
    let runs = plan.cells.len() * plan.seeds.len();
    say!(
        "{}: {} of {} done, {} under way, {} failed, {} missing",
        plan.name,
        all.done,
        count(runs, "run"),
        all.under_way,
        all.failed,
        all.missing
    );
    if all.left > 0 && all.made > 0 {
        let seconds = all.seconds / all.made as f64 * all.left as f64;
        say!(
            "about {} of one CPU left, at the pace of the runs that are done",
            shown(seconds)
        );
    }
    let markers = shard::markers(store)?;
    if let Some((_, marker)) = markers.first() {
        say!(
            "{} of {} begun; `{merge}` puts them together",
            markers.len(),
            count(marker.of, "part")
        );
    }
    Ok(ExitCode::SUCCESS)
}

/// What became of the runs of `cell`; those under way and failed ones are told in `lines`.
fn of_cell(store: &Store, cell: &Cell, seeds: &[u64], lines: &mut Vec<String>) -> Tally {
    let (env, variant, config) = (&*cell.env, &*cell.variant, &cell.config);
    let total = config.total_steps();
    let mut tally = Tally::default();
    for &seed in seeds {
        let label = format!("{env} {variant} seed {seed}");
        // A damaged record is made again.
        let record = store.record(env, variant, seed).ok().flatten();
        let record = record.filter(|record| {
            record.config == *config && record.seed == seed && record.numerics == NUMERICS
        });
        match record.map(|record| (record.status, record.provenance.wall_seconds)) {
            Some((Status::Failed { error }, _)) => {
                tally.failed += 1;
                tally.left += total;
                lines.push(format!("failed: {label}: {error}"));
                continue;
            }
            Some((_, seconds)) => {
                tally.done += 1;
                tally.made += total;
                tally.seconds += seconds;
                continue;
            }
            None => {}
        }
        let path = store.checkpoint_path(env, variant, seed);
        match checkpoint::steps(&path, config, seed) {
            Some(steps) => {
                tally.under_way += 1;
                tally.left += total.saturating_sub(steps);
                lines.push(format!(
                    "under way: {label}: {} of {} steps{}",
                    grouped(steps),
                    grouped(total),
                    age(&path)
                ));
            }
            None => {
                tally.missing += 1;
                tally.left += total;
            }
        }
    }
    tally
}

/// `, 12 s ago`; nothing where no clock says so.
fn age(path: &Path) -> String {
    let written = fs::metadata(path).and_then(|of| of.modified()).ok();
    let age = written.and_then(|written| written.elapsed().ok());
    age.map_or_else(String::new, |age| {
        format!(", {} ago", shown(age.as_secs_f64()))
    })
}
