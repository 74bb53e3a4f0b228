//! The trust region: how far every update went, in the mean and at the state where
//! it went farthest, against how far it may go.

use super::FigureError;
use super::data::{Drawn, Radius, Summary};
use super::facets::{Facet, Span, columns as side_by_side, line};
use super::kind::{Kind, Of, View};
use super::panel::LEVEL;
use super::picture::{Block, Key, Mark, Picture};
use crate::algo::step::{KL_MAX, KL_MEAN};
use crate::columns::Column;
use crate::format::{list, number};

pub(super) const KIND: Kind = Kind {
    name: "trust_region",
    needs: "updates that record their divergence, and at most eight variants",
    of: Of::Comparisons,
    make: picture,
};

/// Both on one scale: the farthest state against the mean.
const FACETS: [Facet; 2] = [
    line(KL_MEAN, "Mean KL", Span::Logarithmic),
    line(KL_MAX, "Largest KL", Span::Logarithmic),
];

/// The columns that the figure reads.
pub(super) fn columns() -> impl Iterator<Item = Column> {
    FACETS.iter().flat_map(Facet::columns)
}

/// Points of the line of a radius that falls.
const FALL: u32 = 200;

fn picture(view: &View<'_>) -> Result<Option<Picture>, FigureError> {
    let summary = view.summary;
    let tasks = &summary.manifest.tasks;
    let variants =
        summary.shown(|env, variant| !summary.updates(env, variant, KL_MEAN.name).is_empty());
    if variants.is_empty() {
        return Ok(None);
    }
    let radii = tasks.iter().flat_map(|env| summary.radii(env));
    let radii: Vec<Radius> = radii.collect();
    let deltas: Vec<f64> = radii.iter().map(|radius| radius.delta).collect();
    let is_same = deltas.iter().all(|delta| Some(delta) == deltas.first());
    let scales = FACETS.map(|facet| facet.scale(summary, &variants, &deltas));
    let scale = scales[0].joined(scales[1]);
    let blocks = tasks.iter().map(|env| Block {
        title: env.clone(),
        subtitle: String::new(),
        panels: (FACETS.iter())
            .map(|facet| {
                let mut panel = facet.panel(summary, env, &variants, scale);
                panel.marks.extend(levels(summary, env, is_same));
                panel
            })
            .collect(),
    });
    let banded = summary.manifest.seeds.len() > 1;
    let mut keys: Vec<Key> = (variants.iter())
        .map(|variant| Key::line(&variant.id, &variant.label, variant.pen, banded))
        .collect();
    let falls = radii.iter().any(|radius| radius.annealed);
    if let Some(first) = deltas.first() {
        let name = match (is_same, falls) {
            (true, false) => format!("δ = {first}"),
            (true, true) => format!("δ from {first}, which falls where it is annealed"),
            (false, false) => "δ".to_owned(),
            (false, true) => "δ, which falls where it is annealed".to_owned(),
        };
        keys.push(Key::line("", name, LEVEL, false));
    }
    let outside = outside(summary, &variants);
    let note = match outside.is_empty() {
        true => format!("{}; line: median; band: quartiles", summary.n()),
        false => format!(
            "{}; line: median; band: quartiles; updates outside δ: {}",
            summary.n(),
            outside.join(", ")
        ),
    };
    Ok(Some(Picture {
        name: KIND.name.to_owned(),
        title: "The trust region".to_owned(),
        caption: caption(summary, banded, falls),
        alt: alt(summary, &variants, &outside),
        blocks: blocks.collect(),
        columns: side_by_side(tasks.len()),
        x_name: "Environment steps".to_owned(),
        keys,
        note,
    }))
}

/// The trust radii of a task as levels, or as they fall.
fn levels(summary: &Summary, env: &str, is_same: bool) -> Vec<Mark> {
    let steps = summary.steps(env);
    let level = |Radius { delta, annealed }: Radius| {
        if !annealed {
            // Where all are the same, the legend says it.
            let name = if is_same {
                String::new()
            } else {
                format!("δ = {delta}")
            };
            return Mark::level(delta, &name);
        }
        let shares = (0..FALL).map(|i| f64::from(i) / f64::from(FALL));
        let fall = shares.map(|share| (share * steps, delta * (1.0 - share)));
        let fall: Vec<(f64, f64)> = fall.collect();
        Mark::new("", move |placed| {
            let seen = fall.iter().copied();
            let seen = seen.take_while(|&(_, delta)| placed.y.position(delta) > 0.0);
            placed.line(&seen.collect::<Vec<_>>(), LEVEL)
        })
    };
    summary.radii(env).into_iter().map(level).collect()
}

/// Which share of the updates of every variant left the radius: `PPO 7.4%`.
fn outside(summary: &Summary, variants: &[Drawn]) -> Vec<String> {
    let share = |variant: &Drawn| {
        let share = summary.share_outside(&variant.id)?;
        Some(format!("{} {}%", variant.label, number(100.0 * share, 1)))
    };
    variants.iter().filter_map(share).collect()
}

fn caption(summary: &Summary, banded: bool, falls: bool) -> String {
    let band = match banded {
        true => "Lines: median over seeds; bands: quartiles.",
        false => "Lines: median over seeds.",
    };
    let falls = match falls {
        true => "; where TRPO is annealed, it falls to 0 over the run",
        false => "",
    };
    format!(
        "KL divergence from the old policy to the new one, mean and largest over the states of the \
         batch, both on one scale, of every update on {} {band} Dashed: the trust radius δ, which \
         bounds the mean divergence of TRPO's updates, and which PPO and VPG do not know{falls}. \
         No smoothing; a divergence of 0 lies at the lower edge. {}",
        summary.sample(),
        largest(summary)
    )
}

/// The largest mean divergence of every variant, in words.
fn largest(summary: &Summary) -> String {
    let manifest = &summary.manifest;
    let parts = manifest.variants.iter().filter_map(|variant| {
        let tasks = manifest.tasks.iter();
        let rows = tasks.flat_map(|env| summary.updates(env, variant, KL_MEAN.name));
        let largest = rows.filter_map(|row| row.max).max_by(f64::total_cmp)?;
        Some(format!("{} {largest:.3}", summary.label(variant)))
    });
    let parts: Vec<String> = parts.collect();
    format!(
        "Largest mean divergence of any update of any seed: {}.",
        parts.join("; ")
    )
}

fn alt(summary: &Summary, variants: &[Drawn], outside: &[String]) -> String {
    match outside.is_empty() {
        true => {
            let names: Vec<&str> = variants.iter().map(|v| v.label.as_str()).collect();
            format!(
                "KL divergence of every update of {}. {}",
                list(&names),
                largest(summary)
            )
        }
        false => format!(
            "Share of updates that leave the trust radius: {}.",
            list(outside)
        ),
    }
}
