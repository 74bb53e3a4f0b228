//! How far a search is: the rungs one after the other, each with the settings that came to
//! it by the records of those before.

use super::error::SearchError;
use super::file::{Search, Variant, run_name};
use super::score::Scores;
use super::table::{Role, RunRow};
use crate::env::Reference;
use crate::experiment::disk::StoreError;
use crate::experiment::file::Experiment;
use crate::experiment::manifest::Manifest;
use crate::experiment::references::{self, References};
use crate::experiment::runner;
use crate::experiment::shard;
use crate::experiment::store::Store;
use crate::format;
use crate::record::{Ending, RunRecord};

/// A search that is being made.
#[derive(Debug)]
pub struct Ladder<'a> {
    search: &'a Search,
    /// Of each task.
    references: Vec<Reference>,
    /// The settings of each variant that go on.
    going: Vec<Vec<usize>>,
    /// Of the runs of the rungs that are closed.
    rows: Vec<RunRow>,
    /// The rungs that are closed.
    closed: usize,
}

/// A rung whose runs are to be made.
#[derive(Debug)]
pub struct OpenRung {
    /// Its number, from 0.
    number: usize,
    /// Its runs.
    pub experiment: Experiment,
    /// The settings of each variant that take part.
    taking_part: Vec<Vec<usize>>,
    /// Of each variant the one among them that did not come so far and is looked at again.
    audits: Vec<Option<usize>>,
}

impl OpenRung {
    /// The folder of its records, in that of the search.
    pub fn folder(&self, store: &Store) -> Store {
        Store::new(store.directory(), &self.experiment.plan.name)
    }
}

impl<'a> Ladder<'a> {
    /// The search before its first rung.
    ///
    /// # Errors
    /// If a task has no reference.
    pub fn new(search: &'a Search) -> Result<Self, SearchError> {
        let all = |variant: &Variant| (0..variant.settings.len()).collect();
        Ok(Self {
            search,
            references: references(search)?,
            going: search.variants.iter().map(all).collect(),
            rows: Vec::new(),
            closed: 0,
        })
    }

    /// The search as it stands in `store`: after the rungs that have a manifest, which is
    /// written when the parts of a rung are put together, and after those that one process
    /// has made.
    ///
    /// # Errors
    /// As [`Ladder::close`]; if the manifest of a rung is of other runs than the file has
    /// now.
    pub fn standing(search: &'a Search, store: &Store) -> Result<Self, SearchError> {
        let mut ladder = Self::new(search)?;
        while let Some(rung) = ladder.open() {
            let folder = rung.folder(store);
            match folder.manifest()? {
                Some(manifest) if manifest.is_of(&rung.experiment.plan) => {}
                Some(_) => {
                    return Err(SearchError::Inconsistent {
                        path: folder.manifest_path(),
                        problem: "it is of other runs than the file has now; move the folder away"
                            .to_owned(),
                    });
                }
                None if is_made(&rung.experiment, &folder)? => {}
                None => break,
            }
            ladder.close(&rung, store)?;
        }
        Ok(ladder)
    }

    /// The rung that is to be made; `None` after the last.
    pub fn open(&self) -> Option<OpenRung> {
        let search = self.search;
        let number = self.closed;
        let left = search.rungs.len().checked_sub(number + 1)?;
        let audits: Vec<Option<usize>> = match left == 0 && number > 0 {
            true => self.audits(),
            false => vec![None; self.going.len()],
        };
        let pairs = self.going.iter().zip(&audits);
        let taking_part: Vec<Vec<usize>> = pairs
            .map(|(going, audit)| going.iter().copied().chain(*audit).collect())
            .collect();
        let mut experiment = search.experiment.clone();
        experiment.plan = search.plan(number, &taking_part);
        Some(OpenRung {
            number,
            experiment,
            taking_part,
            audits,
        })
    }

    /// What is said of a rung before it.
    pub fn headline(&self, rung: &OpenRung) -> String {
        let plan = &rung.experiment.plan;
        let steps = self.search.steps(rung.number, &rung.taking_part);
        format!(
            "rung {} of {}: {} settings, {}, {} steps",
            rung.number + 1,
            self.search.rungs.len(),
            plan.variants.len(),
            format::count(plan.seeds.len(), "seed"),
            format::number(steps as f64, 0),
        )
    }

