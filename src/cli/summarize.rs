//! `trpo-lab summarize`: tables from records.

use std::path::Path;
use std::process::ExitCode;

use super::{CliError, Out, each, extent, results, study};
use crate::claims::Claims;
use crate::diagnostics;
use crate::experiment::disk::StoreError;
use crate::experiment::listing;
use crate::experiment::manifest::{Manifest, RunEntry};
use crate::experiment::stated::Stated;
use crate::experiment::store::Store;
use crate::figures;
use crate::lab::Lab;
use crate::record::RunRecord;
use crate::say;
use crate::summary::files::write_rows;
use crate::summary::{self, DiagnosticRow, Extent, Row as _};

/// Make the tables of experiments from the records of their runs.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Names of experiments.
    #[arg(required = true, value_name = "NAME")]
    names: Vec<String>,
    /// Tables for every figure, of more than eight variants too: crowded ones,
    /// which `plot` then draws.
    #[arg(long)]
    all: bool,
    /// Make tables of the runs that stand, before all of them are made. Each such look
    /// is counted in stated.json, and verdicts become stricter with their number.
    #[arg(long)]
    peek: bool,
    #[command(flatten)]
    out: Out,
}

pub(super) fn run(lab: &Lab, args: &Args) -> Result<ExitCode, CliError> {
    each(&args.names, |name| {
        if study::is_made(&args.out.root.join(name)) {
            return study::describe(&args.out.root, name);
        }
        let store = results(&args.out.root, name)?;
        let mut manifest = match (store.unfinished()?, args.peek) {
            (None, _) => manifest(&store)?,
            (Some(planned), false) => return Err(incomplete(lab, &store, planned)?),
            (Some(planned), true) => look(lab, &store, planned)?,
        };
        resolve(lab, &mut manifest);
        summarize(&store, &manifest, extent(args.all))?;
        say!("{}: tables written", store.directory().display());
        Ok(ExitCode::SUCCESS)
    })
}

fn resolve(lab: &Lab, manifest: &mut Manifest) {
    for cell in &mut manifest.cells {
        lab.resolve(&mut cell.config.algorithm);
    }
}

/// That runs of `planned` are missing, and what to do.
fn incomplete(lab: &Lab, store: &Store, planned: Manifest) -> Result<CliError, CliError> {
    let name = planned.experiment.clone();
    let found = with_standing(lab, store, planned)?;
    Ok(CliError::Failure(format!(
        "{}: {} of {} runs are made; `{}` makes the others, and `{} --peek` makes tables of these, \
         which is counted as a look and makes verdicts stricter",
        store.directory().display(),
        found.runs.len(),
        found.planned(),
        command(store, "run", &name),
        command(store, "summarize", &name)
    )))
}

/// The manifest of an early look: `planned` with the runs that stand. It takes the
/// place of the manifest, and the look is counted.
fn look(lab: &Lab, store: &Store, planned: Manifest) -> Result<Manifest, CliError> {
    let found = with_standing(lab, store, planned)?;
    if let Some(cell) = found.without_runs().next() {
        return Err(CliError::Failure(format!(
            "{}: no run of {} on {} is made yet, and an early look takes one of every variant on \
             every task; `{}` makes them, seed by seed",
            store.directory().display(),
            cell.variant,
            cell.env,
            command(store, "run", &found.experiment)
        )));
    }
    let manifest = store.update_manifest(found)?;
    if manifest.is_complete() {
        // Stopped between the last run and its manifest.
        store.end()?;
        return Ok(manifest);
    }
    let number = Stated::count_look(store.directory())?;
    say!(
        "{}: {} of {} runs are made; look {number} before they are complete",
        manifest.experiment,
        manifest.runs.len(),
        manifest.planned()
    );
    Ok(manifest)
}

/// `planned` with an entry for each of its runs of which a record stands.
fn with_standing(lab: &Lab, store: &Store, mut planned: Manifest) -> Result<Manifest, CliError> {
    resolve(lab, &mut planned);
    let mut runs = Vec::new();
    for cell in &planned.cells {
        for &seed in &planned.seeds {
            let record = read(store, &planned, &cell.env, &cell.variant, seed)?;
            let is_its = |record: &RunRecord| {
                record.numerics == planned.numerics && record.config == cell.config
            };
            let record = record.filter(is_its);
            runs.extend(record.map(|record| RunEntry::new(&cell.variant, &record)));
        }
    }
    Ok(Manifest { runs, ..planned })
}

/// The record of a run, if there is one.
fn read(
    store: &Store,
    manifest: &Manifest,
    env: &str,
    variant: &str,
    seed: u64,
) -> Result<Option<RunRecord>, CliError> {
    match store.record(env, variant, seed) {
        Err(StoreError::Damaged { path, message }) => {
            let again = command(store, "run", &manifest.experiment);
            let path = path.display();
            let message = format!("{path}: {message}; `{again}` makes it again");
            Err(CliError::Failure(message))
        }
        read => Ok(read?),
    }
}

