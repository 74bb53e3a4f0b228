//! Backtracking.

/// Tries the shares 1, alpha, alpha^2, ... of a step, `attempts` at most, until
/// `candidate` accepts one. Gives how often the step was shortened, and what
/// `candidate` made of it.
pub fn backtrack<C>(
    alpha: f64,
    attempts: usize,
    mut candidate: impl FnMut(f64) -> Option<C>,
) -> Option<(usize, C)> {
    let mut share = 1.0;
    for attempt in 0..attempts {
        if let Some(accepted) = candidate(share) {
            return Some((attempt, accepted));
        }
        share *= alpha;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_acceptable_share_is_taken() {
        let mut tried = Vec::new();
        let found = backtrack(0.5, 10, |share| {
            tried.push(share);
            (share < 0.2).then_some(share)
        });
        assert_eq!(found, Some((3, 0.125)));
        assert_eq!(tried, [1.0, 0.5, 0.25, 0.125]);
    }

    #[test]
    fn none_is_taken_when_none_is_acceptable() {
        let mut tried = 0;
        let found = backtrack(0.5, 3, |_| {
            tried += 1;
            None::<()>
        });
        assert_eq!((found, tried), (None, 3));
    }
}
