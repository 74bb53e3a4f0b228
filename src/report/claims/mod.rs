//! Claims of the literature: a file and a line of the list each.

use super::claim::{Claim, Evidence, Judged};

/// Declares the files of claims, and the list of them in this order.
macro_rules! claims {
    ($($file:ident),+ $(,)?) => {
        $( mod $file; )+
        /// All claims; the number of one is its place, from 1.
        const CLAIMS: &[Claim] = &[$( $file::CLAIM ),+];
    };
}

claims![
    trust_region,
    monotone,
    step_size,
    one_setting,
    cost,
    line_search,
];

/// The claims that the experiments can answer, in order.
pub(super) fn judged(evidence: &Evidence<'_>) -> Vec<Judged> {
    let answered = CLAIMS.iter().enumerate().filter_map(|(place, claim)| {
        Some(Judged {
            number: place + 1,
            claim,
            finding: (claim.judge)(evidence)?,
        })
    });
    answered.collect()
}
