//! Whether one setting of TRPO serves all tasks.

use super::super::claim::{Answer, Claim, Evidence, Finding, row};
use super::super::subjects::TRPO;
use crate::format::number;

pub(super) const CLAIM: Claim = Claim {
    short: "one setting for all tasks",
    text: "One TRPO setting works across tasks without tuning.",
    figures: &["score_intervals"],
    judge,
};

fn judge(evidence: &Evidence<'_>) -> Option<Finding> {
    let chapter = evidence.main;
    let trpo = &chapter.steps_of(TRPO)?.variant;
    let results = chapter.statistics.headline()?;
    if results.tasks.len() < 2 || results.comparisons.is_empty() {
        return None;
    }
    let manifest = &chapter.manifest;
    let mut settings = manifest.cells.iter().filter(|cell| cell.variant == *trpo);
    let first = settings.next()?;
    let same = settings.all(|cell| cell.config.algorithm == first.config.algorithm);
    let mut answers = Vec::new();
    let mut numbers = Vec::new();
    for (m, task) in results.tasks.iter().enumerate() {
        let others = results.algorithms.iter().filter(|(name, _)| name != trpo);
        let best = others.max_by(|a, b| a.1.task_means[m].total_cmp(&b.1.task_means[m]));
        let (best, _) = best?;
        let pair = results.comparisons.iter().find_map(|pair| {
            let forward = pair.x == *trpo && pair.y == best;
            let backward = pair.y == *trpo && pair.x == best;
            (forward || backward).then_some((pair, forward))
        });
        let (pair, forward) = pair?;
        // The random policy's score in place of runs that diverged is no
        // evidence of how far two algorithms are apart.
        let imputed = [trpo, best].map(|variant| chapter.is_imputed(task, variant));
        if imputed.contains(&true) {
            answers.push(Answer::CannotTell);
            let what = format!("{task}: TRPO less the best other, {best}: every run diverged");
            numbers.push(row(what, ["–".to_owned(), "–".to_owned()]));
            continue;
        }
        let judged = &pair.tasks[m].judgement;
        let margin = judged.margin;
        // TRPO less the other.
        let ends = judged.plain_interval.map(|ends| match forward {
            true => (ends.low, ends.high),
            false => (-ends.high, -ends.low),
        });
        answers.push(match ends {
            Some((low, _)) if low > -margin => Answer::Holds,
            Some((_, high)) if high < -margin => Answer::DoesNotHold,
            _ => Answer::CannotTell,
        });
        let difference = judged.difference.map(|d| if forward { d } else { -d });
        let show = |value: f64| number(value, 3);
        numbers.push([
            format!("{task}: TRPO less the best other, {best}"),
            difference.map_or("–".to_owned(), show),
            ends.map_or("–".to_owned(), |(low, high)| {
                format!("[{}, {}]", show(low), show(high))
            }),
        ]);
    }
    for task in &manifest.tasks {
        if !results.tasks.contains(task) {
            answers.push(Answer::CannotTell);
            let what = format!("{task}: left out, some variant has no score on it");
            numbers.push(row(what, ["–".to_owned(), "–".to_owned()]));
        }
    }
    let answer = if same {
        Answer::all(answers)
    } else {
        Answer::CannotTell
    };
    let settings = match same {
        true => "TRPO's own settings are the same on every task.",
        false => "TRPO's own settings differ between these tasks, so these runs cannot tell.",
    };
    Some(Finding {
        answer,
        rule: format!(
            "{settings} Holds if on every task the 95% interval of TRPO's mean {} less that of the \
             best other variant there lies above the margin of the task, taken below 0; does not \
             hold if on some task it lies below. The best other is chosen after the fact, which \
             favours it.",
            chapter.headline()
        ),
        rows: numbers,
        experiment: chapter.folder.clone(),
    })
}
