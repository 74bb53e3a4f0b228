//! The rungs of a search: how long, on which seeds, and how many go on.

use std::ops::Range;

use serde::Deserialize;
use toml::Spanned;

use super::space::Key;
use crate::config::RunConfig;
use crate::experiment::document::{Document, DocumentError};
use crate::format;

/// Updates below which a run says nothing of its settings.
pub const LEAST_UPDATES: usize = 24;

/// One rung.
#[derive(Debug, Clone, PartialEq)]
pub struct Rung {
    /// Its steps as a share of those of the file, above 0 and at most 1.
    pub share: f64,
    /// Its seeds.
    pub seeds: Vec<u64>,
    /// How many settings of each variant are kept after it.
    pub keep: usize,
    /// Where it stands in the file.
    pub place: Range<usize>,
}

impl Rung {
    /// Its steps, of `steps` in all.
    pub fn steps(&self, steps: usize) -> usize {
        ((self.share * steps as f64).round() as usize).max(1)
    }
}

/// A rung as it is written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Written {
    share: f64,
    seeds: usize,
    keep: usize,
}

/// Those of a search that says nothing: share, seeds, kept.
const USUAL: [(f64, usize, usize); 3] = [(0.25, 3, 8), (0.5, 5, 4), (1.0, 10, 1)];

/// The rungs with their seeds: all but the last begin at the first of `seeds`,
/// and the last takes the next ones, on which nothing was left out. `place` is
/// where the search, and `of_seeds` where the seeds are given.
///
/// # Errors
/// If they cannot be split among `settings` and `seeds`.
pub fn split(
    document: &Document,
    written: Option<Vec<Spanned<Written>>>,
    settings: usize,
    (seeds, of_seeds): (&[u64], Range<usize>),
    place: Range<usize>,
) -> Result<Vec<Rung>, DocumentError> {
    let usual = USUAL
        .map(|(share, seeds, keep)| Spanned::new(place.clone(), Written { share, seeds, keep }));
    let written = written.unwrap_or_else(|| usual.into());
    let Some((last, before)) = written.split_last() else {
        return Err(document.error(
            Some(place),
            "`rungs` is empty; leave it out for the usual ones",
        ));
    };
    let mut going_on = settings;
    let mut share = 0.0;
    for rung in &written {
        let wrong = |message: String| Err(document.error(Some(rung.span()), message));
        let own = rung.get_ref();
        // A NaN compares false.
        let grows = own.share > share && own.share <= 1.0;
        if !grows {
            return wrong(format!(
                "`share` must be above {share} and at most 1, not {}: each rung is longer",
                own.share
            ));
        }
        if own.keep == 0 || own.keep > going_on {
            return wrong(format!(
                "`keep` must be from 1 to {going_on}, the settings that come to this rung, not {}",
                own.keep
            ));
        }
        if own.seeds < 2 {
            return wrong("a rung needs at least 2 seeds".to_owned());
        }
        (going_on, share) = (own.keep, own.share);
    }
    if last.get_ref().keep != 1 {
        return Err(document.error(Some(last.span()), "the last rung must have keep = 1"));
    }
    let first = before.iter().map(|rung| rung.get_ref().seeds).max();
    let first = first.unwrap_or(0);
    let needed = first + last.get_ref().seeds;
    if seeds.len() < needed {
        let message = format!(
            "the rungs need {needed} seeds, {first} and {} fresh ones for the last; here are {}",
            last.get_ref().seeds,
            seeds.len()
        );
        return Err(document.error(Some(of_seeds), message));
    }
    let rung = |(number, rung): (usize, &Spanned<Written>)| {
        let own = rung.get_ref();
        let start = if number == before.len() { first } else { 0 };
        Rung {
            share: own.share,
            seeds: seeds[start..start + own.seeds].to_vec(),
            keep: own.keep,
            place: rung.span(),
        }
    };
    Ok(written.iter().enumerate().map(rung).collect())
}

/// Refuses a setting, with these configurations, that a rung leaves too few
/// updates: at its key `batch`, or else at the rung.
///
/// # Errors
/// The first rung that does.
pub fn check_updates(
    document: &Document,
    rungs: &[Rung],
    configs: &[RunConfig],
    keys: &[Key],
) -> Result<(), DocumentError> {
    for rung in rungs {
        for config in configs {
            let mut config = config.clone();
            config.common.steps = rung.steps(config.common.steps);
            let Some(updates) = config.updates().filter(|updates| *updates < LEAST_UPDATES) else {
                continue;
            };
            let message = format!(
                "{} steps in batches of {} are {}, and with fewer than {LEAST_UPDATES} a run says \
                 nothing of its settings; give more steps, a larger share or smaller batches",
                format::number(config.common.steps as f64, 0),
                format::number(config.common.batch as f64, 0),
                format::count(updates, "update"),
            );
            let batch = keys.iter().find(|key| key.name == "batch");
            let place = batch.map_or(rung.place.clone(), |key| key.place.clone());
            return Err(document.error(Some(place), message));
        }
    }
    Ok(())
}
