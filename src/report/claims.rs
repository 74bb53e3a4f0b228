//! Claims of the literature, each with the numbers that speak to it and a
//! verdict by a rule that stands beside it.
//!
//! Nothing is estimated here: the numbers are those of `statistics.json`,
//! `steps.json` and `cost.csv`, and a rule only asks on which side of a
//! threshold an interval lies.

use super::Chapter;
use super::{cost_claim, sweep_claim};
use crate::algo::AlgorithmConfig;
use crate::format::{count, number};
use crate::stats::Estimate;
use crate::summary::steps::{Share, VariantSteps};

/// What can be said of a claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Answer {
    Holds,
    DoesNotHold,
    CannotTell,
}

impl Answer {
    pub fn words(self) -> &'static str {
        match self {
            Answer::Holds => "holds",
            Answer::DoesNotHold => "does not hold",
            Answer::CannotTell => "cannot tell with these seeds",
        }
    }

    /// No if anything says no, yes if everything says yes.
    pub fn all(answers: impl IntoIterator<Item = Answer>) -> Answer {
        let mut all = Answer::Holds;
        for answer in answers {
            match answer {
                Answer::DoesNotHold => return answer,
                Answer::CannotTell => all = answer,
                Answer::Holds => {}
            }
        }
        all
    }
}

/// One claim and what the runs say of it.
pub(super) struct Claim {
    /// Its number in the list of claims.
    pub number: usize,
    /// In a few words, for the summary.
    pub short: &'static str,
    /// The claim.
    pub claim: &'static str,
    pub answer: Answer,
    /// When it is said to hold, and when not to.
    pub rule: String,
    /// What, the number, its interval.
    pub numbers: Vec<[String; 3]>,
    /// Name of the folder of its experiment.
    pub experiment: String,
    /// Names of figures that show it, if they are drawn.
    pub figures: &'static [&'static str],
}

/// The claims that the experiments can answer, in order. All but the third are
/// asked of `main`, that one of the first experiment with sweeps.
pub(super) fn of(chapters: &[Chapter], main: &Chapter) -> Vec<Claim> {
    let sweeps = chapters.iter().find_map(sweep_claim::step_size);
    let claims = [
        trust_region(main),
        monotone(main),
        sweeps,
        one_setting(main),
        cost_claim::cost(main),
        line_search(main),
    ];
    claims.into_iter().flatten().collect()
}

/// A share in two cells: `4.3% (43 of 1,000)`, and its interval.
fn share_cells(share: &Share) -> [String; 2] {
    let percent = |value: f64| format!("{}%", number(100.0 * value, 1));
    let Some(estimate) = share.estimate else {
        return ["–".to_owned(), "–".to_owned()];
    };
    let of = format!(
        "{} ({} of {})",
        percent(estimate.point),
        number(share.count as f64, 0),
        number(share.of as f64, 0)
    );
    [of, interval_cell(estimate, percent)]
}

pub(super) fn interval_cell(estimate: Estimate, show: impl Fn(f64) -> String) -> String {
    let interval = estimate.interval();
    interval.map_or("–".to_owned(), |ends| {
        format!("[{}, {}]", show(ends.low), show(ends.high))
    })
}

fn row(what: impl Into<String>, [of, interval]: [String; 2]) -> [String; 3] {
    [what.into(), of, interval]
}

/// Whether a share is above 0: yes if its interval excludes 0, no if there is
/// none in several runs.
fn occurs(share: &Share) -> Answer {
    match share.estimate.and_then(|estimate| estimate.interval()) {
        Some(ends) if ends.low > 0.0 => Answer::Holds,
        Some(_) if share.count == 0 => Answer::DoesNotHold,
        _ => Answer::CannotTell,
    }
}

/// Whether there is none.
fn never(share: &Share) -> Answer {
    match (share.count, share.estimate.and_then(|e| e.interval())) {
        (1.., _) => Answer::DoesNotHold,
        (0, Some(_)) => Answer::Holds,
        (0, None) => Answer::CannotTell,
    }
}

