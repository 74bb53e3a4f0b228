//! Makes a search, and derives its choice again.

use std::path::Path;

use super::choose;
use super::chosen::{self, Outline};
use super::error::SearchError;
use super::file::{Search, run_name};
use super::page;
use super::score::Scores;
use super::table::{Role, RunRow, SettingRow};
use crate::env::Reference;
use crate::experiment::choice::{self, digest_of_tables};
use crate::experiment::disk::{StoreError, write};
use crate::experiment::file::{Experiment, Overrides};
use crate::experiment::interrupt::Interrupt;
use crate::experiment::manifest::Manifest;
use crate::experiment::references::{self, References};
use crate::experiment::runner::{self, Making};
use crate::experiment::source;
use crate::experiment::store::Store;
use crate::format;
use crate::lab::Lab;
use crate::record::{Ending, RunRecord};
use crate::summary::SummaryError;
use crate::summary::files::{read_rows, write_rows};

/// What a search has left.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// The text of `chosen.toml`.
    pub chosen: String,
    /// Runs that were made now.
    pub made: usize,
    /// Runs whose records stood.
    pub reused: usize,
}

/// Makes every run of `search`, its records in a folder of each rung of `store`,
/// and writes tables, page and choice. `say` hears of each rung. Called again it
/// goes on where it was interrupted.
///
/// # Errors
/// If runs cannot be made, failed by an error, or files not written.
pub fn make(
    lab: &Lab,
    search: &Search,
    store: &Store,
    making: Making<'_>,
    interrupt: &Interrupt,
    say: &mut dyn FnMut(&str),
) -> Result<Found, SearchError> {
    let references = references(search)?;
    let all = |variant: &super::Variant| (0..variant.settings.len()).collect();
    let mut going: Vec<Vec<usize>> = search.variants.iter().map(all).collect();
    let mut rows: Vec<RunRow> = Vec::new();
    let (mut made, mut reused) = (0, 0);
    for number in 0..search.rungs.len() {
        let is_last = number + 1 == search.rungs.len();
        let audits: Vec<Option<usize>> = match is_last && number > 0 {
            true => audits(search, &going),
            false => vec![None; going.len()],
        };
        let taking_part: Vec<Vec<usize>> = going
            .iter()
            .zip(&audits)
            .map(|(going, audit)| going.iter().copied().chain(*audit).collect())
            .collect();
        let plan = search.plan(number, &taking_part);
        let steps = search.steps(number, &taking_part);
        say(&format!(
            "rung {} of {}: {} settings, {}, {} steps",
            number + 1,
            search.rungs.len(),
            plan.variants.len(),
            format::count(plan.seeds.len(), "seed"),
            format::number(steps as f64, 0),
        ));
        let mut rung = search.experiment.clone();
        rung.plan = plan;
        let folder = Store::new(store.directory(), &rung.plan.name);
        let outcome = runner::complete(&rung, &folder, making, interrupt)?;
        if let Some(first) = outcome.failures.first() {
            return Err(SearchError::Failed {
                runs: format::count(outcome.failures.len(), "run"),
                first: first.clone(),
            });
        }
        made += outcome.made;
        reused += outcome.reused;
        for (place, (variant, taking_part)) in search.variants.iter().zip(&taking_part).enumerate()
        {
            for &setting in taking_part {
                let role = match audits[place] == Some(setting) {
                    true => Role::Audit,
                    false => Role::Search,
                };
                for (task, reference) in search.experiment.plan.tasks.iter().zip(&references) {
                    for &seed in &rung.plan.seeds {
                        let name = run_name(&variant.name, setting);
                        let record = record(&folder, task, &name, seed)?;
                        rows.push(row(
                            (number, &variant.name, setting, role),
                            &record,
                            reference,
                        ));
                    }
                }
            }
        }
        let inconsistent = |problem| inconsistent(store.directory(), problem);
        let scores = Scores::of(&rows, number as u64 + 1).map_err(inconsistent)?;
        for (variant, going) in search.variants.iter().zip(&mut going) {
            let ranked = scores.ranked(&variant.name).into_iter();
            let kept = ranked.take(search.rungs[number].keep);
            *going = kept.map(|scored| scored.setting as usize).collect();
            going.sort_unstable();
            if !is_last {
                let numbers: Vec<String> = going.iter().map(ToString::to_string).collect();
                say(&format!("  {}: {} go on", variant.name, numbers.join(", ")));
            }
        }
    }
    let chosen = write_all(lab, search, store, &rows)?;
    Ok(Found {
        chosen,
        made,
        reused,
    })
}

