//! What a diagnostic of the experiment found in the runs.

use super::super::Measured;
use super::super::contrast::Contrast;
use super::super::evidence::Evidence;
use super::{Measure, Partner, subject};
use crate::diagnostics::{self, DIAGNOSTICS};
use crate::experiment::claims::Part;
use crate::experiment::plan::Plan;
use crate::format::list;
use crate::stats::mean;
use crate::suggest::{did_you_mean, nearest};

pub(super) const MEASURE: Measure = Measure {
    name: "diagnosed",
    meaning: "`quantity` of a diagnostic, at the policy after `update` updates, or mean over all \
              that were looked at; t interval over runs",
    partner: Partner::Possible,
    keys: &["quantity", "update"],
    check,
    words: |part| {
        let name = part.quantity.as_deref().unwrap_or_default();
        let meaning = diagnostics::quantity(name).map_or(name, |(quantity, _)| quantity.meaning);
        match part.update {
            Some(update) => format!("{meaning}, {} at update {update}", subject(part)),
            None => format!("{meaning}, {}", subject(part)),
        }
    },
    unit: |part, _| {
        let name = part.quantity.as_deref().unwrap_or_default();
        diagnostics::quantity(name).map_or("", |(quantity, _)| quantity.unit)
    },
    estimate,
};

fn check(plan: &Plan, part: &Part) -> Result<(), String> {
    let names: Vec<&str> = (DIAGNOSTICS.iter())
        .flat_map(|diagnostic| diagnostic.quantities())
        .map(|quantity| quantity.name)
        .collect();
    let Some(name) = &part.quantity else {
        return Err(format!(
            "give `quantity`, what was found: one of {}",
            list(&names)
        ));
    };
    let Some((_, its)) = diagnostics::quantity(name) else {
        let meant = did_you_mean(nearest(name, names.iter().copied()));
        return Err(format!("no diagnostic finds `{name}`{meant}"));
    };
    let asked = &plan.analysis.diagnostics;
    let Some(asked) = asked.iter().find(|asked| asked.name == its.name()) else {
        return Err(format!(
            "`{name}` is found by `{}`; ask for it in a `[[diagnostic]]`",
            its.name()
        ));
    };
    let tasks = match part.tasks.is_empty() {
        true => &plan.tasks,
        false => &part.tasks,
    };
    for variant in std::iter::once(&part.x).chain(&part.y) {
        if let Some(task) = tasks.iter().find(|task| !asked.is_of(variant, task)) {
            return Err(format!(
                "`{}` is not asked of `{variant}` on {task}",
                asked.name
            ));
        }
    }
    Ok(())
}

fn estimate(
    evidence: &Evidence<'_>,
    part: &Part,
    tasks: &[String],
    tail: f64,
) -> Result<Measured, String> {
    let name = part.quantity.as_deref().unwrap_or_default();
    let runs = |variant: &str, task: &str| {
        let of_seed = |&seed: &u64| {
            let found = evidence.diagnosed(variant, task, seed, name);
            let values: Vec<f64> = found
                .filter(|row| part.update.is_none_or(|update| row.update == update as u64))
                .filter_map(|row| row.value)
                .collect();
            Some((seed, mean(&values)?))
        };
        Ok(evidence.manifest.seeds.iter().filter_map(of_seed).collect())
    };
    let asked = evidence.manifest.seeds.len();
    // A share that is 0 in all runs may be another in others, as of every measure.
    let are_shares = diagnostics::quantity(name).is_some_and(|(found, _)| found.unit == "share");
    let found = Contrast::between(&part.x, part.y.as_deref(), tasks, are_shares, runs)?;
    let fewest = found.fewest();
    if fewest < asked {
        return Err(format!(
            "it could be told in {fewest} of {asked} runs on some task, and those in which it \
             could not are no sample of the others"
        ));
    }
    found.measured(tail)
}
