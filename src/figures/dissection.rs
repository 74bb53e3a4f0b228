//! One step, seen whole: the surrogate and the divergence along the natural
//! gradient with their models, the true return of the policies there, and how the
//! direction was found.

use std::path::Path;

use plotters::style::{Color, RGBAColor};

use super::FigureError;
use super::canvas::Pen;
use super::data::Summary;
use super::palette;
use super::panel::{LEVEL, Placed};
use super::picture::{Axis, Block, Key, Mark, Panel, Picture, Sample, Series, Tall, Ticks, Value};
use super::scale::{Name, Scale};
use super::style::{DASHES, INK, SOFT_INK};
use super::theme::PAPER;
use crate::dissect::{Candidate, Dissection, LinePoint, ReturnPoint, path};
use crate::experiment::disk::escaped;
use crate::experiment::manifest::Manifest;
use crate::format::{count, number, short};
use crate::summary::SummaryError;

/// What begins the names of these figures.
pub(super) const PREFIX: &str = "dissect-";

/// Above this residual conjugate gradients have not solved F x = g.
const UNSOLVED: f64 = 0.1;

/// The line of a model.
const MODEL: Pen = Pen {
    color: RGBAColor(INK.0, INK.1, INK.2, 1.0),
    width: 0.75,
    dash: DASHES[1],
};
/// The line of the model that has the damping.
const DAMPED: Pen = Pen {
    color: RGBAColor(SOFT_INK.0, SOFT_INK.1, SOFT_INK.2, 1.0),
    width: 0.75,
    dash: DASHES[2],
};

/// The dissected steps in the folder of an experiment.
///
/// # Errors
/// If a file is damaged, or of a run that the manifest does not list.
pub(super) fn read(dir: &Path, manifest: &Manifest) -> Result<Vec<Dissection>, FigureError> {
    let steps = Dissection::all(dir).map_err(SummaryError::from)?;
    match steps.iter().find(|step| !step.is_of(manifest)) {
        None => Ok(steps),
        Some(step) => Err(FigureError::OlderDissection {
            path: path(dir, &step.task, &step.variant, step.seed, step.update),
        }),
    }
}

/// The name of the figure of a step.
pub(super) fn name(step: &Dissection) -> String {
    let Dissection {
        task,
        variant,
        seed,
        update,
        ..
    } = step;
    format!("{PREFIX}{}-{variant}-{seed}-{update}", escaped(task))
}

/// The picture of a step.
pub(super) fn picture(step: &Dissection, summary: &Summary) -> Picture {
    match summary.look(&step.variant) {
        Some(look) => drawn(step, &look.label, look.pen),
        None => alone(step),
    }
}

/// The picture of a step of an experiment whose tables follow older rules.
pub(super) fn alone(step: &Dissection) -> Picture {
    let (_, pen) = palette::looks(&[&step.variant]).remove(0);
    drawn(step, &palette::label_of(&step.variant), pen)
}

fn drawn(step: &Dissection, label: &str, pen: Pen) -> Picture {
    let pen = Pen { dash: &[], ..pen };
    let place = format!("{}, update {} of {}", step.task, step.update, step.updates);
    Picture {
        name: name(step),
        title: format!("A {label} step, seen: {place}"),
        caption: caption(step, label),
        alt: alt(step, label),
        blocks: vec![
            surrogate(step, pen),
            divergence(step, pen),
            returns(step, pen),
            residual(step, pen),
            ritz(step, pen),
        ],
        columns: 3,
        x_name: String::new(),
        keys: keys(step, pen),
        note: format!(
            "seed {}; one step, n = 1; return: mean above that of the old policy, 95% t interval, {} from the \
             same states",
            step.seed,
            count(step.returns.episodes, "episode")
        ),
    }
}

fn keys(step: &Dissection, pen: Pen) -> Vec<Key> {
    vec![
        Key::line("", "measured", pen, false),
        Key::line("", "linear, quadratic model", MODEL, false),
        Key::line("", "model with the damping", DAMPED, false),
        Key::new(
            "",
            "accepted: filled, others: rings",
            Sample::Area(pen.color),
        ),
        Key::line(
            "",
            format!("δ = {}; residual 0.1", step.delta),
            LEVEL,
            false,
        ),
    ]
}

/// A panel over the share of the full step.
fn along(title: &str, scale: Scale, step: &Dissection) -> Block {
    let last = step.line.last().map_or(1.5, |point| point.share);
    let panel = Panel {
        tall: Tall::Share(0.72, 62.0, 150.0),
        x: Axis::round(
            "Share of the full step",
            Scale::exactly(0.0, last),
            Name::Number,
        ),
        y: Axis::round("", scale, Name::Number),
        strip: 0.0,
        marks: Vec::new(),
        series: Vec::new(),
    };
    Block {
        title: title.to_owned(),
        subtitle: String::new(),
        panels: vec![panel],
    }
}