/// The manifest, which must be there.
pub(super) fn manifest(store: &Store) -> Result<Manifest, CliError> {
    store.manifest()?.ok_or_else(|| {
        let path = store.manifest_path();
        let name = store.directory().file_name().unwrap_or_default();
        let run = command(store, "run", &name.to_string_lossy());
        let message = format!("{}: there is none; `{run}` makes it", path.display());
        CliError::Failure(message)
    })
}

/// Makes the tables of the runs that the manifest lists.
pub(super) fn summarize(
    store: &Store,
    manifest: &Manifest,
    extent: Extent,
) -> Result<(), CliError> {
    let records = records(store, manifest)?;
    summary::summarize(
        &records,
        manifest,
        store.directory(),
        extent,
        &figures::columns(),
    )?;
    let diagnosed = diagnosed(store, manifest)?;
    claims(store, manifest, &records, &diagnosed)
}

/// Gathers what the diagnostics of an experiment found.
fn diagnosed(store: &Store, manifest: &Manifest) -> Result<Vec<DiagnosticRow>, CliError> {
    let rows = diagnostics::rows(store, manifest).map_err(|path| {
        let make = command(store, "diagnose", &manifest.experiment);
        CliError::Failure(format!(
            "{}: there is none; `{make}` makes it",
            path.display()
        ))
    })?;
    let mut written = Vec::new();
    if !manifest.analysis.diagnostics.is_empty() {
        write_rows(store.directory(), &rows)?;
        written.push(store.directory().join(DiagnosticRow::FILE));
    }
    listing::settle_and_say(store.directory(), "diagnose", &written)?;
    Ok(rows)
}

/// Judges the claims of an experiment that has some.
fn claims(
    store: &Store,
    manifest: &Manifest,
    records: &[(String, RunRecord)],
    diagnosed: &[DiagnosticRow],
) -> Result<(), CliError> {
    let mut written = Vec::new();
    if !manifest.analysis.claims.is_empty() {
        Claims::of(records, manifest, diagnosed)?.write(store.directory())?;
        written.push(store.directory().join(crate::claims::FILE));
    }
    listing::settle_and_say(store.directory(), "claims", &written)?;
    Ok(())
}

/// The records of the runs that the manifest lists, each with its variant.
pub(super) fn records(
    store: &Store,
    manifest: &Manifest,
) -> Result<Vec<(String, RunRecord)>, CliError> {
    let folder = store.directory().join("runs");
    if !folder.is_dir() {
        let message = format!(
            "{}: there are no records, which are not committed; `{}` makes them",
            folder.display(),
            command(store, "run", &manifest.experiment)
        );
        return Err(CliError::Failure(message));
    }
    let mut records: Vec<(String, RunRecord)> = Vec::with_capacity(manifest.runs.len());
    for run in &manifest.runs {
        let again = || command(store, "run", &manifest.experiment);
        let record = read(store, manifest, &run.env, &run.variant, run.seed)?;
        if let Some(other) = record
            .iter()
            .find(|record| record.numerics != manifest.numerics)
        {
            let path = store.record_path(&run.env, &run.variant, run.seed);
            return Err(CliError::Failure(format!(
                "{}: it has numerics version {}, {} has version {}, and results of different \
                 versions are never mixed; `{}` makes all of one",
                path.display(),
                other.numerics,
                store.manifest_path().display(),
                manifest.numerics,
                again()
            )));
        }
        match record {
            Some(mut record) if record.digest == run.digest => {
                // The kind of an algorithm that the laboratory does not bring is
                // known there.
                let known = manifest.config(&run.env, &run.variant);
                if let Some(config) = known.filter(|config| **config == record.config) {
                    record.config = config.clone();
                }
                records.push((run.variant.clone(), record));
            }
            found => {
                let path = store.record_path(&run.env, &run.variant, run.seed);
                let problem = match found {
                    Some(_) => "is not the run of the manifest",
                    None => "is missing",
                };
                return Err(CliError::Failure(format!(
                    "{}: {problem}; make it with `{}`",
                    path.display(),
                    again()
                )));
            }
        }
    }
    Ok(records)
}

/// `trpo-lab NAME EXPERIMENT`, with the folder of results if it is another than
/// the usual one.
pub(super) fn command(store: &Store, name: &str, experiment: &str) -> String {
    let root = store.directory().parent();
    let root = root.filter(|root| *root != Path::new("results"));
    let out = root.map_or_else(String::new, |root| format!(" --out {}", root.display()));
    format!("trpo-lab {name} {experiment}{out}")
}
