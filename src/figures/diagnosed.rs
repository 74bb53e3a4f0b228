//! What diagnostics found in the runs, by variant and task.

use super::FigureError;
use super::data::{Drawn, Summary};
use super::kind::{Kind, Of, View};
use super::picture::{Axis, Block, Mark, Panel, Picture};
use super::scale::{Name, Scale};
use super::score_intervals::{add, rows};
use crate::diagnostics::{self, Quantity};
use crate::experiment::diagnostic::Asked;
use crate::format::{capital, count, list, number};
use crate::stats::{Estimate, mean, t_interval};

pub(super) const KIND: Kind = Kind {
    name: "diagnosed",
    needs: "a diagnostic",
    of: Of::All,
    make: picture,
};

fn picture(view: &View<'_>) -> Result<Option<Picture>, FigureError> {
    let summary = view.summary;
    let drawn = drawn(summary);
    let has = |env: &str, variant: &str| {
        drawn
            .iter()
            .any(|quantity| !values(summary, *quantity, env, variant).is_empty())
    };
    let variants = summary.shown(has);
    let tasks = summary.tasks_with(&variants, has);
    if tasks.is_empty() {
        return Ok(None);
    }
    let scales = drawn
        .iter()
        .map(|quantity| scale(summary, &drawn, quantity.unit));
    let scales: Vec<Scale> = scales.collect();
    let blocks = tasks.iter().flat_map(|env| {
        drawn.iter().zip(&scales).map(|(quantity, scale)| Block {
            title: env.clone(),
            subtitle: heading(*quantity),
            panels: vec![panel(summary, *quantity, (env, &variants), *scale)],
        })
    });
    let meanings = drawn
        .iter()
        .map(|quantity| format!("{}: {}", heading(*quantity), quantity.meaning));
    Ok(Some(Picture {
        name: KIND.name.to_owned(),
        title: "What was found in the runs".to_owned(),
        caption: format!(
            "{}. {} Marks: mean over the runs in which it could be told, at every update that was \
             looked at; bars: its 95% t interval, of five runs and more.",
            capital(&meanings.collect::<Vec<_>>().join("; ")),
            summary.sample()
        ),
        alt: alt(summary, &drawn, &tasks, &variants),
        blocks: blocks.collect(),
        columns: drawn.len(),
        x_name: String::new(),
        keys: Vec::new(),
        note: format!("{}; mark: mean over runs; bar: 95% t interval", summary.n()),
    }))
}

/// What the diagnostics of the experiment draw.
fn drawn(summary: &Summary) -> Vec<Quantity> {
    let asked = summary.manifest.analysis.diagnostics.iter();
    let found = asked.filter_map(|asked: &Asked| diagnostics::find(&asked.name));
    found
        .flat_map(|found| found.drawn().iter().copied())
        .collect()
}

/// A name of few words.
fn heading(quantity: Quantity) -> String {
    capital(&quantity.name.replace('_', " "))
}

/// A number of every run.
fn values(summary: &Summary, quantity: Quantity, env: &str, variant: &str) -> Vec<f64> {
    let rows = summary.diagnosed.iter();
    let its = rows.filter(|row| {
        (
            row.quantity.as_str(),
            row.env.as_str(),
            row.variant.as_str(),
        ) == (quantity.name, env, variant)
    });
    let mut of_runs: Vec<(u64, Vec<f64>)> = Vec::new();
    for (seed, value) in its.filter_map(|row| Some((row.seed, row.value?))) {
        match of_runs.iter_mut().find(|(known, _)| *known == seed) {
            Some((_, values)) => values.push(value),
            None => of_runs.push((seed, vec![value])),
        }
    }
    of_runs
        .iter()
        .filter_map(|(_, values)| mean(values))
        .collect()
}

fn estimate(values: &[f64]) -> Option<Estimate> {
    let interval = t_interval(values, 0.025).filter(|_| values.len() >= 5);
    Some(Estimate {
        point: mean(values)?,
        low: interval.map(|ends| ends.low),
        high: interval.map(|ends| ends.high),
    })
}

/// One scale for all tasks, and for all quantities of one unit.
fn scale(summary: &Summary, drawn: &[Quantity], unit: &str) -> Scale {
    let same = drawn.iter().filter(|quantity| quantity.unit == unit);
    let cells = || summary.manifest.cells.iter();
    let estimates = same.flat_map(|quantity| {
        cells().filter_map(|cell| estimate(&values(summary, *quantity, &cell.env, &cell.variant)))
    });
    let ends = estimates.flat_map(|found| [Some(found.point), found.low, found.high]);
    let ends = ends.flatten().chain([0.0]);
    match unit {
        "share" => Scale::exactly(0.0, (1.08 * ends.fold(0.01, f64::max)).min(1.0)),
        _ => Scale::linear(ends),
    }
}

fn panel(
    summary: &Summary,
    quantity: Quantity,
    (env, variants): (&str, &[Drawn]),
    scale: Scale,
) -> Panel {
    let names: Vec<String> = variants.iter().map(|look| look.label.clone()).collect();
    let name = match quantity.unit {
        "share" => Name::Percent,
        _ => Name::Number,
    };
    let mut panel = rows(&names, Axis::round("", scale, name));
    panel.marks.push(Mark::upright(0.0));
    for (row, look) in variants.iter().enumerate() {
        let values = values(summary, quantity, env, &look.id);
        if let Some(found) = estimate(&values) {
            add(&mut panel, found, row, look, Some(values.len() as u64));
        }
    }
    panel
}

/// The first quantity, over all.
fn alt(summary: &Summary, drawn: &[Quantity], tasks: &[String], variants: &[Drawn]) -> String {
    let Some(first) = drawn.first() else {
        return String::new();
    };
    let task = |env: &String| {
        let told = variants.iter().filter_map(|look| {
            let mean = mean(&values(summary, *first, env, &look.id))?;
            Some(match first.unit {
                "share" => format!("{} {}%", look.label, number(100.0 * mean, 1)),
                _ => format!("{} {}", look.label, number(mean, 3)),
            })
        });
        format!("{env}: {}", list(&told.collect::<Vec<_>>()))
    };
    let tasks: Vec<String> = tasks.iter().map(task).collect();
    format!(
        "{} of {}. {}.",
        heading(*first),
        count(variants.len(), "variant"),
        tasks.join("; ")
    )
}
