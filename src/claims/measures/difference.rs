//! Difference of the mean scores of two variants, seed by seed.

use super::super::Measured;
use super::super::contrast::Contrast;
use super::super::evidence::Evidence;
use super::{Measure, Partner, nothing, subject};
use crate::experiment::claims::Part;

pub(super) const MEASURE: Measure = Measure {
    name: "difference",
    meaning: "mean score of x less that of y, seed by seed: in returns on a task, normalised over \
              tasks",
    partner: Partner::Needed,
    keys: &["score"],
    check: nothing,
    words: |part| format!("mean score of {}", subject(part)),
    unit: |_, is_over| if is_over { "normalised" } else { "return" },
    estimate,
};

fn estimate(
    evidence: &Evidence<'_>,
    part: &Part,
    tasks: &[String],
    tail: f64,
) -> Result<Measured, String> {
    let runs = |variant: &str, task: &str| evidence.asked(part, variant, task);
    let y = part.y.as_deref().unwrap_or_default();
    Contrast::between(&part.x, Some(y), tasks, false, runs)?.measured(tail)
}
