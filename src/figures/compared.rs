//! Algorithms compared over tasks: what three figures draw, whether the scores
//! are those of an experiment or anybody's.

use super::data::{Drawn, Summary};
use super::palette;
use crate::format::{count, list, number, short};
use crate::scores::Results;
use crate::summary::Extent;

/// Results with the looks of their algorithms.
pub(super) struct Compared<'a> {
    pub results: &'a Results,
    /// The algorithms that are drawn.
    pub looks: Vec<Drawn>,
    /// Whether there are few enough for lines, or crowded ones are wanted.
    pub lines: bool,
    /// What is scored, such as `evaluation return`; empty if that is not known.
    score: String,
    /// What a caption says of the sample.
    sample: String,
    /// How many runs there are.
    n: String,
}

impl<'a> Compared<'a> {
    /// The headline score of an experiment; `None` if no task of it could be
    /// normalised, or not all of its tasks are drawn.
    pub fn of_summary(summary: &'a Summary, extent: Extent) -> Option<Self> {
        let statistics = &summary.statistics;
        let results = statistics.headline().filter(|_| summary.has_all_tasks)?;
        let mut sample = format!("{} {}", summary.sample(), normalised(results));
        let diverged = statistics.count(|counts| counts.diverged);
        if diverged > 0 {
            sample += &format!(
                " {} that diverged scored as the random policy, or as their last point if that was worse.",
                count(diverged, "run")
            );
        }
        for left in &statistics.left_out {
            sample += &format!(" Left out: {}, since {}.", left.name, left.reason);
        }
        let looks = summary.shown(|_, variant| results.algorithms.get(variant).is_some());
        let tasks = count(results.tasks.len(), "task");
        Some(Self {
            results,
            lines: extent.has_lines(looks.len()),
            looks,
            score: format!("{} return", statistics.headline.name()),
            sample,
            n: format!("{tasks}, {} on each", summary.n()),
        })
    }

    /// Scores of a file.
    pub fn of_file(results: &'a Results, file: &str, extent: Extent) -> Self {
        let names: Vec<&str> = results.algorithms.iter().map(|(name, _)| name).collect();
        let runs: Vec<usize> = results
            .algorithms
            .iter()
            .flat_map(|(_, a)| a.runs.clone())
            .collect();
        let seeds = match (runs.iter().min(), runs.iter().max()) {
            (Some(fewest), Some(most)) if fewest != most => format!("{fewest} to {most} runs"),
            (Some(all), _) => count(*all, "run"),
            _ => "no runs".to_owned(),
        };
        let tasks = list(&results.tasks);
        let normalised = normalised(results);
        let look = |(name, (label, pen)): (&&str, _)| Drawn {
            id: (*name).to_owned(),
            label,
            pen,
        };
        Self {
            results,
            lines: extent.has_lines(results.algorithms.0.len()),
            looks: names.iter().zip(palette::looks(&names)).map(look).collect(),
            score: String::new(),
            sample: format!("{tasks}; {seeds} for each algorithm and task ({file}). {normalised}"),
            n: format!(
                "{}, n = {seeds} on each",
                count(results.tasks.len(), "task")
            ),
        }
    }

    /// `5 tasks, n = 20 runs on each`.
    pub fn n(&self) -> &str {
        &self.n
    }

    /// `normalised evaluation return`, or `normalised score`, or `score`.
    pub fn score(&self) -> String {
        let score = if self.score.is_empty() {
            "score"
        } else {
            &self.score
        };
        match self.results.references {
            Some(_) => format!("normalised {score}"),
            None => score.to_owned(),
        }
    }

    /// What captions say of sample and intervals.
    pub fn sample(&self) -> String {
        let results = self.results;
        format!(
            "{} Intervals: {:.0}% percentile intervals of {} stratified bootstrap resamples, \
             which are too narrow for few runs.",
            self.sample,
            100.0 * results.confidence,
            number(results.repetitions as f64, 0)
        )
    }
}

fn normalised(results: &Results) -> String {
    let Some(references) = &results.references else {
        return "Scores are taken as they are.".to_owned();
    };
    let each = results.tasks.iter().zip(references).map(|(task, between)| {
        let (random, reference) = (short(between.random), short(between.reference));
        format!("{task} from {random} to {reference}")
    });
    let each: Vec<String> = each.collect();
    format!(
        "Scores are 0 for a random policy and 1 for the reference: {}.",
        list(&each)
    )
}
