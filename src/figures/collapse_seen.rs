//! A collapse, seen: return, divergence and entropy of a run that loses what it
//! had learnt, beside TRPO from the same initial parameters.

use super::FigureError;
use super::canvas::Pen;
use super::data::Summary;
use super::kind::{Kind, Of, View};
use super::palette::family;
use super::picture::{Axis, Block, Curve, Key, Panel, Picture, Tall, Value};
use super::scale::{Name, Scale};
use super::step_size::setting;
use crate::format::number;
use crate::summary::CollapseRow;

pub(super) const KIND: Kind = Kind {
    name: "collapse_seen",
    needs: "a sweep of an algorithm without a limit to its steps, in which a run collapsed, and one \
            with a trust region",
    of: Of::Sweeps,
    make: picture,
};

/// The value of a row in a panel.
type Read = fn(&CollapseRow) -> Option<f64>;

/// The panels from above: the name of the axis, its value, whether it is
/// logarithmic.
const PANELS: [(&str, Read, bool); 3] = [
    ("Mean return", |row| row.return_mean, false),
    ("Mean KL", |row| row.kl_mean, true),
    ("Entropy (nats)", |row| row.entropy, false),
];

/// A run that is shown.
struct Run<'a> {
    rows: &'a [CollapseRow],
    label: String,
    pen: Pen,
}

fn picture(view: &View<'_>) -> Result<Option<Picture>, FigureError> {
    let summary = view.summary;
    let runs = summary.collapse.chunk_by(|a, b| a.variant == b.variant);
    let runs: Vec<Run<'_>> = runs.map(|rows| run(summary, rows)).collect();
    let [fallen, beside] = runs.as_slice() else {
        return Ok(None);
    };
    let Some(first) = fallen.rows.first() else {
        return Ok(None);
    };
    let keys = runs
        .iter()
        .map(|run| Key::line(&run.rows[0].variant, &run.label, run.pen, false));
    let seed = number(first.seed as f64, 0);
    Ok(Some(Picture {
        name: KIND.name.to_owned(),
        title: "A collapse, seen".to_owned(),
        caption: format!(
            "One run of {} and one of {} on {}, seed {seed}, from the same initial parameters \
             (experiments/{}.toml). By update: mean return of the episodes that ended in its \
             batch, mean KL divergence of the step, entropy of the policy; no smoothing. {}",
            fallen.label,
            beside.label,
            first.env,
            summary.manifest.experiment,
            crate::summary::COLLAPSE_RULE
        ),
        alt: alt(&runs),
        blocks: vec![Block {
            title: first.env.clone(),
            subtitle: String::new(),
            panels: PANELS
                .iter()
                .map(|shown| panel(summary, &runs, shown))
                .collect(),
        }],
        columns: 1,
        x_name: "Environment steps".to_owned(),
        keys: keys.collect(),
        note: format!("one run each, seed {seed}; every update, not smoothed"),
    }))
}

/// How a run is called, by the setting that it has.
fn run<'a>(summary: &Summary, rows: &'a [CollapseRow]) -> Run<'a> {
    let variant = rows.first().map_or("", |row| row.variant.as_str());
    let (label, pen) = summary.family(family(&summary.manifest, variant));
    let mut sweeps = summary.manifest.analysis.sweeps.iter();
    let found = sweeps.find_map(|sweep| {
        let step = sweep.steps.iter().find(|step| step.variant == variant)?;
        Some(format!("{label}, {} {}", setting(&sweep.over), step.value))
    });
    Run {
        rows,
        label: found.unwrap_or_else(|| summary.label(variant)),
        pen,
    }
}

fn panel(summary: &Summary, runs: &[Run<'_>], &(name, read, is_log): &(&str, Read, bool)) -> Panel {
    let values = runs.iter().flat_map(|run| run.rows.iter().filter_map(read));
    let scale = match is_log {
        true => Scale::log(values),
        false => Scale::linear(values),
    };
    let env = runs[0].rows.first().map_or("", |row| row.env.as_str());
    let mut panel = Panel {
        tall: Tall::Share(0.22, 50.0, 105.0),
        x: Axis::steps(summary.steps(env)),
        y: Axis::round(name, scale, Name::Number),
        strip: 0.0,
        marks: Vec::new(),
        series: Vec::new(),
    };
    let value = |row: &CollapseRow| {
        Some(Value {
            x: row.step as f64,
            y: read(row)?,
            ..Value::default()
        })
    };
    let curve = |run: &Run<'_>| Curve {
        id: run.rows[0].variant.clone(),
        label: run.label.clone(),
        pen: run.pen,
        banded: false,
        values: run.rows.iter().filter_map(value).collect(),
    };
    panel.add_curves(runs.iter().map(curve).collect());
    panel
}

/// Peak and end of both.
fn alt(runs: &[Run<'_>]) -> String {
    let said = runs.iter().map(|run| {
        let returns = || run.rows.iter().filter_map(|row| row.return_mean);
        let peak = returns().fold(f64::NEG_INFINITY, f64::max);
        let last = returns().next_back().unwrap_or(f64::NAN);
        format!(
            "{} peaks at {} and ends at {}",
            run.label,
            number(peak, 1),
            number(last, 1)
        )
    });
    format!("{}.", said.collect::<Vec<_>>().join("; "))
}
