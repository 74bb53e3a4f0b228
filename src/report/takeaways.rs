//! What a student should take away, beside who is better: sentences that textbooks repeat,
//! as the runs answer them. Each follows from the verdict on one claim and has its number;
//! one whose experiment was not made is left out.

use super::block::{Block, Span, Target, Text, Tone};
use super::claims::{Entry, shown};
use crate::claims::{Answer, Judged, Verdict};
use crate::experiment::claims::Side;

/// A question, and what is said by the verdict on the claim that asks it.
struct Takeaway {
    experiment: &'static str,
    claim: &'static str,
    holds: &'static str,
    fails: &'static str,
    /// Where the runs cannot tell.
    open: &'static str,
}

const TAKEAWAYS: &[Takeaway] = &[
    Takeaway {
        experiment: "monotonic",
        claim: "trpo-monotone",
        holds: "TRPO's improvement is monotone in practice",
        fails: "TRPO's improvement is not monotone",
        open: "Whether TRPO's improvement is monotone cannot be told",
    },
    Takeaway {
        experiment: "line-search",
        claim: "search-needed",
        holds: "At the usual trust radius TRPO needs its line search",
        fails: "At the usual trust radius TRPO does as well without its line search",
        open: "Whether TRPO needs its line search at the usual radius cannot be told",
    },
    Takeaway {
        experiment: "step-size",
        claim: "one-radius",
        holds: "One trust radius is enough for all of these tasks",
        fails: "One trust radius is not enough for all of these tasks",
        open: "Whether one trust radius is enough for all of these tasks cannot be told",
    },
    Takeaway {
        experiment: "value-steps",
        claim: "vpg-reaches-ppo",
        holds: "With a critic that is fitted long enough the vanilla policy gradient reaches PPO",
        fails: "However long its critic is fitted, the vanilla policy gradient does not reach PPO",
        open: "Whether a longer fit of the critic brings the vanilla policy gradient to PPO cannot be \
               told",
    },
    Takeaway {
        experiment: "tricks",
        claim: "tricks-make-ppo",
        holds: "PPO's lead is that of its code-level tricks",
        fails: "PPO's lead is not that of its code-level tricks alone",
        open: "Whether PPO's lead is that of its code-level tricks cannot be told",
    },
];

/// The sentences, each with a link to its claim.
pub(super) fn list(entries: &[Entry]) -> Option<Block> {
    let found = TAKEAWAYS.iter().filter_map(|takeaway| {
        let mut claims = entries.iter();
        let entry = claims.find(|entry| {
            (entry.folder.as_str(), entry.judged.id.as_str())
                == (takeaway.experiment, takeaway.claim)
        })?;
        let claim = Span::Link(
            Target::Claim(entry.number),
            format!("claim {}", entry.number),
        );
        let said = Text::marked(&format!("{} (", sentence(takeaway, &entry.judged)?));
        Some(said.and(claim).and(Span::Plain(").".to_owned())))
    });
    let found: Vec<Text> = found.collect();
    (!found.is_empty()).then_some(Block::List(Tone::Plain, found))
}

/// What is said of a claim, with the number that decides it; nothing of one that is not
/// judged.
fn sentence(takeaway: &Takeaway, judged: &Judged) -> Option<String> {
    let words = match judged.verdict {
        Verdict::Holds => takeaway.holds,
        Verdict::DoesNotHold => takeaway.fails,
        Verdict::CannotTell => takeaway.open,
        Verdict::NotRun => return None,
    };
    let answer = deciding(judged)?;
    let [value, interval] = shown(answer);
    let place = match &answer.task {
        Some(task) => format!("on {task}"),
        None => "over the tasks".to_owned(),
    };
    Some(format!(
        "**{words}**: {} {place}: {value} {interval}",
        answer.what
    ))
}

/// Of the answers that say what the claim says, the one with the least room: whose number
/// is nearest to its bound where the claim holds, and farthest on the wrong side where not.
fn deciding(judged: &Judged) -> Option<&Answer> {
    let of_verdict = judged.answers.iter();
    let of_verdict = of_verdict.filter(|answer| answer.verdict == judged.verdict);
    let room = |answer: &Answer| {
        let value = answer.value?;
        Some(match answer.side {
            Side::Above => value - answer.bound,
            Side::Below => answer.bound - value,
            Side::Within => answer.bound - value.abs(),
        })
    };
    let known = of_verdict.filter_map(|answer| Some((room(answer)?, answer)));
    let least = known.min_by(|a, b| a.0.total_cmp(&b.0))?;
    Some(least.1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::Interval;

    fn entry(verdict: Verdict, answers: &[(Option<&str>, Verdict, f64)]) -> Entry {
        let answer = |&(task, verdict, value): &(Option<&str>, Verdict, f64)| Answer {
            what: "falls of trpo".to_owned(),
            task: task.map(str::to_owned),
            verdict,
            value: Some(value),
            interval: Some(Interval {
                low: value - 0.001,
                high: value + 0.001,
            }),
            unit: "share".to_owned(),
            side: Side::Below,
            bound: 0.01,
            note: String::new(),
        };
        let judged = Judged {
            id: "trpo-monotone".to_owned(),
            verdict,
            text: String::new(),
            source: None,
            figure: None,
            could_fail: None,
            answers: answers.iter().map(answer).collect(),
        };
        Entry::told(7, "monotonic", judged)
    }

    fn said(verdict: Verdict, answers: &[(Option<&str>, Verdict, f64)]) -> String {
        let block = list(&[entry(verdict, answers)]);
        match block {
            Some(Block::List(_, items)) => items[0].words(),
            _ => panic!("no sentence"),
        }
    }

    /// The same claim with opposite outcomes: the sentence turns, and its number is that of
    /// the task that decides.
    #[test]
    fn a_sentence_follows_the_numbers() {
        use Verdict::{CannotTell, DoesNotHold, Holds};
        let (cart, pendulum) = (Some("CartPole-v1"), Some("Pendulum-v1"));
        let holds = said(Holds, &[(cart, Holds, 0.001), (pendulum, Holds, 0.004)]);
        assert_eq!(
            holds,
            "TRPO's improvement is monotone in practice: falls of trpo on Pendulum-v1: 0.4% \
             [0.3%, 0.5%] (claim 7)."
        );
        let fails = said(
            DoesNotHold,
            &[(cart, DoesNotHold, 0.05), (pendulum, Holds, 0.004)],
        );
        assert_eq!(
            fails,
            "TRPO's improvement is not monotone: falls of trpo on CartPole-v1: 5.0% [4.9%, 5.1%] \
             (claim 7)."
        );
        let open = said(CannotTell, &[(None, CannotTell, 0.01)]);
        assert!(open.starts_with("Whether TRPO's improvement is monotone cannot be told: falls"));
        assert!(list(&[entry(Verdict::NotRun, &[])]).is_none());
        assert!(list(&[]).is_none());
    }
}
