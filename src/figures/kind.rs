//! The table of figures: a line for each, with what it needs.

use super::{FigureError, dissection};
use crate::summary::SummaryError;
use std::path::Path;

use super::compared::Compared;
use super::data::Summary;
use super::picture::Picture;
use crate::dissect::{Dissection, Interpolation};
use crate::summary::Extent;

/// A figure of an experiment.
pub(super) struct Kind {
    /// Name of its files, under which claims refer to it too.
    pub name: &'static str,
    /// What an experiment must have for it to be drawn.
    pub needs: &'static str,
    /// Of which experiments it is.
    pub of: Of,
    /// The picture, unless the experiment has no data for it.
    pub make: fn(&View<'_>) -> Result<Option<Picture>, FigureError>,
}

/// Which experiments have a figure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Of {
    /// Those that compare variants with a line each.
    Comparisons,
    /// Those, over all tasks at once: some of them have other numbers.
    WholeComparisons,
    /// Those that sweep settings: too many variants for lines.
    Sweeps,
    /// All that have the data.
    All,
}

/// What figures are made of.
pub(super) struct View<'a> {
    pub summary: &'a Summary,
    /// Scores over all tasks; none if no task could be normalised.
    pub compared: Option<Compared<'a>>,
    /// Steps that were dissected, of the tasks and variants that are drawn.
    pub steps: Vec<Dissection>,
    /// Steps of PPO that were interpolated, of those too.
    pub interpolations: Vec<Interpolation>,
}

impl<'a> View<'a> {
    /// Of the experiment in the folder `dir`.
    ///
    /// # Errors
    /// If a dissected step is damaged, or of other runs.
    pub fn of(summary: &'a Summary, dir: &Path, extent: Extent) -> Result<Self, FigureError> {
        let manifest = &summary.manifest;
        let mut steps = dissection::read(dir, manifest)?;
        steps.retain(|step| manifest.config(&step.task, &step.variant).is_some());
        let mut interpolations = Interpolation::all(dir).map_err(SummaryError::from)?;
        if let Some(step) = interpolations.iter().find(|step| !step.is_of(manifest)) {
            return Err(FigureError::OlderDissection {
                path: Interpolation::path(dir, &step.selection()),
            });
        }
        interpolations.retain(|step| manifest.config(&step.task, &step.variant).is_some());
        Ok(Self {
            summary,
            compared: Compared::of_summary(summary, extent),
            steps,
            interpolations,
        })
    }
}

impl Kind {
    /// Whether an experiment of this kind has the figure at all.
    pub fn is_of(&self, summary: &Summary) -> bool {
        let is_sweep = !summary.manifest.analysis.sweeps.is_empty();
        match self.of {
            Of::All => true,
            of => (of == Of::Sweeps) == is_sweep,
        }
    }
}
