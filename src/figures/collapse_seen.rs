//! A collapse, seen: return, divergence and entropy of a run that loses what it
//! had learnt, beside TRPO from the same initial parameters.

use super::axes::{Labels, Panel};
use super::canvas::{self, Metadata, Pen};
use super::data::Summary;
use super::layout::{Grid, Legend};
use super::scale::Scale;
use super::style::{family, family_pen, label};
use super::{Caption, Figure, FigureError};
use crate::format::number;
use crate::summary::CollapseRow;

const TITLE: &str = "A collapse, seen";

/// Rows of panels, from above: the name of the axis and its value.
type Rows = [(&'static str, fn(&CollapseRow) -> Option<f64>); 3];
const ROWS: Rows = [
    ("Mean return", |row| row.return_mean),
    ("Mean KL", |row| row.kl_mean),
    ("Entropy (nats)", |row| row.entropy),
];

/// `None` if the experiment has no sweep, or no run in it collapsed.
pub(super) fn figure(
    summary: &Summary,
    metadata: &Metadata,
) -> Result<Option<Figure>, FigureError> {
    let rows = &summary.collapse;
    let mut runs: Vec<&[CollapseRow]> = rows.chunk_by(|a, b| a.variant == b.variant).collect();
    let [fallen, beside] = runs.as_mut_slice() else {
        return Ok(None);
    };
    let first = |run: &[CollapseRow]| run.first().cloned().unwrap_or_default();
    let (of_fallen, of_beside) = (first(fallen), first(beside));
    let look = |row: &CollapseRow| {
        let algorithm = family(&summary.manifest, &row.variant);
        let value = summary.manifest.analysis.sweeps.iter().find_map(|sweep| {
            let step = sweep
                .steps
                .iter()
                .find(|step| step.variant == row.variant)?;
            let key = sweep.over.rsplit('.').next()?.replace('_', " ");
            let key = if key == "delta" { "δ".to_owned() } else { key };
            Some(format!(
                "{}, {key} {}",
                label(&summary.manifest, algorithm),
                step.value
            ))
        });
        (
            value.unwrap_or_else(|| label(&summary.manifest, &row.variant)),
            family_pen(&summary.manifest, algorithm),
        )
    };
    let looks = [look(&of_fallen), look(&of_beside)];
    let env = of_fallen.env.as_str();
    let grid = Grid {
        tasks: 1,
        columns: 1,
        rows: ROWS.len(),
        panel: (470.0, 105.0),
        gap: (0.0, 14.0),
        right: 24.0,
    };
    let mut legend = Legend::default();
    for (name, pen) in &looks {
        legend.add(name.clone(), *pen, false);
    }
    let lines = [&**fallen, &**beside];
    let svg = canvas::svg(grid.size(&legend), TITLE, metadata, |canvas| {
        for (row, (name, value)) in ROWS.into_iter().enumerate() {
            let values = lines.iter().flat_map(|run| run.iter().filter_map(value));
            let panel = Panel {
                canvas,
                frame: grid.frame(0, row),
                x: Scale::exactly(0.0, summary.steps(env)),
                y: match row {
                    1 => Scale::log(values),
                    _ => Scale::linear(values),
                },
            };
            let bottom = row + 1 == ROWS.len();
            panel.axes(Labels {
                title: (row == 0).then_some(env),
                x: bottom.then_some("Environment steps"),
                x_numbers: bottom,
                y: Some(name),
                y_numbers: true,
                ..Labels::default()
            })?;
            for (run, (_, pen)) in lines.iter().zip(&looks) {
                let line = run.iter().filter_map(|r| Some((r.step as f64, value(r)?)));
                panel.line(&line.collect::<Vec<_>>(), Pen { width: 1.5, ..*pen })?;
            }
        }
        grid.legend(canvas, &legend)
    })?;
    let caption = Caption {
        name: "collapse_seen".to_owned(),
        alt: String::new(),
        title: TITLE.to_owned(),
        caption: format!(
            "One run of {} and one of {} on {env}, seed {}, from the same initial parameters \
             (experiments/{}.toml). By update: mean return of the episodes that ended in its \
             batch, mean KL divergence of the step, entropy of the policy; no smoothing. The \
             first is, of the runs of VPG that had come at least half of the way to the reference \
             and collapsed, that with the largest fall from its peak to its final return; the other, of TRPO's runs with the same seed, that \
             with the largest area under its curve.",
            looks[0].0,
            looks[1].0,
            number(of_fallen.seed as f64, 0),
            summary.manifest.experiment
        ),
    };
    Ok(Some(Figure { caption, svg }))
}
