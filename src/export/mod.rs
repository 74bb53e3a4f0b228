//! Records for other programs.
//!
//! | file | for |
//! |---|---|
//! | [`rliable`] | rliable: scores and curves as nested lists, runs x tasks |
//! | [`tables`] | spreadsheets, pandas, R: tidy CSV of runs, curves, updates and episodes |
//! | [`tensorboard`] | TensorBoard: a file of events for every run |
//! | [`events`] | the format of those files |
//! | [`onnx`] | ONNX: a policy for any program that runs models |

pub mod events;
pub mod onnx;
pub mod rliable;
pub mod tables;
pub mod tensorboard;

use std::path::{Path, PathBuf};

use crate::experiment::listing;
use crate::experiment::manifest::Manifest;
use crate::record::RunRecord;
use crate::summary::SummaryError;

/// What records are exported to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// See [`rliable`].
    Rliable,
    /// See [`tables`].
    Csv,
    /// See [`tensorboard`].
    Tensorboard,
}

/// Writes `records`, each with the name of its variant, into the folder `to`,
/// and gives what was written: files, or one folder of many. Files of an earlier
/// export that this one has not go.
///
/// # Errors
/// If records and manifest do not fit, or if a file cannot be written.
pub fn write(
    format: Format,
    records: &[(String, RunRecord)],
    manifest: &Manifest,
    to: &Path,
) -> Result<Vec<PathBuf>, SummaryError> {
    let (command, written) = match format {
        Format::Rliable => ("export rliable", rliable::write(records, manifest, to)?),
        Format::Csv => ("export csv", tables::write(records, manifest, to)?),
        Format::Tensorboard => ("export tensorboard", tensorboard::write(records, to)?),
    };
    listing::settle_and_say(to, command, &written)?;
    Ok(match format {
        Format::Tensorboard => vec![to.join(tensorboard::FOLDER)],
        _ => written,
    })
}
