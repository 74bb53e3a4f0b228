//! How far the order of the variants is that of a published table.

use super::super::Measured;
use super::super::evidence::Evidence;
use super::{Measure, Partner};
use crate::experiment::claims::Part;
use crate::experiment::plan::Plan;
use crate::format::count;
use crate::stats::agreement::{Agreement, PairedTask};

/// What `x` is: the table of the experiment file.
const TABLE: &str = "published_table";

pub(super) const MEASURE: Measure = Measure {
    name: "order",
    meaning: "Kendall's tau of the numbers of `[published_table]`, which is x, and the mean \
              normalised scores of the same variants; percentiles of a bootstrap over seeds",
    partner: Partner::None,
    keys: &["score"],
    check,
    words: |_| "Kendall's tau of the published and our scores".to_owned(),
    unit: |_, _| "",
    estimate,
};

fn check(plan: &Plan, part: &Part) -> Result<(), String> {
    if part.x != TABLE {
        return Err(format!(
            "`x` is the table that was published: \"{TABLE}\", not `{}`",
            part.x
        ));
    }
    match plan.analysis.published_table {
        Some(_) => Ok(()),
        None => Err(format!("there is no `[{TABLE}]` to compare with")),
    }
}

fn estimate(
    evidence: &Evidence<'_>,
    part: &Part,
    tasks: &[String],
    tail: f64,
) -> Result<Measured, String> {
    let manifest = evidence.manifest;
    let table = manifest.analysis.published_table.as_ref();
    let table = table.ok_or_else(|| format!("there is no `[{TABLE}]`"))?;
    let variants = manifest.variants.iter();
    let (rows, given): (Vec<&String>, Vec<f64>) = variants
        .filter_map(|variant| Some((variant, *table.rows.get(variant)?)))
        .unzip();
    let metric = evidence.metric(part);
    let mut paired = Vec::new();
    for task in tasks {
        let zero = evidence.reference(task)?.random;
        let scores = rows.iter().map(|row| evidence.scores(row, task, metric));
        let scores: Vec<Vec<(u64, f64)>> = scores.collect();
        let score = |place: usize, seed: u64| {
            let mut runs = scores[place].iter();
            runs.find(|(of, _)| *of == seed).map(|(_, score)| *score)
        };
        let seeds = manifest.seeds.iter().copied();
        paired.extend(PairedTask::of(zero, rows.len(), seeds, score));
    }
    let found = Agreement::of(&given, &paired);
    let found = found.ok_or("no task with two complete seeds and a setting above random")?;
    let unordered = || "all numbers are equal: there is no order".to_owned();
    let interval = |tail| found.tau_interval(tail).ok_or_else(unordered);
    Ok(Measured {
        value: found.tau.ok_or_else(unordered)?,
        interval: interval(0.025)?,
        strict: interval(tail)?,
        note: format!(
            "on {}; of {} the runs tell {} apart, {} in the published order",
            count(found.tasks, "task"),
            count(found.pairs, "pair"),
            found.told,
            found.agreed
        ),
    })
}
