//! What a factor of a design does to the score.

use super::super::Measured;
use super::super::contrast::Contrast;
use super::super::evidence::Evidence;
use super::{Measure, Partner, subject};
use crate::experiment::claims::Part;
use crate::experiment::plan::Plan;
use crate::summary::effects::Effect;

pub(super) const MEASURE: Measure = Measure {
    name: "effect",
    meaning: "of a factor x of `[design]`, or of `x of ALGORITHM`: mean score of the rows in which \
              it is on less that of the others, less the same of y where there is one; seed by seed",
    partner: Partner::Other,
    keys: &["score"],
    check,
    words: |part| format!("effect of {}", subject(part)),
    unit: |_, is_over| if is_over { "normalised" } else { "return" },
    estimate,
};

fn check(plan: &Plan, part: &Part) -> Result<(), String> {
    let design = plan.analysis.design.as_ref();
    let design = design.ok_or("an effect is of a factor of a `[design]`, and there is none")?;
    let names = [Some(&part.x), part.y.as_ref()];
    let mut names = names.into_iter().flatten();
    names.try_for_each(|name| Effect::named(design, name).map(|_| ()))
}

fn estimate(
    evidence: &Evidence<'_>,
    part: &Part,
    tasks: &[String],
    tail: f64,
) -> Result<Measured, String> {
    let design = evidence.manifest.analysis.design.as_ref();
    let design = design.ok_or("there is no design")?;
    let runs = |name: &str, task: &str| {
        Effect::named(design, name)?.by_seed(design, |variant| evidence.asked(part, variant, task))
    };
    Contrast::between(&part.x, part.y.as_deref(), tasks, false, runs)?.measured(tail)
}
