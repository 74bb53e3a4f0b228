//! How probable it is that a run of one algorithm beats one of another: every pair
//! turned so that its probability reads above one half.

use super::compared::Compared;
use super::data::Drawn;
use super::kind::{Kind, Of, View};
use super::picture::{Axis, Block, Mark, Picture};
use super::scale::{Name, Scale};
use super::score_intervals::{add, rows};
use crate::format::number;
use crate::stats::Estimate;

pub(super) const KIND: Kind = Kind {
    name: "probability_of_improvement",
    needs: "all tasks of the experiment, one of them at least with references, and two to eight \
            variants",
    of: Of::WholeComparisons,
    make: |view: &View<'_>| Ok(view.compared.as_ref().and_then(picture)),
};

/// A pair, the likelier winner first.
struct Pair<'a> {
    x: &'a Drawn,
    y: &'a Drawn,
    probability: Estimate,
}

/// `None` of a single algorithm, or of so many that their pairs fill pages.
pub(super) fn picture(compared: &Compared<'_>) -> Option<Picture> {
    let pairs = pairs(compared);
    if pairs.is_empty() || !compared.lines {
        return None;
    }
    let names: Vec<String> = (pairs.iter())
        .map(|pair| format!("{} > {}", pair.x.label, pair.y.label))
        .collect();
    let ends = pairs.iter().flat_map(|pair| {
        let estimate = pair.probability;
        [Some(estimate.point), estimate.low]
    });
    let lowest = ends.flatten().fold(0.5, f64::min);
    let low = (10.0 * lowest).floor() / 10.0;
    let mut panel = rows(
        &names,
        Axis::round("", Scale::exactly(low, 1.02), Name::Number),
    );
    panel.marks.push(Mark::upright(0.5));
    for (row, pair) in pairs.iter().enumerate() {
        add(&mut panel, pair.probability, row, pair.x, None);
    }
    let said = pairs.iter().zip(&names);
    let said = said.map(|(pair, name)| format!("{name}: {}", number(pair.probability.point, 2)));
    Some(Picture {
        name: KIND.name.to_owned(),
        title: "Probability of improvement".to_owned(),
        caption: format!(
            "The probability that a run of X has a higher {} than one of Y, ties counting half, \
             averaged over tasks, on {} Pairs are turned so that X is the likelier winner; at the \
             dashed line neither is.",
            compared.score(),
            compared.sample()
        ),
        alt: format!(
            "Probabilities that a run of the first is better than one of the second. {}.",
            said.collect::<Vec<_>>().join("; ")
        ),
        blocks: vec![Block {
            title: String::new(),
            subtitle: String::new(),
            panels: vec![panel],
        }],
        columns: 1,
        x_name: "P(X > Y)".to_owned(),
        keys: Vec::new(),
        note: format!(
            "{}; mark: estimate; bar: 95% bootstrap interval",
            compared.n()
        ),
    })
}

/// The pairs of the algorithms that are drawn.
fn pairs<'a>(compared: &'a Compared<'_>) -> Vec<Pair<'a>> {
    let look = |name: &str| compared.looks.iter().find(|look| look.id == name);
    let pairs = compared.results.comparisons.iter().filter_map(|pair| {
        let (x, y) = (look(&pair.x)?, look(&pair.y)?);
        let probability = pair.judgement.improvement;
        Some(match probability.point < 0.5 {
            false => Pair { x, y, probability },
            true => Pair {
                x: y,
                y: x,
                probability: turned(probability),
            },
        })
    });
    pairs.collect()
}

/// The probability of the other direction: ties count half both ways.
fn turned(estimate: Estimate) -> Estimate {
    Estimate {
        point: 1.0 - estimate.point,
        low: estimate.high.map(|high| 1.0 - high),
        high: estimate.low.map(|low| 1.0 - low),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pair_that_is_turned_keeps_its_interval() {
        let estimate = Estimate {
            point: 0.25,
            low: Some(0.125),
            high: Some(0.5),
        };
        let turned = turned(estimate);
        assert_eq!(
            (turned.point, turned.low, turned.high),
            (0.75, Some(0.5), Some(0.875))
        );
    }
}
