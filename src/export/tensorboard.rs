//! A file of events for every run, for `tensorboard --logdir`.
//!
//! | tag | step | value |
//! |---|---|---|
//! | `curve/return` | points | the learning curve: evaluations while training, or where there are none the training return |
//! | `episode/return`, `episode/length` | its end | one episode |
//! | `update/<column>` | after the update | a recorded number |
//! | `<column>/<word>` | after the update | 1 where the column says so, else 0 |
//! | `evaluation/return` | the end | mean return of the final policy |
//!
//! The time of an event is the run's own, from 0, as if it had kept one pace.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::events::{self, Event};
use crate::columns::Series;
use crate::experiment::disk::escaped;
use crate::record::RunRecord;
use crate::summary::curves::RunCurve;
use crate::summary::{SummaryError, files};

/// TensorBoard looks for `tfevents`; what follows orders several files.
const NAME: &str = "events.out.tfevents.0.trpo-lab";

/// The folder of all runs.
pub(super) const FOLDER: &str = "tensorboard";

/// Writes `tensorboard/<env>/<variant>/seed-<n>/`, a file for each run.
pub(super) fn write(
    records: &[(String, RunRecord)],
    to: &Path,
) -> Result<Vec<PathBuf>, SummaryError> {
    let folder = to.join(FOLDER);
    let mut written = Vec::with_capacity(records.len());
    for (variant, record) in records {
        let run = folder.join(escaped(&record.config.env)).join(variant);
        let run = run.join(format!("seed-{}", record.seed));
        let path = run.join(NAME);
        files::write(&path, &events::file(&of(record)))?;
        written.push(path);
    }
    Ok(written)
}

/// The events of a run, in the order of their steps.
fn of(record: &RunRecord) -> Vec<Event> {
    let total = record.config.total_steps();
    let pace = record.provenance.wall_seconds / total as f64;
    let event = |step: u64, scalars: Vec<(String, f64)>| Event {
        step,
        wall_time: pace * step as f64,
        scalars,
    };
    let named = |name: &str, value: f64| (name.to_owned(), value);

    let mut events = updates(record, &event);
    let curve = RunCurve::of(record, None).points.into_iter();
    events.extend(curve.filter_map(|point| {
        let scalars = vec![named("curve/return", point.value?)];
        Some(event(point.at, scalars))
    }));
    let episodes = &record.episodes;
    let ended = episodes.end_step.iter().zip(&episodes.returns);
    events.extend(
        ended
            .zip(&episodes.length)
            .map(|((&end, &value), &length)| {
                let length = named("episode/length", f64::from(length));
                event(end, vec![named("episode/return", value), length])
            }),
    );
    if let Some(evaluation) = &record.evaluation {
        let scalars = vec![named("evaluation/return", evaluation.mean_return())];
        events.push(event(total, scalars));
    }
    // Stable: what happened at the same step keeps its order.
    events.sort_by_key(|event| event.step);
    events
}

/// An event for every update, with every column.
fn updates(record: &RunRecord, event: &impl Fn(u64, Vec<(String, f64)>) -> Event) -> Vec<Event> {
    let curve = &record.curve;
    let steps = curve.numbers("step").unwrap_or_default().iter().flatten();
    let steps: Vec<u64> = steps.map(|&step| step as u64).collect();
    let mut events: Vec<Event> = steps.iter().map(|&step| event(step, Vec::new())).collect();
    for (name, column) in curve.columns().filter(|(name, _)| *name != "step") {
        match column {
            Series::Numbers(numbers) => {
                for (event, number) in events.iter_mut().zip(numbers) {
                    let scalar = number.map(|number| (format!("update/{name}"), number));
                    event.scalars.extend(scalar);
                }
            }
            Series::Words(words) => {
                let vocabulary: BTreeSet<&String> = words.iter().collect();
                for (event, said) in events.iter_mut().zip(words) {
                    let scalar = |word: &&String| {
                        let is_said = f64::from(u8::from(*word == said));
                        (format!("{name}/{word}"), is_said)
                    };
                    event.scalars.extend(vocabulary.iter().map(scalar));
                }
            }
        }
    }
    events
}