fn trust_region(chapter: &Chapter) -> Option<Claim> {
    let (trpo, ppo) = (chapter.steps_of("trpo")?, chapter.steps_of("ppo")?);
    let largest = |steps: &VariantSteps| {
        let largest = steps.largest.map(|radii| format!("{} δ", number(radii, 2)));
        [largest.unwrap_or("–".to_owned()), "–".to_owned()]
    };
    Some(Claim {
        number: 1,
        short: "the trust region",
        claim: "A hard KL constraint keeps every update inside the trust region; clipping does \
                not.",
        answer: Answer::all([never(&trpo.outside), occurs(&ppo.outside)]),
        rule: "An update is outside if the mean over its batch of KL(old, new) is above the trust \
               radius δ of TRPO on that task. Holds if no update of TRPO is outside and the \
               interval of PPO's share excludes 0; does not hold if one of TRPO's is, or none of \
               PPO's. The constraint is on the mean: single states may move further."
            .to_owned(),
        numbers: vec![
            row("TRPO: updates outside", share_cells(&trpo.outside)),
            row("PPO: updates outside", share_cells(&ppo.outside)),
            row("TRPO: largest mean divergence of any update", largest(trpo)),
            row("PPO: largest mean divergence of any update", largest(ppo)),
        ],
        experiment: chapter.folder.clone(),
        figures: &["trust_region"],
    })
}

/// Share of updates that are followed by a significant fall where nothing
/// changes: one side of a test at level 0.05.
const CHANCE: f64 = crate::summary::steps::LEVEL / 2.0;

fn monotone(chapter: &Chapter) -> Option<Claim> {
    let (trpo, vpg) = (chapter.steps_of("trpo")?, chapter.plain_vpg()?);
    let ends = |share: &Share| share.estimate.and_then(|estimate| estimate.interval());
    let rarely = match ends(&trpo.falls) {
        Some(ends) if ends.high <= CHANCE => Answer::Holds,
        Some(ends) if ends.low > CHANCE => Answer::DoesNotHold,
        _ => Answer::CannotTell,
    };
    let often = match ends(&vpg.falls) {
        Some(ends) if ends.low > CHANCE => Answer::Holds,
        Some(ends) if ends.high <= CHANCE => Answer::DoesNotHold,
        _ => Answer::CannotTell,
    };
    Some(Claim {
        number: 2,
        short: "monotone improvement",
        claim: "TRPO improves monotonically in practice; VPG does not.",
        answer: Answer::all([rarely, often]),
        rule: "After an update the return falls if the episodes that end in the next batch have a \
               lower mean than those that ended in its own, with p < 0.05 in Welch's two-sided \
               test: 2.5% of updates would by chance. Holds if the interval of TRPO's share of \
               such updates does not reach above 2.5% and that of VPG's lies above; does not hold \
               if TRPO's lies above, or VPG's does not reach above."
            .to_owned(),
        numbers: vec![
            row(
                "TRPO: updates after which the return falls",
                share_cells(&trpo.falls),
            ),
            row(
                "VPG: updates after which the return falls",
                share_cells(&vpg.falls),
            ),
        ],
        experiment: chapter.folder.clone(),
        figures: &["learning_curves"],
    })
}

fn one_setting(chapter: &Chapter) -> Option<Claim> {
    let trpo = &chapter.steps_of("trpo")?.variant;
    let results = chapter.statistics.headline()?;
    if results.tasks.len() < 2 || results.comparisons.is_empty() {
        return None;
    }
    let manifest = &chapter.manifest;
    let mut settings = manifest.cells.iter().filter(|cell| cell.variant == *trpo);
    let first = settings.next()?;
    let same = settings.all(|cell| cell.config.algorithm == first.config.algorithm);
    let margin = chapter.statistics.smallest_difference;
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
        let test = pair.tasks[m].welch;
        // TRPO less the other.
        let ends = test.map(|test| match forward {
            true => (test.interval.low, test.interval.high),
            false => (-test.interval.high, -test.interval.low),
        });
        answers.push(match ends {
            Some((low, _)) if low > -margin => Answer::Holds,
            Some((_, high)) if high < -margin => Answer::DoesNotHold,
            _ => Answer::CannotTell,
        });
        let difference = test.map(|t| if forward { t.difference } else { -t.difference });
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
    Some(Claim {
        number: 4,
        short: "one setting for all tasks",
        claim: "One TRPO setting works across tasks without tuning.",
        answer,
        rule: format!(
            "{settings} Holds if on every task the 95% interval (Welch's) of TRPO's mean \
             normalised {} less that of the best other variant there lies above \
             \u{2212}{margin}, the smallest difference worth knowing; does not hold if on some \
             task it lies below. The best other is chosen after the fact, which favours it.",
            chapter.headline()
        ),
        numbers,
        experiment: chapter.folder.clone(),
        figures: &["score_intervals"],
    })
}