/// A line over the shares.
fn curve(step: &Dissection, value: fn(&LinePoint) -> f64) -> Vec<(f64, f64)> {
    step.line
        .iter()
        .map(|point| (point.share, value(point)))
        .collect()
}

fn surrogate(step: &Dissection, pen: Pen) -> Block {
    let measured = curve(step, |point| point.improvement);
    let linear = curve(step, |point| point.linear);
    // The linear model runs away from what is of interest.
    let own = measured.iter().map(|point| point.1);
    let most = own.clone().fold(0.0, f64::max);
    let near = linear
        .iter()
        .map(|point| point.1)
        .filter(|value| *value <= 2.0 * most);
    let scale = Scale::linear(own.chain(near).chain([0.0]));
    let mut block = along("Surrogate L, gained", scale, step);
    let panel = &mut block.panels[0];
    panel.marks.push(Mark::line("", linear.clone(), MODEL));
    panel.marks.push(Mark::line("", measured.clone(), pen));
    panel
        .marks
        .push(candidates(step, pen, |candidate| candidate.improvement));
    panel.series = vec![
        Series::of_points("gain in L", &measured),
        Series::of_points("linear model", &linear),
    ];
    block
}

fn divergence(step: &Dissection, pen: Pen) -> Block {
    let measured = curve(step, |point| point.kl_mean);
    let model = curve(step, |point| point.kl_model);
    let damped = curve(step, |point| point.kl_model_damped);
    let all = [&measured, &model, &damped].into_iter().flatten();
    let scale = Scale::linear(all.map(|point| point.1).chain([0.0, step.delta]));
    let mut block = along("Mean KL (nats)", scale, step);
    let panel = &mut block.panels[0];
    panel.marks.push(Mark::level(step.delta, ""));
    panel.marks.push(Mark::line("", damped, DAMPED));
    panel.marks.push(Mark::line("", model.clone(), MODEL));
    panel.marks.push(Mark::line("", measured.clone(), pen));
    panel
        .marks
        .push(candidates(step, pen, |candidate| candidate.kl_mean));
    panel.series = vec![
        Series::of_points("mean KL", &measured),
        Series::of_points("quadratic model", &model),
    ];
    block
}

/// What the policies on the line really get, above the old one.
fn returns(step: &Dissection, pen: Pen) -> Block {
    let points = step.returns.points.iter();
    let value = |point: &ReturnPoint| Value {
        x: point.share,
        y: point.difference,
        low: Some(point.difference_interval.low),
        high: Some(point.difference_interval.high),
        n: Some(step.returns.episodes as u64),
    };
    let values: Vec<Value> = points.map(value).collect();
    let ends = values.iter().flat_map(|value| [value.low, value.high]);
    let mut block = along("True return, gained", Scale::linear(ends.flatten()), step);
    let panel = &mut block.panels[0];
    if let Some(accepted) = step.candidates.iter().find(|candidate| candidate.accepted) {
        panel.marks.push(Mark::upright(accepted.share));
    }
    let line = values.iter().map(|value| (value.x, value.y)).collect();
    panel
        .marks
        .push(Mark::line("", line, Pen { width: 0.6, ..pen }));
    let drawn = values.clone();
    panel.marks.push(Mark::new("", move |placed| {
        drawn.iter().try_for_each(|value| {
            let (low, high) = (value.low.unwrap_or(value.y), value.high.unwrap_or(value.y));
            let bar = Pen { width: 1.0, ..pen };
            placed.line(&[(value.x, low), (value.x, high)], bar)?;
            placed.dot(value.x, value.y, 1.5 * placed.size.line, pen.color)
        })
    }));
    panel.series = vec![Series {
        id: "return".to_owned(),
        label: "true return, gained".to_owned(),
        across: false,
        values,
    }];
    block
}

/// The candidates of the line search on a line.
fn candidates(step: &Dissection, pen: Pen, value: fn(&Candidate) -> Option<f64>) -> Mark {
    let shown = step
        .candidates
        .iter()
        .filter_map(|candidate| Some((candidate.share, value(candidate)?, candidate.accepted)));
    let shown: Vec<(f64, f64, bool)> = shown.collect();
    Mark::new("", move |placed| {
        shown
            .iter()
            .try_for_each(|&(x, y, accepted)| ring(placed, (x, y), accepted, pen.color))
    })
}

/// A disc, or a ring.
fn ring(
    placed: &Placed<'_>,
    (x, y): (f64, f64),
    full: bool,
    color: RGBAColor,
) -> super::canvas::Painted {
    let radius = if full { 2.6 } else { 1.7 } * placed.size.line;
    placed.dot(x, y, radius, color)?;
    match full {
        true => Ok(()),
        false => placed.dot(x, y, 0.6 * radius, PAPER.to_rgba()),
    }
}

