//! What is lost by one setting for all tasks, cross-fitted (Adkins et al. 2024,
//! [arXiv:2412.07165](https://arxiv.org/abs/2412.07165)).
//!
//! On one half of the seeds a sweep's best setting of each task, b_m, is chosen, and its
//! best for all tasks, b; on the other half both are measured, so that luck in the choice
//! is no merit.

use super::super::Measured;
use super::super::evidence::Evidence;
use super::halves::{Scores, ends, halvings, highest, mean_on};
use super::span::check;
use super::{Measure, Partner};
use crate::experiment::claims::Part;
use crate::experiment::plan::{Plan, Sweep};
use crate::format::short;
use crate::stats::mean;

pub(super) const REGRET: Measure = Measure {
    name: "regret",
    meaning: "of a sweep x, over tasks: the normalised score of its best setting of each task less \
              that of its best setting for all; chosen on one half of the seeds and measured on \
              the other, 200 times: mean and percentiles",
    partner: Partner::None,
    keys: &["score"],
    check: over_tasks,
    words: |part| format!("lost by one setting of `{}` for all tasks", part.x),
    unit: |_, _| "normalised",
    estimate: |evidence, part, tasks, tail| estimate(evidence, part, tasks, tail, Against::Itself),
};

pub(super) const GAP: Measure = Measure {
    name: "gap",
    meaning: "as `regret`, but against the best setting of each task of any sweep of the \
              experiment",
    partner: Partner::None,
    keys: &["score"],
    check: over_tasks,
    words: |part| {
        format!(
            "lost by one setting of `{}` for all tasks against the best of any algorithm",
            part.x
        )
    },
    unit: |_, _| "normalised",
    estimate: |evidence, part, tasks, tail| estimate(evidence, part, tasks, tail, Against::All),
};

/// Whose best settings of the tasks a sweep's best for all is held against.
#[derive(Clone, Copy, PartialEq)]
enum Against {
    /// Its own.
    Itself,
    /// Those of any sweep.
    All,
}

fn over_tasks(plan: &Plan, part: &Part) -> Result<(), String> {
    check(plan, part)?;
    match part.over {
        true => Ok(()),
        false => Err("one setting for all tasks is asked over tasks; write `over = true`".into()),
    }
}

fn estimate(
    evidence: &Evidence<'_>,
    part: &Part,
    tasks: &[String],
    tail: f64,
    against: Against,
) -> Result<Measured, String> {
    let sweeps = &evidence.manifest.analysis.sweeps;
    let own = sweeps.iter().find(|sweep| sweep.name == part.x);
    let own = own.ok_or_else(|| format!("there is no sweep `{}`", part.x))?;
    let rivals: Vec<&Sweep> = match against {
        Against::Itself => vec![own],
        Against::All => sweeps.iter().collect(),
    };
    let own = settings(evidence, part, tasks, &[own])?;
    let rivals = settings(evidence, part, tasks, &rivals)?;
    let seeds = evidence.manifest.seeds.as_slice();
    let halves = halvings(seeds, "regret");
    let lost: Option<Vec<Lost>> = halves
        .iter()
        .map(|half| lost(&own, &rivals, half))
        .collect();
    let lost = lost.ok_or("there are settings without runs")?;
    let regrets: Vec<f64> = lost.iter().map(|lost| lost.by_best).collect();
    let by_any: Vec<f64> = lost.iter().map(|lost| lost.by_any).collect();
    let found = ends(&regrets, 0.025).zip(ends(&regrets, tail));
    let found = found.zip(mean(&regrets)).zip(mean(&by_any));
    let (((interval, strict), value), by_any) = found.ok_or("there are no runs")?;
    Ok(Measured {
        value,
        interval,
        strict,
        note: format!("a setting drawn at random loses {}", short(by_any)),
    })
}

/// Normalised scores of the settings of `sweeps`, \[settings\]\[tasks\].
fn settings(
    evidence: &Evidence<'_>,
    part: &Part,
    tasks: &[String],
    sweeps: &[&Sweep],
) -> Result<Vec<Vec<Scores>>, String> {
    let scores = |variant: &str, task: &String| evidence.asked(part, variant, task);
    let steps = sweeps.iter().flat_map(|sweep| &sweep.steps);
    steps
        .map(|step| {
            tasks
                .iter()
                .map(|task| scores(&step.variant, task))
                .collect()
        })
        .collect()
}

/// What is lost in one halving, mean over tasks.
struct Lost {
    /// By the best setting for all tasks.
    by_best: f64,
    /// By a setting drawn at random, on average.
    by_any: f64,
}

fn lost(
    own: &[Vec<Scores>],
    rivals: &[Vec<Scores>],
    [choose, measure]: &[Vec<u64>; 2],
) -> Option<Lost> {
    // None where the setting has no run on some task.
    let over = |setting: &[Scores], seeds: &[u64]| -> Option<f64> {
        let each: Option<Vec<f64>> = setting.iter().map(|task| mean_on(task, seeds)).collect();
        mean(&each?)
    };
    let best = highest(own.iter().map(|setting| over(setting, choose)))?;
    let tasks = own.first()?.len();
    let of_task = |task: usize| -> Option<f64> {
        let chosen = highest(rivals.iter().map(|setting| mean_on(&setting[task], choose)))?;
        mean_on(&rivals[chosen][task], measure)
    };
    let reachable: Option<Vec<f64>> = (0..tasks).map(of_task).collect();
    let reachable = mean(&reachable?)?;
    let each: Option<Vec<f64>> = own.iter().map(|setting| over(setting, measure)).collect();
    Some(Lost {
        by_best: reachable - over(&own[best], measure)?,
        by_any: reachable - mean(&each?)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A setting whose score on a task is the same for every seed.
    fn setting(scores: &[f64]) -> Vec<Scores> {
        let of_task = |&score: &f64| (0..10).map(|seed| (seed, score)).collect();
        scores.iter().map(of_task).collect()
    }

    #[test]
    fn what_one_setting_loses_is_the_mean_over_tasks() {
        // Best on the first task, on the second, and nearly on both.
        let own = [
            setting(&[1.0, 0.2]),
            setting(&[0.0, 0.8]),
            setting(&[0.9, 0.7]),
        ];
        let half = [vec![0, 2, 4], vec![1, 3, 5]];
        let found = lost(&own, &own, &half).unwrap();
        assert!((found.by_best - 0.1).abs() < 1e-12, "{}", found.by_best);
        // (0.6 + 0.4 + 0.8) / 3 = 0.6 of 0.9.
        assert!((found.by_any - 0.3).abs() < 1e-12, "{}", found.by_any);
        let mut rivals = own.to_vec();
        rivals.push(setting(&[0.5, 1.2]));
        let gap = lost(&own, &rivals, &half).unwrap();
        assert!((gap.by_best - 0.3).abs() < 1e-12, "{}", gap.by_best);
    }

    #[test]
    fn a_choice_is_not_measured_on_the_runs_that_made_it() {
        // Pure luck: each setting shines on one seed of its own.
        let lucky = |own: u64| {
            vec![
                (0..10)
                    .map(|seed| (seed, f64::from(u8::from(seed == own))))
                    .collect::<Scores>(),
            ]
        };
        let own: Vec<Vec<Scores>> = (0..5).map(lucky).collect();
        let half = [vec![0, 1, 2, 3, 4], vec![5, 6, 7, 8, 9]];
        assert_eq!(lost(&own, &own, &half).unwrap().by_best, 0.0);
    }
}
