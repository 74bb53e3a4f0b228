//! Makes a search, and derives its choice again.

use std::path::Path;

use super::choose;
use super::chosen::{self, Outline};
use super::error::SearchError;
use super::file::Search;
use super::ladder::Ladder;
use super::page;
use super::table::{Role, RunRow, SettingRow};
use crate::experiment::choice::{self, digest_of_tables};
use crate::experiment::disk::write;
use crate::experiment::file::{Experiment, Overrides};
use crate::experiment::interrupt::Interrupt;
use crate::experiment::runner::{self, Making};
use crate::experiment::source;
use crate::experiment::store::Store;
use crate::format;
use crate::lab::Lab;
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
    let mut ladder = Ladder::new(search)?;
    let (mut made, mut reused) = (0, 0);
    while let Some(rung) = ladder.open() {
        say(&ladder.headline(&rung));
        let outcome = runner::complete(&rung.experiment, &rung.folder(store), making, interrupt)?;
        if let Some(first) = outcome.failures.first() {
            return Err(SearchError::Failed {
                runs: format::count(outcome.failures.len(), "run"),
                first: first.clone(),
            });
        }
        made += outcome.made;
        reused += outcome.reused;
        ladder.close(&rung, store)?;
        ladder.going_on().iter().for_each(|line| say(line));
    }
    let chosen = write_all(lab, search, store, ladder.rows())?;
    Ok(Found {
        chosen,
        made,
        reused,
    })
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

/// Writes the tables of a search whose last rung is closed, and what follows from them. Gives
/// the text of the choice.
///
/// # Errors
/// If the tables are not those of one search, or a file cannot be written.
pub fn write_all(
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
