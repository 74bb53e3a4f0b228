//! Whether the return falls after updates.

use super::super::claim::{Answer, Claim, Evidence, Finding, row, share_cells};
use super::super::subjects::TRPO;
use crate::summary::shares::{FALLS, LEVEL};
use crate::summary::steps::Share;

pub(super) const CLAIM: Claim = Claim {
    short: "monotone improvement",
    text: "TRPO improves monotonically in practice; VPG does not.",
    figures: &["learning_curves"],
    judge,
};

/// Share of updates that are followed by a significant fall where nothing
/// changes: one side of a test at level 0.05.
const CHANCE: f64 = LEVEL / 2.0;

fn judge(evidence: &Evidence<'_>) -> Option<Finding> {
    let chapter = evidence.main;
    let (trpo, vpg) = (chapter.steps_of(TRPO)?, chapter.plain_vpg()?);
    let ends = |share: &Share| share.estimate.and_then(|estimate| estimate.interval());
    let rarely = match ends(&trpo.share(&FALLS)) {
        Some(ends) if ends.high <= CHANCE => Answer::Holds,
        Some(ends) if ends.low > CHANCE => Answer::DoesNotHold,
        _ => Answer::CannotTell,
    };
    let often = match ends(&vpg.share(&FALLS)) {
        Some(ends) if ends.low > CHANCE => Answer::Holds,
        Some(ends) if ends.high <= CHANCE => Answer::DoesNotHold,
        _ => Answer::CannotTell,
    };
    Some(Finding {
        answer: Answer::all([rarely, often]),
        rule: "After an update the return falls if the episodes that end in the next batch have a \
               lower mean than those that ended in its own, with p < 0.05 in Welch's two-sided \
               test: 2.5% of updates would by chance. Holds if the interval of TRPO's share of \
               such updates does not reach above 2.5% and that of VPG's lies above; does not hold \
               if TRPO's lies above, or VPG's does not reach above."
            .to_owned(),
        rows: vec![
            row(
                "TRPO: updates after which the return falls",
                share_cells(&trpo.share(&FALLS)),
            ),
            row(
                "VPG: updates after which the return falls",
                share_cells(&vpg.share(&FALLS)),
            ),
        ],
        experiment: chapter.folder.clone(),
    })
}
