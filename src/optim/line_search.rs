//! Backtracking.

/// How a search over step lengths ended.
#[derive(Debug, Clone, PartialEq)]
pub struct Search<C> {
    /// Every candidate that was tried, in the order 1, alpha, alpha^2, ...
    pub tried: Vec<C>,
    /// Index of the accepted one, which is the last tried.
    pub accepted: Option<usize>,
}

/// Tries the shares 1, alpha, alpha^2, ... of a step until a candidate is
/// acceptable, `attempts` times at most.
pub fn backtrack<C>(
    alpha: f64,
    attempts: usize,
    mut evaluate: impl FnMut(f64) -> C,
    mut acceptable: impl FnMut(f64, &C) -> bool,
) -> Search<C> {
    let mut tried = Vec::new();
    let mut share = 1.0;
    for attempt in 0..attempts {
        let candidate = evaluate(share);
        let accept = acceptable(share, &candidate);
        tried.push(candidate);
        if accept {
            return Search {
                tried,
                accepted: Some(attempt),
            };
        }
        share *= alpha;
    }
    Search {
        tried,
        accepted: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_acceptable_share_is_taken() {
        let search = backtrack(0.5, 10, |share| share, |_, &share| share < 0.2);
        assert_eq!(search.tried, [1.0, 0.5, 0.25, 0.125]);
        assert_eq!(search.accepted, Some(3));
    }

    #[test]
    fn none_is_taken_when_none_is_acceptable() {
        let search = backtrack(0.5, 3, |share| share, |_, _| false);
        assert_eq!((search.tried.len(), search.accepted), (3, None));
    }
}
