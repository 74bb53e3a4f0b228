//! What updates cost as their sizes grow.

use super::canvas::Pen;
use super::palette::{label_of, looks, unknown};
use super::picture::{Axis, Block, Curve, Key, Panel, Picture, Tall};
use super::repeated::curve;
use super::scale::{Name, Scale};
use crate::format::{list, number};
use crate::stats::mean;
use crate::studies::cost::{ALONG, PEAK, PROBE, SECONDS, case};
use crate::studies::results::Results;

/// Its name, and the kind of study that it is of.
pub(super) const NAME: &str = "cost";

/// Panels: a title, the name of the axis, and along what.
const PANELS: [(&str, &str, &[&str]); 3] = [
    ("Rows", "Rows of a batch", &["rows"]),
    ("Width", "Width of both layers", &["width"]),
    (
        "Repetition",
        "Iterations or epochs",
        &["iterations", "epochs"],
    ),
];

pub(super) fn picture(results: &Results) -> Picture {
    let blocks = PANELS.map(|(title, axis, along)| Block {
        title: title.to_owned(),
        subtitle: String::new(),
        panels: vec![panel(results, axis, along)],
    });
    let keys = steps().into_iter();
    let n = results.source.seeds.len();
    Picture {
        name: NAME.to_owned(),
        title: "What a step costs as it grows".to_owned(),
        caption: format!(
            "Wall time of the policy step of each algorithm at its usual settings (TRPO and NPG: \
             10 iterations of the conjugate gradient; PPO: 10 epochs of minibatches of 64) and of \
             the critic's fit (10 epochs), on random numbers of the shape of a MuJoCo task, 17 \
             observations and 6 actions, two hidden layers of 64, 8,192 rows unless they grow. \
             Points: mean over {n} blocks, in each of which everything is measured once, in \
             alternating order, on one core; bars: 95% t interval. Measured on {}, whose core makes \
             {} GFLOP/s: times are no function of configuration and seed.",
            results.source.cpu,
            number(probes(results), 0),
        ),
        alt: alt(results),
        blocks: blocks.into(),
        columns: 3,
        x_name: String::new(),
        keys: keys
            .map(|(_, label, pen)| Key::line(&label, label.clone(), pen, false))
            .collect(),
        note: format!(
            "n = {n} blocks; point: mean; band: 95% t interval; both axes by factors of ten"
        ),
    }
}

/// Every step that is measured, its label and pen.
fn steps() -> Vec<(&'static str, String, Pen)> {
    let (_, names) = ALONG[0];
    let looks = looks(names);
    let known = names.iter().zip(looks);
    known
        .map(|(&name, (_, pen))| match name {
            "critic" => (name, "critic's fit".to_owned(), unknown()),
            _ => (name, label_of(name), pen),
        })
        .collect()
}

fn panel(results: &Results, axis: &str, along: &[&str]) -> Panel {
    let measured = ALONG.iter().filter(|(what, _)| along.contains(what));
    let cases = measured.flat_map(|&(what, steps)| steps.iter().map(move |&step| (step, what)));
    let all = steps();
    let curves = cases.filter_map(|(step, what)| {
        let (_, label, pen) = all.iter().find(|(name, ..)| *name == step)?;
        let case = case(step, what);
        let milliseconds = |seconds: f64| 1e3 * seconds;
        let pen = Pen { width: 1.1, ..*pen };
        Some(curve(results, (&case, SECONDS), (label, pen), milliseconds))
    });
    let curves: Vec<Curve> = curves.collect();
    let all = || curves.iter().flat_map(|curve| &curve.values);
    let mut panel = Panel {
        tall: Tall::Share(0.85, 62.0, 170.0),
        x: Axis::round(axis, Scale::log(all().map(|value| value.x)), Name::Steps),
        y: Axis::round(
            "Time (ms)",
            Scale::log(all().map(|value| value.y)),
            Name::Number,
        ),
        strip: 0.0,
        marks: Vec::new(),
        series: Vec::new(),
    };
    panel.add_curves(curves);
    panel
}

/// How fast the core was, on average.
fn probes(results: &Results) -> f64 {
    let rows = results.rows.iter();
    let rows = rows.filter(|row| row.case == PROBE && row.quantity == PEAK.name);
    mean(&rows.map(|row| row.value).collect::<Vec<f64>>()).unwrap_or_default()
}

/// The longest time of every step by rows.
fn alt(results: &Results) -> String {
    let told = steps().into_iter().filter_map(|(step, label, pen)| {
        let case = case(step, "rows");
        let last = curve(results, (&case, SECONDS), (&label, pen), |seconds| seconds);
        let last = last.values.last()?;
        Some(format!(
            "{label} {} s at {} rows",
            number(last.y, 2),
            number(last.x, 0)
        ))
    });
    format!("Time of a step: {}.", list(&told.collect::<Vec<_>>()))
}
