//! Whether updates stay inside the trust region.

use super::super::claim::{Answer, Claim, Evidence, Finding, never, occurs, row, share_cells};
use super::super::subjects::{PPO, TRPO};
use crate::format::number;
use crate::summary::shares::OUTSIDE;
use crate::summary::steps::VariantSteps;

pub(super) const CLAIM: Claim = Claim {
    short: "the trust region",
    text: "A hard KL constraint keeps every update inside the trust region; clipping does \
                not.",
    figures: &["trust_region"],
    judge,
};

fn judge(evidence: &Evidence<'_>) -> Option<Finding> {
    let chapter = evidence.main;
    let (trpo, ppo) = (chapter.steps_of(TRPO)?, chapter.steps_of(PPO)?);
    let largest = |steps: &VariantSteps| {
        let largest = steps.largest.map(|radii| format!("{} δ", number(radii, 2)));
        [largest.unwrap_or("–".to_owned()), "–".to_owned()]
    };
    Some(Finding {
        answer: Answer::all([never(&trpo.share(&OUTSIDE)), occurs(&ppo.share(&OUTSIDE))]),
        rule: "An update is outside if the mean over its batch of KL(old, new) is above the trust \
               radius δ of TRPO on that task. Holds if no update of TRPO is outside and the \
               interval of PPO's share excludes 0; does not hold if one of TRPO's is, or none of \
               PPO's. The constraint is on the mean: single states may move further."
            .to_owned(),
        rows: vec![
            row("TRPO: updates outside", share_cells(&trpo.share(&OUTSIDE))),
            row("PPO: updates outside", share_cells(&ppo.share(&OUTSIDE))),
            row("TRPO: largest mean divergence of any update", largest(trpo)),
            row("PPO: largest mean divergence of any update", largest(ppo)),
        ],
        experiment: chapter.folder.clone(),
    })
}
