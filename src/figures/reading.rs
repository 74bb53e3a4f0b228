//! Reads the committed summary of one experiment.

use std::collections::BTreeMap;
use std::path::Path;

use super::FigureError;
use super::canvas::Pen;
use super::data::{Drawn, RunLine, Summary};
use super::palette;
use crate::experiment::manifest::Manifest;
use crate::experiment::references::References;
use crate::lab::Lab;
use crate::record::Ending;
use crate::summary::files::{read_manifest, read_rows, read_rows_at};
use crate::summary::steps;
use crate::summary::{
    BandRow, CollapseRow, CostRow, CurveRow, DiagnosticRow, QValueRow, Row, ScoreRow, Statistics,
    Steps, SummaryError, TRAINING, UpdateRow,
};

/// Rows by task and variant.
type ByCell<R> = BTreeMap<(String, String), Vec<R>>;

/// Tables in the folder of an experiment, whose rows must be of its manifest.
struct Tables<'a> {
    dir: &'a Path,
    manifest: &'a Manifest,
}

/// Task and variant of a row.
type CellOf<R> = fn(&R) -> (&str, &str);

impl Tables<'_> {
    /// The rows of a file.
    fn rows<R: Row>(&self, file: &str, cell: CellOf<R>) -> Result<Vec<R>, FigureError> {
        let path = self.dir.join(file);
        let rows: Vec<R> = read_rows_at(&path)?;
        let is_unknown = |row: &&R| {
            let (env, variant) = cell(row);
            self.manifest.config(env, variant).is_none()
        };
        match rows.iter().find(is_unknown).map(cell) {
            None => Ok(rows),
            Some((env, variant)) => Err(FigureError::UnknownCell {
                path,
                env: env.to_owned(),
                variant: variant.to_owned(),
            }),
        }
    }

    /// The rows of a file that not every experiment has.
    fn rows_if_any<R: Row>(&self, file: &str, cell: CellOf<R>) -> Result<Vec<R>, FigureError> {
        match self.dir.join(file).exists() {
            true => self.rows(file, cell),
            false => Ok(Vec::new()),
        }
    }
}

fn by_cell<R>(rows: Vec<R>, cell: CellOf<R>) -> ByCell<R> {
    let mut all: ByCell<R> = BTreeMap::new();
    for row in rows {
        let (env, variant) = cell(&row);
        all.entry((env.to_owned(), variant.to_owned()))
            .or_default()
            .push(row);
    }
    all
}

impl Summary {
    /// Reads it from the folder of the experiment.
    ///
    /// # Errors
    /// If a file is missing or damaged, or of another manifest.
    pub fn read(lab: &Lab, dir: &Path) -> Result<Self, FigureError> {
        let mut manifest = read_manifest(dir)?;
        for cell in &mut manifest.cells {
            lab.resolve(&mut cell.config.algorithm);
        }
        let statistics = statistics(dir, &manifest)?;
        let tables = Tables {
            dir,
            manifest: &manifest,
        };
        let scores: Vec<ScoreRow> = read_rows(dir)?;
        let band: CellOf<BandRow> = |row| (&row.env, &row.variant);
        let q_values: CellOf<QValueRow> = |row| (&row.env, &row.variant);
        // What was measured on a busy machine says more of that than of the program.
        let costs: Vec<CostRow> =
            tables.rows(CostRow::FILE, |row: &CostRow| (&row.env, &row.variant))?;
        let (busy, costs): (Vec<CostRow>, Vec<CostRow>) =
            costs.into_iter().partition(CostRow::is_busy);
        let updates: CellOf<UpdateRow> = |row| (&row.env, &row.variant);
        Ok(Self {
            has_all_tasks: true,
            looks: looks(&manifest),
            families: families(&manifest),
            digest: manifest.digest(),
            statistics,
            collapse: tables.rows_if_any(CollapseRow::FILE, |row: &CollapseRow| {
                (&row.env, &row.variant)
            })?,
            diagnosed: tables.rows_if_any(DiagnosticRow::FILE, |row: &DiagnosticRow| {
                (&row.env, &row.variant)
            })?,
            q_values: by_cell(tables.rows_if_any(QValueRow::FILE, q_values)?, q_values),
            training: by_cell(tables.rows_if_any(TRAINING, band)?, band),
            steps: match dir.join(steps::FILE).exists() {
                true => Some(Steps::read(dir)?),
                false => None,
            },
            busy: busy.into_iter().map(|row| (row.env, row.variant)).collect(),
            costs,
            bands: by_cell(tables.rows(BandRow::FILE, band)?, band),
            runs: runs(&tables, &scores)?,
            updates: by_cell(tables.rows(UpdateRow::FILE, updates)?, updates)
                .into_iter()
                .flat_map(|((env, variant), rows)| by_column(env, variant, rows))
                .collect(),
            scores,
            manifest,
        })
    }
}

