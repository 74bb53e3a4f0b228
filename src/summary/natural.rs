//! What the steps along a natural gradient did: how well the linear system was solved, how
//! much of the trust radius was used, what a step took. A table, where a variant has them.

use std::fmt::Write;

use super::Run;
use super::rows::CostRow;
use super::shares::Updates;
use crate::algo::Part;
use crate::algo::natural::CG_RESIDUAL;
use crate::algo::trpo::BACKTRACKS;
use crate::experiment::manifest::Manifest;
use crate::format::{number, short};
use crate::stats::{mean, median};

/// Name of its file in the folder of the experiment.
pub(super) const FILE: &str = "tables/natural.md";

/// The residual above which a solution is called rough.
const ROUGH: f64 = 0.1;

/// The table; `None` where nothing solves for a natural gradient.
pub(super) fn table(runs: &[Run<'_>], manifest: &Manifest, costs: &[CostRow]) -> Option<String> {
    let mut lines = Vec::new();
    let mut rough: Vec<String> = Vec::new();
    for variant in &manifest.variants {
        for env in &manifest.tasks {
            let radius = manifest.config(env, variant);
            let radius = radius.and_then(|config| config.algorithm.trust_radius());
            let of_cell = runs
                .iter()
                .filter(|run| run.env == env && run.variant == variant && !run.failed());
            let of_cell: Vec<Updates<'_>> = of_cell
                .map(|run| Updates {
                    record: run.record,
                    radius,
                })
                .collect();
            let residual = over_runs(&of_cell, |run| middle(run.numbers(CG_RESIDUAL.name)?));
            let Some(residual) = residual else {
                continue;
            };
            if residual > ROUGH {
                rough.push(format!("{variant} on {env}"));
            }
            let used = over_runs(&of_cell, |run| median(&run.kl_in_radii()?));
            let full = over_runs(&of_cell, |run| {
                let tried: Vec<f64> = run
                    .numbers(BACKTRACKS.name)?
                    .iter()
                    .map(|backtracks| f64::from(u8::from(*backtracks == Some(0.0))))
                    .collect();
                mean(&tried)
            });
            let cost = costs.iter().find(|row| {
                (&row.env, &row.variant, &*row.part) == (env, variant, Part::Policy.name())
                    && !row.is_busy()
            });
            let share = |share: Option<f64>| match share {
                Some(share) => format!("{}%", number(100.0 * share, 0)),
                None => "–".to_owned(),
            };
            lines.push(format!(
                "| {variant} | {env} | {} | {} | {} | {} |",
                short_of(residual),
                share(used),
                share(full),
                cost.map_or("–".to_owned(), |row| number(1e3 * row.median, 2)),
            ));
        }
    }
    if lines.is_empty() {
        return None;
    }
    let mut text =
        "# Steps along the natural gradient\n\nThe median over updates, then the mean over \
        runs: the relative residual that the conjugate gradient leaves, the mean divergence as a \
        share of the trust radius; the share of updates that take the full step; and the median \
        time of the policy step, where the machine was not busy.\n\n"
            .to_owned();
    if !rough.is_empty() {
        let _ = writeln!(
            text,
            "**The system is not solved** (residual above {ROUGH}): {}. The direction is one between \
             the gradient and the natural gradient.\n",
            crate::format::list(&rough)
        );
    }
    text.push_str(
        "| variant | task | CG residual | KL of δ | full steps | policy step (ms) |\n\
         |:--|:--|--:|--:|--:|--:|\n",
    );
    text.push_str(&lines.join("\n"));
    text.push('\n');
    Some(text)
}

/// The mean over runs of a number of a run.
fn over_runs(runs: &[Updates<'_>], of: impl Fn(&Updates<'_>) -> Option<f64>) -> Option<f64> {
    let numbers: Vec<f64> = runs.iter().filter_map(of).collect();
    mean(&numbers)
}

fn middle(numbers: &[Option<f64>]) -> Option<f64> {
    let known: Vec<f64> = numbers.iter().flatten().copied().collect();
    median(&known)
}

/// Two digits, also of very small numbers.
fn short_of(value: f64) -> String {
    match value >= 1e-3 {
        true => short((1e3 * value).round() / 1e3),
        false if value == 0.0 => "0".to_owned(),
        false => format!("{value:.0e}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_digits_are_enough_and_nothing_is_nothing() {
        assert_eq!(middle(&[Some(1.0), None, Some(3.0), Some(8.0)]), Some(3.0));
        assert_eq!(middle(&[None]), None);
        let shown = [0.4234, 0.001, 6.6e-6, 0.0].map(short_of);
        assert_eq!(shown, ["0.423", "0.001", "7e-6", "0"]);
    }
}
