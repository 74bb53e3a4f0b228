//! What a claim of an experiment file must be.

use super::measures::{self, Measure, Partner};
use crate::columns::Column;
use crate::experiment::claims::{Claim, Part, Side};
use crate::experiment::plan::Plan;
use crate::format::list;
use crate::suggest::{did_you_mean, nearest};
use crate::train;

/// Common seeds below which nothing is said.
const FEWEST_SEEDS: usize = 5;

/// Refuses claims that nothing can answer, or that the runs cannot refute:
/// the number of the claim, from 0, and what is wrong with it. `figures` are the
/// names of all figures.
///
/// # Errors
/// The first claim that makes no sense.
pub fn check(plan: &Plan, figures: &[&str]) -> Result<(), (usize, String)> {
    for (place, claim) in plan.analysis.claims.iter().enumerate() {
        let known = &plan.analysis.claims[..place];
        checked(plan, claim, known, figures).map_err(|problem| (place, problem))?;
    }
    Ok(())
}

fn checked(plan: &Plan, claim: &Claim, known: &[Claim], figures: &[&str]) -> Result<(), String> {
    if claim.text.trim().is_empty() || claim.id.is_empty() {
        return Err("a claim is a sentence; write it as `text`".to_owned());
    }
    if known.iter().any(|other| other.id == claim.id) {
        return Err(format!(
            "there is a claim `{}` already; give this one an `id`",
            claim.id
        ));
    }
    if let Some(figure) = &claim.figure
        && !figures.contains(&figure.as_str())
    {
        let meant = did_you_mean(nearest(figure, figures.iter().copied()));
        return Err(format!("there is no figure `{figure}`{meant}"));
    }
    if claim.steps == Some(0) {
        return Err("`steps` is how long the runs are that it is about: at least 1".to_owned());
    }
    if claim.parts.is_empty() {
        return Err(
            "a claim needs a `[[claim.part]]`: what is measured, and where it must lie".to_owned(),
        );
    }
    claim
        .parts
        .iter()
        .try_for_each(|part| checked_part(plan, part))
}

fn checked_part(plan: &Plan, part: &Part) -> Result<(), String> {
    let Some(measure) = measures::find(&part.measure) else {
        let meant = did_you_mean(measures::meant(&part.measure));
        let all: Vec<&str> = measures::MEASURES
            .iter()
            .map(|measure| measure.name)
            .collect();
        return Err(format!(
            "there is no measure `{}`{meant}; there are {}",
            part.measure,
            list(&all)
        ));
    };
    check_names(plan, part, measure)?;
    for (key, is_given) in [
        ("of", part.of.is_some()),
        ("column", part.column.is_some()),
        ("unit", part.unit.is_some()),
        ("above", part.above.is_some()),
        ("below", part.below.is_some()),
        ("score", part.score.is_some()),
        ("quantity", part.quantity.is_some()),
        ("update", part.update.is_some()),
    ] {
        if is_given && !measure.keys.contains(&key) {
            return Err(format!(
                "`{}` does not read `{key}`; leave it out",
                measure.name
            ));
        }
    }
    if let Some(column) = &part.column {
        check_column(plan, part, column)?;
    }
    // Margins are known by task; the sign is that of 1.
    let bound = part.bound.value(1.0);
    if !bound.is_finite() || (part.side == Side::Within && bound <= 0.0) {
        return Err(match part.side {
            Side::Within => format!(
                "`within` lies between the bound and its negative, so the bound must be above 0, not {bound}"
            ),
            _ => format!("`bound` must be a finite number, not {bound}"),
        });
    }
    (measure.check)(plan, part)
}

fn check_names(plan: &Plan, part: &Part, measure: &Measure) -> Result<(), String> {
    match (measure.partner, &part.y) {
        (Partner::Needed, None) => {
            return Err(format!(
                "`{}` compares two variants; give `y`",
                measure.name
            ));
        }
        (Partner::None, Some(_)) => {
            return Err(format!("`{}` is of one `x`; leave `y` out", measure.name));
        }
        _ => {}
    }
    let variants = || plan.variants.iter().map(String::as_str);
    // Some measures name something else, which they check themselves.
    let is_variant = !matches!(measure.partner, Partner::None | Partner::Other);
    let names = [Some(&part.x), part.y.as_ref()];
    let names = names.into_iter().flatten();
    for name in names.filter(|_| is_variant) {
        if !variants().any(|known| known == name) {
            let meant = did_you_mean(nearest(name, variants()));
            return Err(format!("there is no variant `{name}`{meant}"));
        }
    }
    if part.y.as_ref() == Some(&part.x) {
        return Err(format!(
            "`{}` is compared with itself; name two variants",
            part.x
        ));
    }
    for task in &part.tasks {
        if !plan.tasks.contains(task) {
            let meant = did_you_mean(nearest(task, plan.tasks.iter().map(String::as_str)));
            return Err(format!("`{task}` is not one of the tasks{meant}"));
        }
    }
    if plan.seeds.len() < FEWEST_SEEDS {
        return Err(format!(
            "there are {} seeds, and it takes {FEWEST_SEEDS} to say anything",
            plan.seeds.len()
        ));
    }
    Ok(())
}

/// Of our own algorithms it is known what they record.
fn check_column(plan: &Plan, part: &Part, column: &str) -> Result<(), String> {
    let is_ours = |variant: &String| {
        let mut cells = plan.cells.iter().filter(|cell| cell.variant == *variant);
        cells.all(|cell| cell.config.algorithm_version.is_none())
    };
    let names = || train::COLUMNS.iter().map(|column: &Column| column.name);
    if names().any(|known| known == column) || !is_ours(&part.x) {
        return Ok(());
    }
    let meant = did_you_mean(nearest(column, names()));
    Err(format!("updates record no column `{column}`{meant}"))
}
