//! What it costs to change one setting, by algorithm.

use plotters::style::Color;

use super::FigureError;
use super::canvas::Pen;
use super::data::Drawn;
use super::kind::{Kind, Of, View};
use super::picture::{Axis, Block, Mark, Panel, Picture};
use super::scale::{Name, Scale};
use super::score_intervals::{add, rows};
use super::style::SOFT_INK;
use crate::format::{list, number};
use crate::stats::{Difference, Estimate};
use crate::summary::changes::{Cost, Costs, Family, families};

pub(super) const KIND: Kind = Kind {
    name: "changes",
    needs: "variants that each change one setting of another, and tasks with references",
    of: Of::Comparisons,
    make: picture,
};

/// The changes of one algorithm, by the rows of the figure.
struct Column {
    title: String,
    base: String,
    look: Drawn,
    costs: Vec<Option<Cost>>,
}

fn picture(view: &View<'_>) -> Result<Option<Picture>, FigureError> {
    let summary = view.summary;
    let families = families(&summary.manifest);
    let costs = Costs::of(&summary.manifest, &summary.scores)?;
    let mut names: Vec<&str> = Vec::new();
    for change in families.iter().flat_map(|family| &family.changes) {
        if !names.contains(&change.name.as_str()) {
            names.push(&change.name);
        }
    }
    let column = |family: &Family| {
        let (label, pen) = summary.family(&family.algorithm);
        let cost = |name: &&str| {
            let mut changes = family.changes.iter();
            let change = changes.find(|change| change.name == *name)?;
            costs.between(&family.base, &change.variant)
        };
        Column {
            title: label.clone(),
            base: summary.label(&family.base),
            look: Drawn {
                id: family.algorithm.clone(),
                label,
                pen: Pen { dash: &[], ..pen },
            },
            costs: names.iter().map(cost).collect(),
        }
    };
    let columns: Vec<Column> = families.iter().map(column).collect();
    let found = columns.iter().flat_map(|column| &column.costs).flatten();
    let ends: Vec<f64> = found
        .flat_map(|cost| {
            let whole = shown(&cost.over_tasks);
            let tasks = cost.tasks.iter().map(|task| task.point);
            [whole.low, whole.high].into_iter().flatten().chain(tasks)
        })
        .collect();
    if ends.is_empty() {
        return Ok(None);
    }
    let scale = Scale::linear(ends.into_iter().chain([0.0]));
    let names: Vec<String> = names.iter().map(|name| words(name)).collect();
    let blocks = columns.iter().map(|column| Block {
        title: column.title.clone(),
        subtitle: String::new(),
        panels: vec![panel(column, &names, scale)],
    });
    let bases: Vec<&str> = columns.iter().map(|column| column.base.as_str()).collect();
    Ok(Some(Picture {
        name: KIND.name.to_owned(),
        title: "What one change does".to_owned(),
        caption: format!(
            "Normalised score with one setting changed less that without, {}, seed by seed, on {} \
             Upright marks: mean over tasks; bars: its 95% t interval; grey dots: each task.",
            list(&bases),
            summary.sample()
        ),
        alt: alt(&columns, &names),
        blocks: blocks.collect(),
        columns: 3,
        x_name: "Change of the normalised score".to_owned(),
        keys: Vec::new(),
        note: format!(
            "{}; mark: mean over tasks; bar: 95% t interval; dots: tasks",
            summary.n()
        ),
    }))
}

fn panel(column: &Column, names: &[String], scale: Scale) -> Panel {
    let mut panel = rows(names, Axis::round("", scale, Name::Number));
    panel.marks.push(Mark::upright(0.0));
    for (row, cost) in column.costs.iter().enumerate() {
        let Some(cost) = cost else { continue };
        add(&mut panel, shown(&cost.over_tasks), row, &column.look, None);
        let tasks: Vec<f64> = cost.tasks.iter().map(|task| task.point).collect();
        panel.marks.push(Mark::new(&column.look.id, move |placed| {
            let radius = 0.16 * placed.size.tick;
            let y = row as f64 + 0.5;
            let mut tasks = tasks.iter();
            tasks.try_for_each(|x| placed.dot(*x, y, radius, SOFT_INK.to_rgba()))
        }));
    }
    panel
}

fn shown(difference: &Difference) -> Estimate {
    let ends = difference.interval(0.025);
    Estimate {
        point: difference.point,
        low: Some(ends.low),
        high: Some(ends.high),
    }
}

/// A change as a row is called: without the names of groups.
fn words(name: &str) -> String {
    let keys = name.split(", ").map(|change| {
        let (key, value) = change.split_once(' ').unwrap_or((change, ""));
        let key = key.rsplit('.').next().unwrap_or(key);
        let words = format!("{key} {value}").replace('_', " ");
        words.trim_end().to_owned()
    });
    keys.collect::<Vec<_>>().join(", ")
}

/// The change that costs most, of every algorithm.
fn alt(columns: &[Column], names: &[String]) -> String {
    let worst = columns.iter().filter_map(|column| {
        let rows = names.iter().zip(&column.costs);
        let known = rows.filter_map(|(name, cost)| Some((name, cost.as_ref()?.over_tasks.point)));
        let (name, point) = known.min_by(|(_, x), (_, y)| x.total_cmp(y))?;
        Some(format!("{} {name} ({})", column.title, number(point, 3)))
    });
    let worst: Vec<String> = worst.collect();
    format!("The change that costs most: {}.", list(&worst))
}
