//! How far the bound of theorem 1 reaches: what a step does, what is promised of it, and
//! how many steps follow from that.

use plotters::style::Color;

use super::canvas::Pen;
use super::palette::looks;
use super::picture::{Axis, Block, Curve, Key, Mark, Panel, Picture, Tall};
use super::repeated::{curve, setting};
use super::scale::{Name, Scale};
use super::style::{DASHES, INK, SOFT_INK};
use crate::format::{count, list, number, short};
use crate::stats::mean;
use crate::studies::bound::{BOUND, CONSTRAINT, NEEDED, PENALTY, RETURN, STEP, SURROGATE, case};
use crate::studies::results::Results;

/// Its name, and the kind of study that it is of.
pub(super) const NAME: &str = "bound";

/// Lines of a step, of one colour each.
fn lines() -> [(&'static str, Pen, crate::diagnostics::Quantity); 3] {
    let pen = |color: plotters::style::RGBAColor, width, dash| Pen { color, width, dash };
    let looks = looks(&["trpo", "ppo"]);
    [
        ("the return", pen(looks[0].1.color, 1.2, DASHES[0]), RETURN),
        ("L says", pen(INK.to_rgba(), 0.8, DASHES[1]), SURROGATE),
        (
            "L − C max KL promises",
            pen(looks[1].1.color, 1.2, DASHES[0]),
            BOUND,
        ),
    ]
}

pub(super) fn picture(results: &Results) -> Picture {
    let gammas = gammas(results);
    // The discount that is usual among them stands for the others along the step.
    let gamma = gammas.get(gammas.len() / 2).copied().unwrap_or_default();
    let delta = number_of(results, "delta");
    let (far, near) = (step(results, gamma, delta), close(results, gamma));
    let steps = lines().map(|(label, pen, _)| Key::line(label, label, pen, true));
    let ways = [(CONSTRAINT, DASHES[0]), (PENALTY, DASHES[1])].map(|(way, dash)| {
        let pen = Pen {
            color: SOFT_INK.to_rgba(),
            width: 1.0,
            dash,
        };
        Key::line("", format!("{way} (right)"), pen, false)
    });
    let of_gamma = pens(&gammas).into_iter().map(|(gamma, pen)| {
        let pen = Pen { dash: &[], ..pen };
        Key::line("", format!("discount {gamma} (right)"), pen, false)
    });
    Picture {
        name: NAME.to_owned(),
        title: "How far the bound reaches".to_owned(),
        caption: caption(results, gamma, delta),
        alt: alt(results, &gammas),
        blocks: vec![
            Block {
                title: "One step".to_owned(),
                subtitle: format!("discount {gamma}"),
                panels: vec![far],
            },
            Block {
                title: "Where it promises a gain".to_owned(),
                subtitle: "the same, shorter steps".to_owned(),
                panels: vec![near],
            },
            Block {
                title: "Step after step".to_owned(),
                subtitle: format!("constraint: KL at most {}", short(delta)),
                panels: vec![iterations(results, &gammas)],
            },
        ],
        columns: 3,
        x_name: String::new(),
        keys: steps.into_iter().chain(ways).chain(of_gamma).collect(),
        note: format!(
            "n = {} random processes; line: mean; band: 95% t interval; dashed upright: TRPO's \
             radius",
            results.source.seeds.len()
        ),
    }
}

fn gammas(results: &Results) -> Vec<f64> {
    serde_json::from_value(setting(results, "gammas")).unwrap_or_default()
}

fn number_of(results: &Results, key: &str) -> f64 {
    setting(results, key).as_f64().unwrap_or_default()
}

fn percent(value: f64) -> f64 {
    100.0 * value
}

/// The panel of curves whose horizontal values are in `x` and vertical ones in `y`.
fn panel(name: &str, curves: Vec<Curve>, (x, y): (Scale, Scale), as_: Name) -> Panel {
    let mut panel = Panel {
        tall: Tall::Share(0.85, 62.0, 170.0),
        x: Axis::round(name, x, as_),
        y: Axis::round("Gain (% of the best policy's)", y, Name::Number),
        strip: 0.0,
        marks: Vec::new(),
        series: Vec::new(),
    };
    let (x_ends, y_ends) = (x.ends(), y.ends());
    let is_seen = |value: &super::picture::Value| {
        (x_ends.0..=x_ends.1).contains(&value.x) && (y_ends.0..=y_ends.1).contains(&value.y)
    };
    panel.add_curves(
        curves
            .into_iter()
            .map(|curve| Curve {
                values: curve.values.into_iter().filter(is_seen).collect(),
                ..curve
            })
            .collect(),
    );
    panel
}

fn of_step(results: &Results, gamma: f64) -> Vec<Curve> {
    let case = case(STEP, gamma);
    let curves = lines()
        .map(|(label, pen, quantity)| curve(results, (&case, quantity), (label, pen), percent));
    curves.into_iter().collect()
}

/// A step up to where it does what L says no longer.
fn step(results: &Results, gamma: f64, delta: f64) -> Panel {
    let curves = of_step(results, gamma);
    let x = Scale::log(curves.iter().flat_map(|c| &c.values).map(|v| v.x)).between(1e-6, 3.0);
    let y = Scale::exactly(-30.0, 100.0);
    let mut panel = panel("Mean KL of the step", curves, (x, y), Name::Number);
    panel.marks.insert(0, Mark::upright(delta));
    panel.marks.insert(0, Mark::level(0.0, ""));
    panel
}

/// A step as far as the bound promises an improvement.
fn close(results: &Results, gamma: f64) -> Panel {
    let curves = of_step(results, gamma);
    let promised = &curves[2].values;
    let last = promised.iter().rfind(|value| value.y > 0.0);
    let (x_end, most) = (
        last.map_or(1e-3, |value| 2.0 * value.x),
        promised.iter().map(|value| value.y).fold(0.0, f64::max),
    );
    let x = Scale::log([x_end]).between(x_end * 1e-4, x_end);
    let y = Scale::exactly(-0.5 * most, 4.0 * most);
    let mut panel = panel("Mean KL of the step", curves, (x, y), Name::Number);
    panel.marks.insert(0, Mark::level(0.0, ""));
    panel
}

fn pens(gammas: &[f64]) -> Vec<(f64, Pen)> {
    let looks = looks(&["npg", "vpg", "a2c", "cem", "rwr"]);
    let pens = looks.into_iter().cycle();
    gammas
        .iter()
        .copied()
        .zip(pens.map(|(_, pen)| pen))
        .collect()
}

/// Iterations of both ways at every discount.
fn iterations(results: &Results, gammas: &[f64]) -> Panel {
    let mut curves = Vec::new();
    for (gamma, pen) in pens(gammas) {
        for (way, dash) in [(CONSTRAINT, DASHES[0]), (PENALTY, DASHES[1])] {
            let pen = Pen {
                dash,
                width: 1.0,
                ..pen
            };
            let case = case(way, gamma);
            let mut curve = curve(results, (&case, RETURN), (&case, pen), percent);
            // Where some processes have arrived the mean is of the slow ones alone.
            let all = results.source.seeds.len() as u64;
            curve.values.retain(|value| value.n == Some(all));
            curve.banded = false;
            curves.push(curve);
        }
    }
    let x = Scale::log(curves.iter().flat_map(|c| &c.values).map(|v| v.x));
    panel(
        "Iterations",
        curves,
        (x, Scale::exactly(0.0, 100.0)),
        Name::Number,
    )
}

/// Mean iterations of the penalty at a discount.
fn needed(results: &Results, gamma: f64) -> Option<f64> {
    let case = case(PENALTY, gamma);
    let rows = results.rows.iter();
    let rows = rows.filter(|row| row.case == case && row.quantity == NEEDED.name);
    mean(&rows.map(|row| row.value).collect::<Vec<f64>>())
}

fn caption(results: &Results, gamma: f64, delta: f64) -> String {
    format!(
        "Theorem 1 of Schulman et al. 2015 in {} of {} states and {} actions that are solved \
         exactly. A gain is the return less that of the uniform policy, as a share of what the \
         best policy gains. Left and middle: the natural step of the uniform policy at a discount \
         of {gamma}, by its mean KL divergence to second order: what it gains, what the surrogate \
         L says, and what L − C max KL promises, C = 4 max |A| γ / (1 − γ)². Right: steps whose \
         mean divergence is at most {} (with a line search), and the policies that maximise the \
         bound (algorithm 1), as far as all processes go. Lines are means over processes.",
        count(results.source.seeds.len(), "random process"),
        number(number_of(results, "states"), 0),
        number(number_of(results, "actions"), 0),
        short(delta),
    )
}

fn alt(results: &Results, gammas: &[f64]) -> String {
    let told = gammas.iter().filter_map(|&gamma| {
        let needed = needed(results, gamma)?;
        Some(format!("{} at a discount of {gamma}", number(needed, 0)))
    });
    format!(
        "What {} of the constraint gain takes the penalty, on average, {}.",
        count(number_of(results, "iterations") as usize, "iteration"),
        list(&told.collect::<Vec<_>>())
    )
}
