//! What an experiment costs and what it can see, before it is made.

use std::path::Path;

use crate::config::RunConfig;
use crate::diagnostics;
use crate::experiment::plan::{Cell, Plan};
use crate::experiment::progress::{grouped, shown};
use crate::format::{count, number};
use crate::lab::Lab;
use crate::scores::verdict::FOUND;
use crate::summary::CostRow;
use crate::summary::files::read_rows;

/// They, in sentences; times by those that stand in `dir`, the folder of its results.
pub(super) fn lines(lab: &Lab, plan: &Plan, dir: &Path) -> Vec<String> {
    let seeds = plan.seeds.len() as u64;
    let all = |of: &dyn Fn(&Cell) -> u64| {
        let cells = plan.cells.iter().map(of);
        cells.fold(0_u64, u64::saturating_add).saturating_mul(seeds)
    };
    let training = all(&|cell| cell.config.total_steps());
    let evaluation = all(&|cell| {
        let longest = lab.task_of(&cell.config).map(|task| task.spec().time_limit);
        longest.map_or(0, |longest| {
            evaluated(&cell.config).saturating_mul(u64::from(longest))
        })
    });
    let mut lines = vec![
        format!(
            "{}: {} on {}, {}: {}",
            plan.name,
            count(plan.variants.len(), "variant"),
            count(plan.tasks.len(), "task"),
            count(plan.seeds.len(), "seed"),
            count(plan.cells.len() * plan.seeds.len(), "run"),
        ),
        format!(
            "{} steps of training; evaluations make at most {} beside them",
            grouped(training),
            grouped(evaluation)
        ),
    ];
    if !plan.analysis.diagnostics.is_empty() {
        let most = diagnostics::most_steps(lab, plan) as u64;
        lines.push(format!("diagnostics make at most {} steps", grouped(most)));
    }
    if let Some(seconds) = update_seconds(plan, dir) {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        lines.push(format!(
            "training takes about {} on {}, by the times in {}; evaluations come on top",
            shown(seconds / cores as f64),
            count(cores, "core"),
            dir.join("cost.csv").display()
        ));
    }
    if plan.seeds.len() > 2 {
        let smallest = (FOUND / (plan.seeds.len() - 2) as f64).sqrt();
        lines.push(format!(
            "on one task a difference of {} standard deviations of the paired differences is found \
             in 80% of such experiments",
            number(smallest, 2)
        ));
    }
    lines
}

/// Episodes of all evaluations of a run.
fn evaluated(config: &RunConfig) -> u64 {
    let points = match config.points() {
        0 => 0,
        points => points + 1,
    };
    (points * config.common.evaluation_episodes + config.common.final_episodes()) as u64
}

/// Seconds of all updates, if the times of all cells are known.
pub(super) fn update_seconds(plan: &Plan, dir: &Path) -> Option<f64> {
    let rows: Vec<CostRow> = read_rows(dir).ok()?;
    let of_cell = |cell: &Cell| {
        let its = || {
            let is_its = |row: &&CostRow| (&row.env, &row.variant) == (&cell.env, &cell.variant);
            rows.iter().filter(is_its)
        };
        its().next()?;
        let update: f64 = its().map(|row| row.median).sum();
        Some(update * cell.config.total_steps() as f64 / cell.config.common.batch as f64)
    };
    let all: Option<f64> = plan.cells.iter().map(of_cell).sum();
    Some(all? * plan.seeds.len() as f64)
}
