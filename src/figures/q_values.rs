//! Learning curves against Q-values: the other axis on which the vine is judged.

use super::FigureError;
use super::data::{Drawn, Summary};
use super::kind::{Kind, Of, View};
use super::picture::{Axis, Block, Curve, Key, Mark, Panel, Picture, Tall, Value};
use super::scale::{Name, Scale};
use crate::format::{list, number};
use crate::summary::curves::rule;

pub(super) const KIND: Kind = Kind {
    name: "q_values",
    needs: "a variant that records how many Q-values it uses",
    of: Of::Comparisons,
    make: picture,
};

fn picture(view: &View<'_>) -> Result<Option<Picture>, FigureError> {
    let summary = view.summary;
    let known = |env: &str, variant: &str| !summary.at_q_values(env, variant).is_empty();
    let variants = summary.shown(known);
    let tasks = summary.tasks_with(&variants, known);
    if tasks.is_empty() {
        return Ok(None);
    }
    let blocks = tasks.iter().map(|env| block(summary, env, &variants));
    let keys = variants.iter();
    let keys = keys.map(|variant| Key::line(&variant.id, &variant.label, variant.pen, true));
    Ok(Some(Picture {
        name: KIND.name.to_owned(),
        title: "Learning curves by Q-values".to_owned(),
        caption: format!(
            "Return against the Q-values that the surrogate was made of, on {} The vine tries \
             several actions in a state, each a Q-value that is paid for with the steps of its \
             rollouts; the others have one for every step. Algorithms without a surrogate use \
             none. Lines: mean over seeds, at their mean Q-values; bands: 95% percentile \
             bootstrap interval of the mean, which decides nothing. {}",
            summary.sample(),
            rule(&summary.manifest)
        ),
        alt: alt(summary, &tasks, &variants),
        blocks: blocks.collect(),
        columns: 2,
        x_name: "Q-values".to_owned(),
        keys: keys.collect(),
        note: format!("{}; line: mean; band: 95% bootstrap interval", summary.n()),
    }))
}

fn block(summary: &Summary, env: &str, variants: &[Drawn]) -> Block {
    let curve = |variant: &Drawn| Curve {
        id: variant.id.clone(),
        label: variant.label.clone(),
        pen: variant.pen,
        banded: true,
        values: (summary.at_q_values(env, &variant.id).iter())
            // A logarithmic axis has no 0.
            .filter(|row| row.q_values > 0)
            .map(|row| Value {
                x: row.q_values as f64,
                y: row.mean,
                low: row.low,
                high: row.high,
                n: Some(row.n),
            })
            .collect(),
    };
    let curves: Vec<Curve> = variants.iter().map(curve).collect();
    let all = || curves.iter().flat_map(|curve| &curve.values);
    let ends = all().flat_map(|v| [Some(v.y), v.low, v.high]).flatten();
    let mut panel = Panel {
        tall: Tall::Share(0.7, 62.0, 190.0),
        x: Axis::round("", Scale::log(all().map(|value| value.x)), Name::Steps),
        y: Axis::round("Return", Scale::linear(ends), Name::Number),
        strip: 0.0,
        marks: Vec::new(),
        series: Vec::new(),
    };
    if let Some(threshold) = summary.threshold(env) {
        panel.marks.push(Mark::level(threshold, ""));
    }
    panel.add_curves(curves);
    Block {
        title: env.to_owned(),
        subtitle: String::new(),
        panels: vec![panel],
    }
}

/// How many Q-values each used, fewest first.
fn alt(summary: &Summary, tasks: &[String], variants: &[Drawn]) -> String {
    let task = |env: &String| {
        let last = |variant: &Drawn| {
            let row = summary.at_q_values(env, &variant.id).last()?;
            Some((row.q_values, variant.label.clone(), row.mean))
        };
        let mut ends: Vec<(u64, String, f64)> = variants.iter().filter_map(last).collect();
        ends.sort_by_key(|end| end.0);
        let ends = ends.iter().map(|(used, label, mean)| {
            format!("{label} {} ({})", number(*mean, 1), number(*used as f64, 0))
        });
        format!("{env}: {}", list(&ends.collect::<Vec<_>>()))
    };
    let tasks: Vec<String> = tasks.iter().map(task).collect();
    format!(
        "Mean return at the end of training, with the Q-values used. {}.",
        tasks.join("; ")
    )
}