fn line_search(chapter: &Chapter) -> Option<Claim> {
    let (trpo, npg) = (chapter.steps_of("trpo")?, chapter.steps_of("npg")?);
    Some(Claim {
        number: 6,
        short: "the line search",
        claim: "The line search protects against the quadratic approximation's error.",
        answer: Answer::all([never(&trpo.broken), occurs(&npg.broken)]),
        rule: "NPG takes the same natural step as TRPO, but whole. A step is broken if it leaves \
               the trust region or lowers the surrogate. Holds if none of TRPO's is and the \
               interval of NPG's share excludes 0; does not hold if one of TRPO's is, or none of \
               NPG's: then there was nothing to protect against."
            .to_owned(),
        numbers: vec![
            row("TRPO: broken steps", share_cells(&trpo.broken)),
            row("NPG: broken steps", share_cells(&npg.broken)),
            row(
                "TRPO: steps shortened or refused by the line search",
                share_cells(&trpo.shortened),
            ),
            row("TRPO: steps refused", share_cells(&trpo.refused)),
        ],
        experiment: chapter.folder.clone(),
        figures: &["inside_trpo"],
    })
}

impl Chapter {
    /// What the updates of the first variant of an algorithm did.
    pub fn steps_of(&self, algorithm: &str) -> Option<&VariantSteps> {
        let mut variants = self.steps.variants.iter();
        variants.find(|variant| variant.algorithm == algorithm && variant.updates > 0)
    }

    /// The same of the vanilla policy gradient with a fixed learning rate.
    fn plain_vpg(&self) -> Option<&VariantSteps> {
        let is_plain = |steps: &&VariantSteps| {
            let mut cells = self.manifest.cells.iter();
            let cell = cells.find(|cell| cell.variant == steps.variant);
            cell.is_some_and(|cell| match &cell.config.algorithm {
                AlgorithmConfig::Vpg(settings) => !settings.kl_adaptive,
                _ => false,
            })
        };
        self.steps.variants.iter().find(is_plain)
    }

    /// Whether every run of a variant on a task diverged.
    fn is_imputed(&self, task: &str, variant: &str) -> bool {
        let mut counts = self.statistics.runs.iter();
        let found = counts.find(|cell| cell.env == task && cell.variant == variant);
        found.is_some_and(|cell| cell.is_imputed())
    }

    /// Name of the headline score.
    pub fn headline(&self) -> &'static str {
        crate::summary::statistics::name(self.manifest.headline)
    }

    /// How many seeds every variant has.
    pub fn seeds(&self) -> String {
        count(self.manifest.seeds.len(), "seed")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn share(count: usize, interval: Option<(f64, f64)>) -> Share {
        Share {
            count,
            of: 100,
            estimate: Some(Estimate {
                point: count as f64 / 100.0,
                low: interval.map(|ends| ends.0),
                high: interval.map(|ends| ends.1),
            }),
        }
    }

    #[test]
    fn what_one_run_says_is_not_enough() {
        assert_eq!(occurs(&share(5, None)), Answer::CannotTell);
        assert_eq!(occurs(&share(5, Some((0.0, 0.1)))), Answer::CannotTell);
        assert_eq!(occurs(&share(5, Some((0.01, 0.1)))), Answer::Holds);
        assert_eq!(occurs(&share(0, Some((0.0, 0.0)))), Answer::DoesNotHold);
        assert_eq!(occurs(&Share::default()), Answer::CannotTell);
        assert_eq!(never(&share(0, None)), Answer::CannotTell);
        assert_eq!(never(&share(0, Some((0.0, 0.0)))), Answer::Holds);
        // One is one.
        assert_eq!(never(&share(1, None)), Answer::DoesNotHold);
    }

    #[test]
    fn a_chain_is_as_strong_as_its_weakest_part() {
        use Answer::{CannotTell, DoesNotHold, Holds};
        assert_eq!(Answer::all([Holds, Holds]), Holds);
        assert_eq!(Answer::all([Holds, CannotTell]), CannotTell);
        assert_eq!(Answer::all([CannotTell, DoesNotHold, Holds]), DoesNotHold);
    }
}
