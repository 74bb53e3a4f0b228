//! Figures 1 and 2 of Schulman et al. 2017: one term of the clipped surrogate against
//! the ratio, and the surrogates from the old parameters past the new ones.

use plotters::style::{Color, RGBAColor};

use super::FigureError;
use super::canvas::Pen;
use super::kind::{Kind, Of, View};
use super::picture::{Axis, Block, Key, Mark, Panel, Picture, Series, Tall};
use super::scale::{Name, Scale};
use super::style::{DASHES, INK, SOFT_INK};
use crate::dissect::{Interpolated, Interpolation, Term};
use crate::format::{count, list, number, short};

pub(super) const KIND: Kind = Kind {
    name: "interpolation",
    needs: "a step of PPO that `trpo-lab dissect` has written down",
    of: Of::Comparisons,
    make: picture,
};

const fn pen(color: RGBAColor, width: f64, dash: &'static [f64]) -> Pen {
    Pen { color, width, dash }
}

/// A line of the interpolation: what it is called, how it is drawn, its values.
type Line = (&'static str, Pen, fn(&Interpolated) -> f64);

/// The clipped surrogate last, and so on top.
fn lines(own: Pen) -> [Line; 4] {
    let ink = INK.to_rgba();
    [
        (
            "mean KL",
            pen(SOFT_INK.to_rgba(), 0.9, DASHES[3]),
            |point| point.kl_mean,
        ),
        ("clip(r) A", pen(ink, 0.75, DASHES[2]), |point| {
            point.clipped
        }),
        ("r A: not clipped", pen(ink, 0.75, DASHES[1]), |point| {
            point.surrogate
        }),
        ("min(r A, clip(r) A): PPO's", own, |point| point.minimum),
    ]
}

fn picture(view: &View<'_>) -> Result<Option<Picture>, FigureError> {
    let steps = &view.interpolations;
    let Some(first) = steps.first() else {
        return Ok(None);
    };
    let look = |step: &Interpolation| {
        let look = view.summary.look(&step.variant);
        let color = look.map_or(INK.to_rgba(), |look| look.pen.color);
        pen(color, 1.0, &[])
    };
    let own = look(first);
    let mut blocks = vec![
        term("One term, A > 0", first, own, |term| term.positive),
        term("One term, A < 0", first, own, |term| term.negative),
    ];
    blocks.extend(steps.iter().map(|step| interpolated(step, look(step))));
    let keys = lines(own).into_iter().rev();
    Ok(Some(Picture {
        name: KIND.name.to_owned(),
        title: "PPO's objective: one term, and along a step".to_owned(),
        caption: caption(steps),
        alt: alt(first),
        blocks,
        columns: 3,
        x_name: String::new(),
        keys: keys
            .map(|(label, pen, _)| Key::line("", label, pen, false))
            .collect(),
        note: format!(
            "{}; dashed upright: 1 − ε and 1 + ε, and where the step went; dot: the old policy, r = 1",
            count(steps.len(), "step")
        ),
    }))
}

fn panel(x: Axis, scale: Scale) -> Panel {
    Panel {
        tall: Tall::Share(0.72, 62.0, 150.0),
        x,
        y: Axis::round("", scale, Name::Number),
        strip: 0.0,
        marks: Vec::new(),
        series: Vec::new(),
    }
}

/// One term against the ratio.
fn term(title: &str, step: &Interpolation, own: Pen, value: fn(&Term) -> f64) -> Block {
    let points: Vec<(f64, f64)> = step
        .term
        .iter()
        .map(|term| (term.ratio, value(term)))
        .collect();
    let scale = Scale::linear(points.iter().map(|point| point.1).chain([0.0]));
    let x = Axis::round("Ratio r", Scale::exactly(0.0, 2.0), Name::Number);
    let mut panel = panel(x, scale);
    panel.marks = vec![
        Mark::upright(1.0 - step.clip),
        Mark::upright(1.0 + step.clip),
        Mark::line("", points.clone(), own),
    ];
    let here = points.iter().find(|point| point.0 == 1.0).copied();
    panel.marks.extend(here.map(|(x, y)| {
        Mark::new("", move |placed| {
            placed.dot(x, y, 2.2 * placed.size.line, own.color)
        })
    }));
    panel.series = vec![Series::of_points("one term", &points)];
    Block {
        title: title.to_owned(),
        subtitle: format!("ε = {}", short(step.clip)),
        panels: vec![panel],
    }
}

/// Surrogates and divergence along a step.
fn interpolated(step: &Interpolation, own: Pen) -> Block {
    let lines = lines(own).map(|(label, pen, value)| {
        let points = step.line.iter().map(|point| (point.factor, value(point)));
        (label, pen, points.collect::<Vec<(f64, f64)>>())
    });
    let all = lines.iter().flat_map(|line| &line.2).map(|point| point.1);
    let last = step.line.last().map_or(1.0, |point| point.factor.max(1.0));
    let x = Axis::round("Factor", Scale::exactly(0.0, last), Name::Number);
    let mut panel = panel(x, Scale::linear(all.chain([0.0])));
    panel.marks.push(Mark::upright(1.0));
    for (label, pen, points) in lines {
        panel.series.push(Series::of_points(label, &points));
        panel.marks.push(Mark::line("", points, pen));
    }
    Block {
        title: step.task.clone(),
        subtitle: format!(
            "{}, update {} of {}",
            step.variant, step.update, step.updates
        ),
        panels: vec![panel],
    }
}

/// The factor at which the clipped surrogate is largest.
fn best(step: &Interpolation) -> Option<&Interpolated> {
    let points = step.line.iter();
    points.max_by(|a, b| a.minimum.total_cmp(&b.minimum))
}

fn caption(steps: &[Interpolation]) -> String {
    let described = steps.iter().map(|step| {
        let widths: Vec<String> = step.hidden.iter().map(usize::to_string).collect();
        let layers = match widths.as_slice() {
            [] => "a linear policy".to_owned(),
            widths => format!("{} layers of {}", step.activation.name(), list(widths)),
        };
        format!(
            "update {} of {} on {}, seed {} ({layers}, {} rows, {})",
            step.update,
            step.variant,
            step.task,
            step.seed,
            number(step.rows as f64, 0),
            count(step.epochs, "epoch"),
        )
    });
    let described: Vec<String> = described.collect();
    format!(
        "After figures 1 and 2 of Schulman et al. 2017. Left: one term of the surrogate that PPO \
         maximises, min(r A, clip(r, 1 − ε, 1 + ε) A), against the ratio r, computed by the \
         function that training uses, for A = 1 and A = −1. Right: the surrogates and the mean KL \
         divergence in nats, at θ_old + c (θ_new − θ_old) for factors c from 0, the policy before \
         the step, over 1, the one after it, to 2.5: {}. Means are over the whole batch of the \
         update, whose advantages are normalised over it. The paper shows the first update on \
         Hopper-v1, with other networks and batches; what is shown here is not that step but one \
         of the same kind.",
        list(&described)
    )
}

fn alt(step: &Interpolation) -> String {
    let at = |what: &str, point: Option<&Interpolated>| {
        point.map_or_else(String::new, |point| {
            format!(
                "{what} {}, with a mean KL of {}",
                short(point.factor),
                number(point.kl_mean, 4)
            )
        })
    };
    format!(
        "On {}, the clipped surrogate is largest at {}; the step went to {}.",
        step.task,
        at("the factor", best(step)),
        at("the factor", step.taken()),
    )
}
