//! What an update costs: the policy step, in which algorithms differ, and after it
//! the parts that they share.

use plotters::style::{Color, RGBAColor, RGBColor};

use super::FigureError;
use super::data::{Drawn, Summary};
use super::kind::{Kind, Of, View};
use super::picture::{Axis, Block, Key, Mark, Panel, Picture, Sample, Series, Value};
use super::sample_efficiency::columns;
use super::scale::{Name, Scale};
use super::score_intervals::rows;
use super::style::SOFT_INK;
use crate::algo::Part;
use crate::format::{list, number};

pub(super) const KIND: Kind = Kind {
    name: "cost",
    needs: "times measured on a machine that was not busy",
    of: Of::Comparisons,
    make: picture,
};

/// The parts that all algorithms share, from left to right.
const SHARED: [(Part, &str, RGBColor); 3] = [
    (Part::Critic, "critic", RGBColor(0x8C, 0x8C, 0x8C)),
    (Part::Collect, "collection", RGBColor(0xC4, 0xC4, 0xC4)),
    (Part::Advantages, "advantages", RGBColor(0x50, 0x50, 0x50)),
];

fn picture(view: &View<'_>) -> Result<Option<Picture>, FigureError> {
    let summary = view.summary;
    let known = |env: &str, variant: &str| summary.cost(env, variant, Part::Policy).is_some();
    let variants = summary.shown(known);
    let tasks = summary.tasks_with(&variants, known);
    if tasks.is_empty() {
        return Ok(None);
    }
    // One scale, so that tasks can be compared.
    let cells = tasks
        .iter()
        .flat_map(|env| variants.iter().map(move |v| (env, v)));
    let totals = cells.map(|(env, variant)| {
        let parts = parts(summary, env, variant);
        parts.iter().map(|part| part.0).sum::<f64>()
    });
    let scale = Scale::exactly(0.0, 1.05 * totals.fold(1e-9, f64::max));
    let blocks: Vec<Block> = (tasks.iter())
        .map(|env| Block {
            title: env.clone(),
            subtitle: String::new(),
            panels: vec![panel(summary, env, &variants, scale)],
        })
        .collect();
    let first = variants.first().map_or(SOFT_INK.to_rgba(), |v| v.pen.color);
    let mut keys = vec![Key::new(
        "",
        "policy step (in the colour of the algorithm)",
        Sample::Area(first),
    )];
    keys.extend(SHARED.map(|(_, name, color)| Key::new("", name, Sample::Area(color.to_rgba()))));
    Ok(Some(Picture {
        name: KIND.name.to_owned(),
        title: "What an update costs".to_owned(),
        caption: format!(
            "Wall time of one update by part on {} Medians over seeds, measured while the runs \
             were made, on {}. Updates are of {} environment steps{}. Times are no function \
             of configuration and seed: they differ from machine to machine.{}",
            summary.sample(),
            summary.machine(),
            summary.batches(),
            match summary.varies() {
                true => {
                    "; where updates vary in length, the time is that of as many steps as \
                     `batch` says, rollouts among them"
                }
                false => "",
            },
            summary.left_out_as_busy()
        ),
        alt: alt(summary, &tasks, &variants),
        blocks,
        columns: columns(tasks.len()),
        x_name: "Time of an update (ms)".to_owned(),
        keys,
        note: format!(
            "{}; bars: medians, which differ from machine to machine",
            summary.n()
        ),
    }))
}

/// Milliseconds of a part.
fn time(summary: &Summary, env: &str, variant: &str, part: Part) -> Option<f64> {
    Some(1e3 * summary.cost(env, variant, part)?.median)
}

/// Milliseconds and colours of the parts of an update, the policy step first.
fn parts(summary: &Summary, env: &str, variant: &Drawn) -> Vec<(f64, RGBAColor)> {
    let of = |part, color: RGBAColor| Some((time(summary, env, &variant.id, part)?, color));
    let own = of(Part::Policy, variant.pen.color);
    let shared = SHARED.iter();
    let shared = shared.map(|(part, _, color)| of(*part, color.to_rgba()));
    std::iter::once(own).chain(shared).flatten().collect()
}

/// Parts one after another.
fn panel(summary: &Summary, env: &str, variants: &[Drawn], scale: Scale) -> Panel {
    let names = variants.iter().map(|variant| variant.label.clone());
    let names: Vec<String> = names.collect();
    let mut panel = rows(&names, Axis::round("", scale, Name::Number));
    for (row, variant) in variants.iter().enumerate() {
        let (y, parts) = (row as f64 + 0.5, parts(summary, env, variant));
        let Some(policy) = summary.cost(env, &variant.id, Part::Policy) else {
            continue;
        };
        panel.series.push(Series {
            id: variant.id.clone(),
            label: format!("{}, policy step", variant.label),
            across: true,
            values: vec![Value {
                x: 1e3 * policy.median,
                y,
                low: Some(1e3 * policy.q25),
                high: Some(1e3 * policy.q75),
                n: Some(policy.n),
            }],
        });
        panel.marks.push(Mark::new(&variant.id, move |placed| {
            let mut from = 0.0;
            for (time, color) in &parts {
                placed.span((from, from + time), y, 0.6 * placed.size.tick, *color)?;
                from += time;
            }
            Ok(())
        }));
    }
    panel
}

fn alt(summary: &Summary, tasks: &[String], variants: &[Drawn]) -> String {
    let task = |env: &String| {
        let times = variants.iter().filter_map(|variant| {
            let time = time(summary, env, &variant.id, Part::Policy)?;
            Some(format!("{} {} ms", variant.label, number(time, 1)))
        });
        format!("{env}: {}", list(&times.collect::<Vec<_>>()))
    };
    let tasks: Vec<String> = tasks.iter().map(task).collect();
    format!("Median time of the policy step. {}.", tasks.join("; "))
}