/// How far conjugate gradients got.
fn residual(step: &Dissection, pen: Pen) -> Block {
    let points = step.conjugate_gradient.residuals.iter().enumerate();
    let points: Vec<(f64, f64)> = points.map(|(k, &r)| (k as f64, r)).collect();
    let last = points.last().map_or(1.0, |point| point.0.max(1.0));
    let scale = Scale::log(points.iter().map(|point| point.1).chain([UNSOLVED]));
    let mut panel = Panel {
        tall: Tall::Share(0.72, 62.0, 150.0),
        x: whole("CG iteration", 0.0, last),
        y: Axis::round("", scale, Name::Number),
        strip: 0.0,
        marks: vec![
            Mark::level(UNSOLVED, ""),
            Mark::line("", points.clone(), pen),
        ],
        series: vec![Series::of_points("relative residual", &points)],
    };
    panel.marks.push(dots(points, pen));
    Block {
        title: "CG residual".to_owned(),
        subtitle: String::new(),
        panels: vec![panel],
    }
}

/// What conjugate gradients saw of the spectrum.
fn ritz(step: &Dissection, pen: Pen) -> Block {
    let values = step.conjugate_gradient.ritz_values.iter().enumerate();
    let points: Vec<(f64, f64)> = values.map(|(k, &value)| (k as f64 + 1.0, value)).collect();
    let last = points.last().map_or(1.0, |point| point.0);
    let scale = Scale::log(points.iter().map(|point| point.1));
    Block {
        title: "Ritz values of F + cI".to_owned(),
        subtitle: String::new(),
        panels: vec![Panel {
            tall: Tall::Share(0.72, 62.0, 150.0),
            x: whole("Number, ascending", 0.5, last + 0.5),
            y: Axis::round("", scale, Name::Number),
            strip: 0.0,
            series: vec![Series::of_points("Ritz value", &points)],
            marks: vec![dots(points, pen)],
        }],
    }
}

/// An axis of whole numbers.
fn whole(name: &str, low: f64, high: f64) -> Axis {
    let every = ((high - low) / 6.0).ceil().max(1.0) as usize;
    let numbers = (low.ceil() as usize..=high as usize).step_by(every);
    let ticks = numbers.map(|number| (number as f64, number.to_string()));
    Axis {
        ticks: Ticks::Named(ticks.collect()),
        ..Axis::round(name, Scale::exactly(low, high), Name::Number)
    }
}

fn dots(points: Vec<(f64, f64)>, pen: Pen) -> Mark {
    Mark::new("", move |placed| {
        let radius = 1.4 * placed.size.line;
        points
            .iter()
            .try_for_each(|&(x, y)| placed.dot(x, y, radius, pen.color))
    })
}

fn caption(step: &Dissection, label: &str) -> String {
    let taken = match step.candidates.iter().find(|candidate| candidate.accepted) {
        Some(one) => format!(
            "The filled mark is the policy with which the run went on, after {}",
            count(one.j, "backtrack")
        ),
        None => "No candidate was accepted".to_owned(),
    };
    format!(
        "Update {} of {label} on {}, seed {}, of experiments/{}.toml, made again and measured along \
         the natural gradient, from the old policy (0) over the full step (1), which the quadratic \
         model puts at the radius, to half as far again. Surrogate L in {}, and its linear model; \
         mean KL divergence over the {} rows of the batch, and its quadratic model without and with \
         the damping; both as the step itself measures them. {taken}; rings are the other shares that \
         the line search tries or would. True return: of each policy above that of the old one, {} of each from the same first states, \
         acting by its {}. Below: relative residual of the conjugate gradient by iteration, and \
         the Ritz values of its coefficients, which approximate the eigenvalues of F + cI.",
        step.update,
        step.task,
        step.seed,
        step.experiment,
        step.surrogate_unit,
        number(step.rows as f64, 0),
        count(step.returns.episodes, "episode"),
        step.returns.acting,
    )
}

fn alt(step: &Dissection, label: &str) -> String {
    match step.candidates.iter().find(|candidate| candidate.accepted) {
        Some(one) => format!(
            "{label} on {}, update {}: {} accepted, with a mean KL of {} within δ = {}.",
            step.task,
            step.update,
            match one.j {
                0 => "the full step".to_owned(),
                _ => format!("{} of the full step", short(one.share)),
            },
            one.kl_mean
                .map_or_else(|| "unknown".to_owned(), |kl| number(kl, 4)),
            step.delta
        ),
        None => format!(
            "{label} on {}, update {}: no step was accepted.",
            step.task, step.update
        ),
    }
}
