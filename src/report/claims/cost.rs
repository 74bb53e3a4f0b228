//! What an update costs, from times measured once.

use super::super::claim::{Answer, Claim, Evidence, Finding, interval_cell};
use super::super::subjects::{PPO, TRPO};
use crate::algo::Part;
use crate::experiment::plan::Metric;
use crate::format::{list, number};
use crate::stats::Estimate;
use crate::summary::CostRow;

pub(super) const CLAIM: Claim = Claim {
    short: "the cost of an update",
    text: "TRPO's update costs more than PPO's; per environment step it learns as fast or \
                faster.",
    figures: &["cost", "time_to_threshold", "sample_efficiency"],
    judge,
};

/// `None` without TRPO, PPO and times of both.
fn judge(evidence: &Evidence<'_>) -> Option<Finding> {
    let chapter = evidence.main;
    let trpo = &chapter.steps_of(TRPO)?.variant;
    let ppo = &chapter.steps_of(PPO)?.variant;
    let policy = |variant: &str, env: &str| -> Option<&CostRow> {
        let mut rows = chapter.costs.iter();
        rows.find(|row| row.part == Part::Policy.name() && row.variant == variant && row.env == env)
    };
    let mut answers = Vec::new();
    let mut numbers = Vec::new();
    let mut machines: Vec<String> = Vec::new();
    for env in &chapter.manifest.tasks {
        let (Some(of_trpo), Some(of_ppo)) = (policy(trpo, env), policy(ppo, env)) else {
            continue;
        };
        answers.push(if of_trpo.q25 > of_ppo.q75 {
            Answer::Holds
        } else if of_trpo.q75 < of_ppo.q25 {
            Answer::DoesNotHold
        } else {
            Answer::CannotTell
        });
        for (name, cost) in [("TRPO", of_trpo), ("PPO", of_ppo)] {
            let ms = |seconds: f64| number(1000.0 * seconds, 2);
            numbers.push([
                format!("{env}: {name}'s policy step, median and quartiles over runs"),
                format!("{} ms", ms(cost.median)),
                format!("[{}, {}]", ms(cost.q25), ms(cost.q75)),
            ]);
            let machine = format!("{}, {} kernels", cost.cpu, cost.kernel);
            if !machines.contains(&machine) {
                machines.push(machine);
            }
        }
    }
    if answers.is_empty() {
        return None;
    }
    let areas = chapter.statistics.score(Metric::Area);
    let difference = areas.and_then(|results| {
        let pair = |x: &str, y: &str| {
            let mut pairs = results.comparisons.iter();
            let found = pairs.find(|pair| pair.x == x && pair.y == y)?;
            let ends = found.judgement.plain_interval?;
            Some(Estimate {
                point: found.judgement.difference?,
                low: Some(ends.low),
                high: Some(ends.high),
            })
        };
        pair(trpo, ppo).or_else(|| pair(ppo, trpo).map(negated))
    });
    let margin = chapter.statistics.smallest_difference;
    let ends = difference.and_then(|difference| difference.interval());
    answers.push(match ends {
        Some(ends) if ends.low > -margin => Answer::Holds,
        Some(ends) if ends.high < -margin => Answer::DoesNotHold,
        _ => Answer::CannotTell,
    });
    if let Some(difference) = difference {
        numbers.push([
            "mean normalised area under the curve, TRPO less PPO".to_owned(),
            number(difference.point, 3),
            interval_cell(difference, |value| number(value, 3)),
        ]);
    }
    Some(Finding {
        answer: Answer::all(answers),
        rule: format!(
            "Times are wall time of the policy's part of an update with the settings below, \
             measured once ({}). Holds if on every task TRPO's first quartile is above PPO's \
             third, and the interval of the difference of areas lies above \u{2212}{margin}; does \
             not hold if on some task TRPO's third quartile is below PPO's first, or the interval \
             lies below \u{2212}{margin}.",
            list(&machines)
        ),
        rows: numbers,
        experiment: chapter.folder.clone(),
    })
}

/// The same of Y less X.
fn negated(estimate: Estimate) -> Estimate {
    Estimate {
        point: -estimate.point,
        low: estimate.high.map(|high| -high),
        high: estimate.low.map(|low| -low),
    }
}
