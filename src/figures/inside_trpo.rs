//! Inside the TRPO step: whether its quadratic model, its conjugate gradient
//! and its line search do what they are there for.

use plotters::style::RGBAColor;

use super::FigureError;
use super::canvas::Pen;
use super::data::{Drawn, Summary};
use super::facets::{Facet, Span, columns as side_by_side, line};
use super::kind::{Kind, Of, View};
use super::palette::family;
use super::panel::LEVEL;
use super::picture::{Block, Key, Picture};
use super::scale::Scale;
use super::style::{DASHES, INK};
use crate::algo::StepLimit;
use crate::algo::natural::{CG_RESIDUAL, EXPECTED_IMPROVEMENT};
use crate::algo::step::{IMPROVEMENT, OUTCOME};
use crate::algo::trpo::BACKTRACKS;
use crate::columns::Column;
use crate::experiment::manifest::Manifest;
use crate::format::{list, number};

pub(super) const KIND: Kind = Kind {
    name: "inside_trpo",
    needs: "a variant whose steps stay inside a trust region, and at most eight variants",
    of: Of::Comparisons,
    make: picture,
};

/// Above this residual conjugate gradients have not solved F x = g.
const UNSOLVED: f64 = 0.1;

/// The improvement that the gradient promises.
const EXPECTED: Pen = Pen {
    color: RGBAColor(INK.0, INK.1, INK.2, 1.0),
    width: 0.7,
    dash: DASHES[1],
};

/// The rows of panels, from above.
const FACETS: &[Facet] = &[
    Facet {
        beside: Some((EXPECTED_IMPROVEMENT, EXPECTED)),
        ..line(IMPROVEMENT, "Gain in L", Span::Around)
    },
    line(BACKTRACKS, "Backtracks", Span::From0(1.0)),
    Facet {
        level: Some((UNSOLVED, "0.1, above which F x = g is not solved")),
        ..line(CG_RESIDUAL, "CG residual", Span::Logarithmic)
    },
    Facet {
        word: Some("line_search_failed"),
        ..line(OUTCOME, "Failed", Span::From0(0.1))
    },
];

/// The columns that the figure reads.
pub(super) fn columns() -> impl Iterator<Item = Column> {
    FACETS.iter().flat_map(Facet::columns)
}

/// The variant that is shown: of those whose steps stay inside the trust region
/// the one that bears the name of its algorithm, or else the first.
pub(super) fn variant(manifest: &Manifest) -> Option<&String> {
    let stays_inside = |variant: &&String| {
        let mut cells = manifest.cells.iter();
        let cell = cells.find(|cell| cell.variant == **variant);
        cell.is_some_and(|cell| cell.config.algorithm.step_limit() == Some(StepLimit::TrustRegion))
    };
    let bears_its_name = |variant: &&String| family(manifest, variant) == *variant;
    let all = || manifest.variants.iter().filter(stays_inside);
    all().find(bears_its_name).or_else(|| all().next())
}

fn picture(view: &View<'_>) -> Result<Option<Picture>, FigureError> {
    let summary = view.summary;
    let tasks = &summary.manifest.tasks;
    let look = variant(&summary.manifest).and_then(|variant| summary.look(variant));
    let Some(look) = look else {
        return Ok(None);
    };
    let has_updates = |env: &String| {
        !summary
            .updates(env, &look.id, EXPECTED_IMPROVEMENT.name)
            .is_empty()
    };
    if !tasks.iter().any(has_updates) {
        return Ok(None);
    }
    let variants = [Drawn {
        pen: Pen {
            dash: &[],
            ..look.pen
        },
        ..look.clone()
    }];
    let shown: Vec<&Facet> = (FACETS.iter())
        .filter(|facet| facet.has_content(summary, &variants))
        .collect();
    let name = &look.label;
    Ok(Some(Picture {
        name: KIND.name.to_owned(),
        title: format!("Inside the {name} step"),
        caption: caption(summary, name, &shown),
        alt: alt(view, look),
        blocks: blocks(summary, &variants, &shown),
        columns: side_by_side(tasks.len()),
        x_name: "Environment steps".to_owned(),
        keys: keys(summary, &variants[0], &shown),
        note: format!(
            "{}; line: median, of backtracks the mean; band: quartiles; gain in L in standard \
             deviations of the advantage where it is normalised",
            summary.n()
        ),
    }))
}

fn blocks(summary: &Summary, variants: &[Drawn], shown: &[&Facet]) -> Vec<Block> {
    let scales = shown
        .iter()
        .map(|facet| facet.scale(summary, variants, &[]));
    let scales: Vec<Scale> = scales.collect();
    let panels = |env: &str| {
        let facets = shown.iter().zip(&scales);
        let panels = facets.map(|(facet, scale)| facet.panel(summary, env, variants, *scale));
        panels.collect()
    };
    let tasks = summary.manifest.tasks.iter();
    let block = |env: &String| Block {
        title: env.clone(),
        subtitle: String::new(),
        panels: panels(env),
    };
    tasks.map(block).collect()
}

fn keys(summary: &Summary, look: &Drawn, shown: &[&Facet]) -> Vec<Key> {
    let banded = summary.manifest.seeds.len() > 1;
    let actual = format!("{}, actual", look.label);
    let mut keys = vec![
        Key::line(&look.id, actual, look.pen, banded),
        Key::line("", "expected from the gradient", EXPECTED, false),
    ];
    let levels = shown.iter().filter_map(|facet| facet.level);
    keys.extend(levels.map(|(_, name)| Key::line("", name, LEVEL, false)));
    keys
}

fn caption(summary: &Summary, name: &str, shown: &[&Facet]) -> String {
    let never = match shown.iter().any(|facet| facet.word.is_some()) {
        true => "share of seeds whose line search found no step",
        false => "no line search failed, so that there is no panel of failures",
    };
    format!(
        "Every update of {name} on {} From above: improvement of the surrogate L, in advantages of \
         unit variance where they are normalised, actual and as expected from its gradient; number \
         of times that the accepted step was shortened; relative residual of the conjugate gradient, \
         above 0.1 of which F x = g is not solved; {never}. Lines: median over seeds (backtracks: \
         mean over those with an accepted step); bands: quartiles, cut off where they leave the \
         panel. No smoothing.",
        summary.sample()
    )
}

/// The median residuals.
fn alt(view: &View<'_>, look: &Drawn) -> String {
    let summary = view.summary;
    let residuals = summary.statistics.residuals.iter();
    let own = residuals.filter(|r| r.variant == look.id && summary.manifest.tasks.contains(&r.env));
    let said = own.map(|residual| format!("{} on {}", number(residual.median, 4), residual.env));
    let said: Vec<String> = said.collect();
    format!(
        "Median relative residual of the conjugate gradient of {}: {}.",
        look.label,
        list(&said)
    )
}