    /// All runs of `rung` are made, with records in its folder in `store`: ranks the
    /// settings, of which the best go on.
    ///
    /// # Errors
    /// If a record is missing or damaged.
    pub fn close(&mut self, rung: &OpenRung, store: &Store) -> Result<(), SearchError> {
        let (search, number) = (self.search, rung.number);
        let folder = rung.folder(store);
        for (place, (variant, taking_part)) in
            search.variants.iter().zip(&rung.taking_part).enumerate()
        {
            for &setting in taking_part {
                let role = match rung.audits[place] == Some(setting) {
                    true => Role::Audit,
                    false => Role::Search,
                };
                for (task, reference) in search.experiment.plan.tasks.iter().zip(&self.references) {
                    for &seed in &rung.experiment.plan.seeds {
                        let name = run_name(&variant.name, setting);
                        let record = record(&folder, task, &name, seed)?;
                        self.rows.push(row(
                            (number, &variant.name, setting, role),
                            &record,
                            reference,
                        ));
                    }
                }
            }
        }
        let scores = Scores::of(&self.rows, number as u64 + 1);
        let scores = scores.map_err(|problem| SearchError::Inconsistent {
            path: store.directory().to_owned(),
            problem,
        })?;
        for (variant, going) in search.variants.iter().zip(&mut self.going) {
            let ranked = scores.ranked(&variant.name).into_iter();
            let kept = ranked.take(search.rungs[number].keep);
            *going = kept.map(|scored| scored.setting as usize).collect();
            going.sort_unstable();
        }
        self.closed += 1;
        Ok(())
    }

    /// Which settings go on, a line for each variant; nothing after the last rung.
    pub fn going_on(&self) -> Vec<String> {
        if self.closed >= self.search.rungs.len() {
            return Vec::new();
        }
        let of = |(variant, going): (&Variant, &Vec<usize>)| {
            let numbers: Vec<String> = going.iter().map(ToString::to_string).collect();
            format!("  {}: {} go on", variant.name, numbers.join(", "))
        };
        self.search
            .variants
            .iter()
            .zip(&self.going)
            .map(of)
            .collect()
    }

    /// A row for each run of the rungs that are closed.
    pub fn rows(&self) -> &[RunRow] {
        &self.rows
    }

    /// For each variant, one of the settings that are not going on.
    fn audits(&self) -> Vec<Option<usize>> {
        let pairs = self.search.variants.iter().zip(&self.going);
        let of = pairs.map(|(variant, going)| {
            let all = 0..variant.settings.len();
            let out: Vec<usize> = all.filter(|setting| !going.contains(setting)).collect();
            self.search.audited(variant, &out)
        });
        of.collect()
    }
}

/// Whether one process has made all runs of `rung`: their records stand in `folder`, and no
/// part is at work there.
fn is_made(rung: &Experiment, folder: &Store) -> Result<bool, StoreError> {
    if !shard::markers(folder)?.is_empty() {
        return Ok(false);
    }
    for run in runner::all_runs(rung) {
        let record = match folder.record(&run.config.env, run.variant, run.seed) {
            Ok(Some(record)) => record,
            Ok(None) | Err(StoreError::Damaged { .. }) => return Ok(false),
            Err(error) => return Err(error),
        };
        if record.config != *run.config || record.status.ending() == Ending::Failed {
            return Ok(false);
        }
    }
    Ok(true)
}

/// The reference of each task.
fn references(search: &Search) -> Result<Vec<Reference>, SearchError> {
    let plan = &search.experiment.plan;
    let references = References::of(&Manifest::new(plan, String::new(), Vec::new()))?;
    let of = |task: &String| {
        let found = references.get(task).map(|sourced| sourced.returns);
        found.ok_or_else(|| SearchError::Unknown {
            task: task.clone(),
            remedy: references::remedy(task),
        })
    };
    plan.tasks.iter().map(of).collect()
}

/// The record of a run that was made.
fn record(store: &Store, env: &str, variant: &str, seed: u64) -> Result<RunRecord, StoreError> {
    store
        .record(env, variant, seed)?
        .ok_or_else(|| StoreError::Damaged {
            path: store.record_path(env, variant, seed),
            message: "it is missing; give the same command again".to_owned(),
        })
}

fn row(
    (rung, variant, setting, role): (usize, &str, usize, Role),
    record: &RunRecord,
    reference: &Reference,
) -> RunRow {
    let evaluation = record
        .evaluation
        .as_ref()
        .map(|evaluation| evaluation.mean_return());
    // A run that diverged has no evaluation that counts.
    let evaluation = evaluation.filter(|_| record.status.ending() == Ending::Completed);
    RunRow {
        rung: rung as u64 + 1,
        variant: variant.to_owned(),
        setting: setting as u64,
        role,
        env: record.config.env.clone(),
        seed: record.seed,
        status: record.status.ending(),
        evaluation,
        failed: evaluation.is_none_or(|evaluation| reference.is_failure(evaluation)),
        random: reference.random,
        reference: reference.reference,
        digest: record.digest[..16].to_owned(),
    }
}
