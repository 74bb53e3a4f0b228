//! What says how good a search was.

/// Spearman's rank correlation: Pearson's of the ranks, equal values having the
/// mean of their ranks. `None` for fewer than three pairs, or where all values of
/// one side are equal.
pub fn spearman(pairs: &[(f64, f64)]) -> Option<f64> {
    if pairs.len() < 3 {
        return None;
    }
    let (x, y): (Vec<f64>, Vec<f64>) = pairs.iter().copied().unzip();
    let (x, y) = (ranks(&x), ranks(&y));
    // Ranks have the mean (n + 1) / 2.
    let middle = (pairs.len() + 1) as f64 / 2.0;
    let product = |a: &[f64], b: &[f64]| -> f64 {
        let terms = a.iter().zip(b).map(|(a, b)| (a - middle) * (b - middle));
        terms.sum()
    };
    let spread = (product(&x, &x) * product(&y, &y)).sqrt();
    (spread > 0.0).then(|| product(&x, &y) / spread)
}

/// Ranks from 1.
fn ranks(values: &[f64]) -> Vec<f64> {
    let rank = |value: &f64| {
        let below = values.iter().filter(|other| *other < value).count();
        let equal = values.iter().filter(|other| *other == value).count();
        below as f64 + (equal + 1) as f64 / 2.0
    };
    values.iter().map(rank).collect()
}

/// The score that the best of k settings is expected to have, for k = 1 .. n: the
/// mean of the maximum over all choices of k of the n `scores` (without
/// repetition), sum over i of s_(i) C(i - 1, k - 1) / C(n, k) with s ascending.
pub fn expected_best(scores: &[f64]) -> Vec<f64> {
    let mut sorted = scores.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let n = sorted.len();
    let of = |k: usize| {
        // The share of choices with the i-th as the largest, from the last down:
        // k / n for the last, and (i - k) / (i - 1) of it for each before.
        let mut weight = k as f64 / n as f64;
        let mut sum = 0.0;
        for i in (k..=n).rev() {
            sum += weight * sorted[i - 1];
            weight *= if i > 1 {
                (i - k) as f64 / (i - 1) as f64
            } else {
                0.0
            };
        }
        sum
    };
    (1..=n).map(of).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranks_correlate_as_by_hand() {
        // Ranks 1 2 3 4 and 2 1 3 4: 1 - 6 (1 + 1) / (4 * 15) = 0.8.
        let pairs = [(0.1, 7.0), (0.2, 5.0), (0.5, 8.0), (9.0, 100.0)];
        assert!((spearman(&pairs).unwrap() - 0.8).abs() < 1e-12);
        let falling = [(1.0, 3.0), (2.0, 2.0), (3.0, 1.0)];
        assert!((spearman(&falling).unwrap() + 1.0).abs() < 1e-12);
        // Ranks 1.5 1.5 3 and 1 2 3: 1.5 / sqrt(1.5 * 2).
        let tied = [(0.0, 1.0), (0.0, 2.0), (1.0, 3.0)];
        assert!((spearman(&tied).unwrap() - 1.5 / 3f64.sqrt()).abs() < 1e-12);
        assert_eq!(spearman(&falling[..2]), None);
        assert_eq!(spearman(&[(1.0, 1.0), (1.0, 2.0), (1.0, 3.0)]), None);
    }

    #[test]
    fn the_best_of_k_is_expected_as_by_hand() {
        // Of 1, 2, 4: pairs have the maxima 2, 4, 4.
        let best = expected_best(&[4.0, 1.0, 2.0]);
        for (found, expected) in best.iter().zip([7.0 / 3.0, 10.0 / 3.0, 4.0]) {
            assert!((found - expected).abs() < 1e-12, "{best:?}");
        }
        assert_eq!(expected_best(&[0.5]), [0.5]);
        assert!(expected_best(&[]).is_empty());
    }
}