/// For each variant, one of the settings that are not going on.
fn audits(search: &Search, going: &[Vec<usize>]) -> Vec<Option<usize>> {
    let of = search.variants.iter().zip(going).map(|(variant, going)| {
        let all = 0..variant.settings.len();
        let out: Vec<usize> = all.filter(|setting| !going.contains(setting)).collect();
        search.audited(variant, &out)
    });
    of.collect()
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

/// The rows of `settings.csv`.
fn setting_rows(search: &Search) -> Vec<SettingRow> {
    let mut rows = Vec::new();
    for variant in &search.variants {
        for (number, setting) in variant.settings.iter().enumerate() {
            for (key, value) in &setting.values {
                rows.push(SettingRow {
                    variant: variant.name.clone(),
                    setting: number as u64,
                    cost: setting.cost,
                    key: key.clone(),
                    value: value.clone(),
                });
            }
        }
    }
    rows
}

/// Writes the tables, and what follows from them. Gives the text of the choice.
fn write_all(
    lab: &Lab,
    search: &Search,
    store: &Store,
    rows: &[RunRow],
) -> Result<String, SearchError> {
    let folder = store.directory();
    let settings = setting_rows(search);
    write_rows(folder, rows)?;
    write_rows(folder, &settings)?;
    let plan = &search.experiment.plan;
    let inconsistent = |problem| inconsistent(folder, problem);
    let outline = Outline::of(&plan.name, &search.experiment.text).map_err(inconsistent)?;
    let table = digest(folder)?;
    let chosen = chosen::text(lab, &outline, rows, &settings, &table).map_err(inconsistent)?;
    let page = page::page(&outline, &plan.title, rows, &settings).map_err(inconsistent)?;
    write(&folder.join("tables").join("search.md"), page.as_bytes())?;
    write(&folder.join(choice::FILE), chosen.as_bytes())?;
    Ok(chosen)
}

/// The text of `chosen.toml` that the tables in `folder`, the results of the search
/// `name`, give.
///
/// # Errors
/// If a table is missing or damaged, or they are not those of one search.
pub fn derived(lab: &Lab, folder: &Path, name: &str) -> Result<String, SearchError> {
    let inconsistent = |problem| inconsistent(folder, problem);
    let rows: Vec<RunRow> = read_rows(folder)?;
    let settings: Vec<SettingRow> = read_rows(folder)?;
    let copy = crate::summary::files::read(&folder.join(source::FILE))?;
    let outline = Outline::of(name, &copy).map_err(inconsistent)?;
    chosen::text(lab, &outline, &rows, &settings, &digest(folder)?).map_err(inconsistent)
}

/// Checks that the settings in the table in `folder` are those that the file of the
/// search draws, and that what was looked at again is what it draws. A build
/// without one of its tasks cannot tell and says nothing.
///
/// # Errors
/// If they are not.
pub fn redrawn(lab: &Lab, folder: &Path, name: &str) -> Result<(), SearchError> {
    let copy = crate::summary::files::read(&folder.join(source::FILE))?;
    let above = folder
        .parent()
        .and_then(Path::parent)
        .unwrap_or(Path::new(""));
    let path = above.join("experiments").join(format!("{name}.toml"));
    let parsed = Experiment::parse(lab, &path, name, &copy, &Overrides::default());
    let Ok(search) = parsed.and_then(|experiment| Search::of(lab, experiment)) else {
        return Ok(());
    };
    let inconsistent = |problem| inconsistent(folder, problem);
    let rows: Vec<SettingRow> = read_rows(folder)?;
    if rows != setting_rows(&search) {
        let problem = "settings.csv does not hold the settings that the file draws".to_owned();
        return Err(inconsistent(problem));
    }
    let runs: Vec<RunRow> = read_rows(folder)?;
    let last = choose::last_rung(&runs);
    for variant in &search.variants {
        let with = |role: Role| {
            let of =
                |row: &&RunRow| row.rung == last && row.variant == variant.name && row.role == role;
            let mut found: Vec<usize> = runs
                .iter()
                .filter(of)
                .map(|row| row.setting as usize)
                .collect();
            found.sort_unstable();
            found.dedup();
            found
        };
        let going = with(Role::Search);
        let out = 0..variant.settings.len();
        let out: Vec<usize> = out.filter(|setting| !going.contains(setting)).collect();
        let audit = search.audited(variant, &out).filter(|_| last > 1);
        if with(Role::Audit) != Vec::from_iter(audit) {
            let problem = format!(
                "the audit of `{}` is not the one that is drawn",
                variant.name
            );
            return Err(inconsistent(problem));
        }
    }
    Ok(())
}

fn digest(folder: &Path) -> Result<String, SearchError> {
    let failed = |source| SummaryError::File {
        path: folder.to_owned(),
        source,
    };
    Ok(digest_of_tables(folder).map_err(failed)?)
}

fn inconsistent(folder: &Path, problem: String) -> SearchError {
    SearchError::Inconsistent {
        path: folder.to_owned(),
        problem,
    }
}
