//! What the line search refuses.

use super::super::claim::{Answer, Claim, Evidence, Finding, never, occurs, row, share_cells};
use super::super::subjects::{NPG, TRPO};
use crate::summary::shares::{BROKEN, REFUSED, SHORTENED};

pub(super) const CLAIM: Claim = Claim {
    short: "the line search",
    text: "The line search protects against the quadratic approximation's error.",
    figures: &["inside_trpo"],
    judge,
};

fn judge(evidence: &Evidence<'_>) -> Option<Finding> {
    let chapter = evidence.main;
    let (trpo, npg) = (chapter.steps_of(TRPO)?, chapter.steps_of(NPG)?);
    Some(Finding {
        answer: Answer::all([never(&trpo.share(&BROKEN)), occurs(&npg.share(&BROKEN))]),
        rule: "NPG takes the same natural step as TRPO, but whole. A step is broken if it leaves \
               the trust region or lowers the surrogate. Holds if none of TRPO's is and the \
               interval of NPG's share excludes 0; does not hold if one of TRPO's is, or none of \
               NPG's: then there was nothing to protect against."
            .to_owned(),
        rows: vec![
            row("TRPO: broken steps", share_cells(&trpo.share(&BROKEN))),
            row("NPG: broken steps", share_cells(&npg.share(&BROKEN))),
            row(
                "TRPO: steps shortened or refused by the line search",
                share_cells(&trpo.share(&SHORTENED)),
            ),
            row("TRPO: steps refused", share_cells(&trpo.share(&REFUSED))),
        ],
        experiment: chapter.folder.clone(),
    })
}
