//! `trpo-lab summarize`: tables from records.

use std::path::Path;
use std::process::ExitCode;

use super::{CliError, Out, each, extent, results};
use crate::claims::Claims;
use crate::experiment::disk::StoreError;
use crate::experiment::listing;
use crate::experiment::manifest::Manifest;
use crate::experiment::store::Store;
use crate::figures;
use crate::lab::Lab;
use crate::record::RunRecord;
use crate::say;
use crate::summary::{self, Extent};

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
    #[command(flatten)]
    out: Out,
}

pub(super) fn run(lab: &Lab, args: &Args) -> Result<ExitCode, CliError> {
    each(&args.names, |name| {
        let store = results(&args.out.root, name)?;
        let mut manifest = manifest(&store)?;
        for cell in &mut manifest.cells {
            lab.resolve(&mut cell.config.algorithm);
        }
        summarize(&store, &manifest, extent(args.all))?;
        say!("{}: tables written", store.directory().display());
        Ok(ExitCode::SUCCESS)
    })
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
    claims(store, manifest, &records)
}

/// Judges the claims of an experiment that has some.
fn claims(
    store: &Store,
    manifest: &Manifest,
    records: &[(String, RunRecord)],
) -> Result<(), CliError> {
    let mut written = Vec::new();
    if !manifest.analysis.claims.is_empty() {
        Claims::of(records, manifest)?.write(store.directory())?;
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
        let record = match store.record(&run.env, &run.variant, run.seed) {
            Err(StoreError::Damaged { path, message }) => {
                let path = path.display();
                let message = format!("{path}: {message}; `{}` makes it again", again());
                return Err(CliError::Failure(message));
            }
            read => read?,
        };
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
