//! How many runs a comparison needs.

use super::special::{noncentral_t_cdf, normal_quantile, student_t_quantile};

/// Numbers of runs beyond which none is named.
pub const MOST_RUNS: usize = 1_000_000;

/// Power of the two-sided two-sample t-test at level `alpha`, 0 < alpha < 1:
/// the probability that it finds a true difference of `effect` pooled standard
/// deviations, from `runs` of either algorithm.
///
/// With d the effect, delta = d sqrt(n_x n_y / (n_x + n_y)) and c the critical
/// value of Student's t with n_x + n_y - 2 degrees of freedom, that is
/// P(|T| > c) of the noncentral t with delta. `None` if either has fewer than
/// two runs.
pub fn power(effect: f64, runs: [usize; 2], alpha: f64) -> Option<f64> {
    if runs.iter().any(|&n| n < 2) {
        return None;
    }
    let [n_x, n_y] = runs.map(|n| n as f64);
    let df = n_x + n_y - 2.0;
    let delta = effect.abs() * (n_x * n_y / (n_x + n_y)).sqrt();
    let critical = student_t_quantile(1.0 - 0.5 * alpha, df);
    let missed = noncentral_t_cdf(critical, df, delta) - noncentral_t_cdf(-critical, df, delta);
    Some((1.0 - missed).clamp(0.0, 1.0))
}

/// The smallest number of runs of either algorithm, at least 2, with which
/// [`power`] reaches `wanted` for `effect`.
///
/// `None` if that is more than [`MOST_RUNS`], as it is for an effect of 0.
pub fn runs_needed(effect: f64, alpha: f64, wanted: f64) -> Option<usize> {
    let enough = |n: usize| power(effect, [n, n], alpha).is_some_and(|power| power >= wanted);
    // The normal approximation is off by one or two runs.
    let quantiles = normal_quantile(1.0 - 0.5 * alpha) + normal_quantile(wanted);
    let guess = (2.0 * (quantiles / effect).powi(2)).ceil();
    if guess.is_nan() || guess > MOST_RUNS as f64 {
        return None;
    }
    let mut n = (guess as usize).max(2);
    while n > 2 && enough(n - 1) {
        n -= 1;
    }
    while !enough(n) {
        n += 1;
        if n > MOST_RUNS {
            return None;
        }
    }
    Some(n)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn textbook_numbers_of_runs() {
        // Cohen (1988), table 2.4.1: alpha 0.05, power 0.8.
        for (effect, expected) in [(0.2, 394), (0.5, 64), (0.8, 26), (1.0, 17)] {
            assert_eq!(runs_needed(effect, 0.05, 0.8), Some(expected), "{effect}");
        }
        assert_eq!(runs_needed(f64::INFINITY, 0.05, 0.8), Some(2));
        assert_eq!(runs_needed(1e9, 0.05, 0.8), Some(2));
    }

    #[test]
    fn what_no_number_of_runs_finds_has_none() {
        for effect in [0.0, 1e-9, f64::NAN] {
            assert_eq!(runs_needed(effect, 0.05, 0.8), None);
        }
        assert_eq!(power(1.0, [1, 30], 0.05), None);
    }

    #[test]
    fn the_power_for_no_effect_is_the_level_of_the_test() {
        let found = power(0.0, [7, 12], 0.05).unwrap();
        assert!((found - 0.05).abs() < 1e-12, "{found}");
        assert_eq!(power(-0.7, [7, 12], 0.05), power(0.7, [12, 7], 0.05));
    }
}