/// The statistics, which must be of the same manifest.
fn statistics(dir: &Path, manifest: &Manifest) -> Result<Statistics, FigureError> {
    let statistics = Statistics::read(dir)?;
    match statistics.manifest == manifest.digest() {
        true => Ok(statistics),
        false => Err(FigureError::OlderSummary {
            path: dir.join(crate::summary::statistics::FILE),
        }),
    }
}

/// Updates by task, variant and column.
fn by_column(
    env: String,
    variant: String,
    rows: Vec<UpdateRow>,
) -> BTreeMap<(String, String, String), Vec<UpdateRow>> {
    let mut all: BTreeMap<_, Vec<UpdateRow>> = BTreeMap::new();
    for row in rows {
        let key = (env.clone(), variant.clone(), row.column.clone());
        all.entry(key).or_default().push(row);
    }
    all
}

/// The curve of every run. Those of sweeps and searches are too many to be
/// committed, or shown.
fn runs(tables: &Tables<'_>, scores: &[ScoreRow]) -> Result<ByCell<RunLine>, FigureError> {
    let references = References::of(tables.manifest).map_err(SummaryError::from)?;
    let rows: Vec<CurveRow> =
        tables.rows_if_any(CurveRow::FILE, |row: &CurveRow| (&row.env, &row.variant))?;
    let mut runs: ByCell<RunLine> = BTreeMap::new();
    let same =
        |a: &CurveRow, b: &CurveRow| (&a.env, &a.variant, a.seed) == (&b.env, &b.variant, b.seed);
    for rows in rows.chunk_by(same) {
        let row = &rows[0];
        let key = (row.env.clone(), row.variant.clone());
        runs.entry(key).or_default().push(RunLine {
            pieces: pieces(rows),
            has_failed: has_failed(scores, row, &references),
        });
    }
    Ok(runs)
}

/// How every variant looks.
fn looks(manifest: &Manifest) -> Vec<Drawn> {
    let variants = manifest.variants.iter().zip(palette::pens(manifest));
    let look = |(variant, pen): (&String, Pen)| Drawn {
        id: variant.clone(),
        label: palette::label(manifest, variant),
        pen,
    };
    variants.map(look).collect()
}

/// How every algorithm looks.
fn families(manifest: &Manifest) -> BTreeMap<String, (String, Pen)> {
    let names = manifest
        .cells
        .iter()
        .map(|cell| cell.config.algorithm.name());
    let look = |name: &str| {
        let look = (
            palette::label(manifest, name),
            palette::family_pen(manifest, name),
        );
        (name.to_owned(), look)
    };
    names.map(look).collect()
}

/// The steps and returns of a run, between its gaps.
fn pieces(rows: &[CurveRow]) -> Vec<Vec<(f64, f64)>> {
    let pieces = rows.chunk_by(|a, b| a.value.is_some() == b.value.is_some());
    let piece = |rows: &[CurveRow]| -> Vec<(f64, f64)> {
        let points = rows.iter();
        points
            .filter_map(|row| Some((row.step as f64, row.value?)))
            .collect()
    };
    pieces
        .map(piece)
        .filter(|piece| !piece.is_empty())
        .collect()
}

/// Whether the run of a row diverged, or its final evaluation is that of a
/// failure.
fn has_failed(scores: &[ScoreRow], run: &CurveRow, references: &References) -> bool {
    let is_it =
        |row: &&ScoreRow| (row.seed, &row.env, &row.variant) == (run.seed, &run.env, &run.variant);
    let Some(row) = scores.iter().find(is_it) else {
        return false;
    };
    let found = references.get(&run.env).zip(row.evaluation);
    row.status == Ending::Diverged
        || found.is_some_and(|(task, score)| task.returns.is_failure(score))
}
