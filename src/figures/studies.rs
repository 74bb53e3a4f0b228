//! The figure of a study, by its kind.

use std::path::Path;

use super::picture::Picture;
use super::{FigureError, bound, timing};
use crate::studies::results::{FILE, Results};

/// Makes the picture of a study.
type Draw = fn(&Results) -> Picture;

/// The figure of each kind of study.
const PICTURES: &[(&str, Draw)] = &[
    (bound::NAME, bound::picture),
    (timing::NAME, timing::picture),
];

/// Name, digest and commit of a study.
pub(super) type Origin = [(&'static str, String); 3];

/// Whether a folder is that of a study.
pub(super) fn is_one(dir: &Path) -> bool {
    dir.join(FILE).is_file()
}

/// The picture of the study in the folder `dir`, and its origin.
pub(super) fn picture(dir: &Path) -> Result<(Picture, Origin), FigureError> {
    let results = Results::read(dir)?;
    let source = &results.source;
    let made = PICTURES.iter().find(|(kind, _)| *kind == source.kind);
    let (_, made) = made.ok_or_else(|| FigureError::Unknown {
        what: "figure",
        name: source.kind.clone(),
        of: source.experiment.clone(),
        known: PICTURES
            .iter()
            .map(|(kind, _)| (*kind).to_owned())
            .collect(),
    })?;
    let origin = [
        ("study", source.experiment.clone()),
        ("rows", source.rows.clone()),
        ("commit", source.commit.clone()),
    ];
    Ok((made(&results), origin))
}
