//! Comparing two samples of runs: Welch's test, Holm's correction, effect size.

use serde::{Deserialize, Serialize};

use super::bootstrap::Interval;
use super::scale::Scale;
use super::special::{student_t_quantile, student_t_two_sided};

/// Welch's test of equal means (Welch 1947).
///
/// With s^2 the unbiased variances, v = s^2 / n of either sample,
/// t = (mean x - mean y) / sqrt(v_x + v_y), and the degrees of freedom are
/// those of Welch and Satterthwaite,
/// (v_x + v_y)^2 / (v_x^2 / (n_x - 1) + v_y^2 / (n_y - 1)).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Welch {
    /// Mean of x less mean of y.
    pub difference: f64,
    /// The statistic; `None` if neither sample varies.
    pub t: Option<f64>,
    /// Degrees of freedom; `None` if neither sample varies.
    pub df: Option<f64>,
    /// Two-sided p-value. If neither sample varies, its limit for vanishing
    /// variance: 0 of different means, and 1 of equal ones.
    pub p: f64,
    /// 95% interval of the difference.
    #[serde(flatten)]
    pub interval: Interval,
}

/// Welch's test of two samples; `None` if either has fewer than two values.
/// Differences that are rounding are none ([`Scale`]).
pub fn welch(x: &[f64], y: &[f64]) -> Option<Welch> {
    welch_at(Scale::of(&[x, y]), x, y)
}

/// [`welch`] of scores whose rounding is that of `scale`.
pub fn welch_at(scale: Scale, x: &[f64], y: &[f64]) -> Option<Welch> {
    let unit = scale.unit();
    let ((mean_x, variance_x), (mean_y, variance_y)) = (scale.moments(x)?, scale.moments(y)?);
    let difference = scale.difference((mean_x - mean_y) * unit);
    let (v_x, v_y) = (variance_x / x.len() as f64, variance_y / y.len() as f64);
    let error = (v_x + v_y).sqrt();
    if error == 0.0 {
        return Some(Welch {
            difference,
            t: None,
            df: None,
            p: if difference == 0.0 { 1.0 } else { 0.0 },
            interval: Interval {
                low: difference,
                high: difference,
            },
        });
    }
    // By shares of the sum, whose squares cannot underflow to 0 / 0.
    let (share_x, share_y) = (v_x / (v_x + v_y), v_y / (v_x + v_y));
    let part = |share: f64, n: usize| share * share / (n - 1) as f64;
    let df = 1.0 / (part(share_x, x.len()) + part(share_y, y.len()));
    let t = difference / unit / error;
    let half = student_t_quantile(0.975, df) * error * unit;
    Some(Welch {
        difference,
        t: Some(t),
        df: Some(df),
        p: student_t_two_sided(t, df),
        interval: Interval {
            low: difference - half,
            high: difference + half,
        },
    })
}

/// p-values adjusted for their number (Holm 1979): the k-th smallest of m,
/// times m - k + 1, at most 1 and at least as large as those before it. The
/// order of the answer is that of `p`.
pub fn holm(p: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..p.len()).collect();
    order.sort_by(|&a, &b| p[a].total_cmp(&p[b]));
    let mut adjusted = vec![0.0; p.len()];
    let mut largest = 0.0_f64;
    for (rank, &place) in order.iter().enumerate() {
        largest = largest.max(p[place] * (p.len() - rank) as f64).min(1.0);
        adjusted[place] = largest;
    }
    adjusted
}

/// Pooled standard deviation of two samples,
/// sqrt(((n_x - 1) s_x^2 + (n_y - 1) s_y^2) / (n_x + n_y - 2)); `None` if
/// either has fewer than two values.
pub fn pooled_std(x: &[f64], y: &[f64]) -> Option<f64> {
    pooled_std_at(Scale::of(&[x, y]), x, y)
}

/// [`pooled_std`] of scores whose rounding is that of `scale`.
pub fn pooled_std_at(scale: Scale, x: &[f64], y: &[f64]) -> Option<f64> {
    let ((_, variance_x), (_, variance_y)) = (scale.moments(x)?, scale.moments(y)?);
    let (df_x, df_y) = ((x.len() - 1) as f64, (y.len() - 1) as f64);
    let pooled = ((df_x * variance_x + df_y * variance_y) / (df_x + df_y)).sqrt();
    Some(pooled * scale.unit())
}

/// Effect size d = (mean x - mean y) / pooled standard deviation (Cohen 1988);
/// `None` if either sample has fewer than two values or neither varies.
pub fn effect_size(x: &[f64], y: &[f64]) -> Option<f64> {
    effect_size_at(Scale::of(&[x, y]), x, y)
}

/// [`effect_size`] of scores whose rounding is that of `scale`.
pub fn effect_size_at(scale: Scale, x: &[f64], y: &[f64]) -> Option<f64> {
    let difference = (scale.moments(x)?.0 - scale.moments(y)?.0) * scale.unit();
    let std = pooled_std_at(scale, x, y)?;
    (std > 0.0).then(|| scale.difference(difference) / std)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holm_as_worked_by_hand() {
        // Sorted 0.01, 0.02, 0.03, 0.04 times 4, 3, 2, 1: 0.04, 0.06, 0.06, 0.06.
        let adjusted = holm(&[0.04, 0.01, 0.03, 0.02]);
        for (found, expected) in adjusted.iter().zip([0.06, 0.04, 0.06, 0.06]) {
            assert!((found - expected).abs() < 1e-15, "{adjusted:?}");
        }
        assert_eq!(holm(&[0.6, 0.9]), [1.0, 1.0]);
        assert!(holm(&[]).is_empty());
    }

    #[test]
    fn samples_that_do_not_vary_have_the_limits_as_p_values() {
        let test = welch(&[0.1; 3], &[0.1; 7]).unwrap();
        assert_eq!((test.t, test.df, test.p), (None, None, 1.0));
        assert_eq!(welch(&[0.2; 3], &[0.1; 7]).unwrap().p, 0.0);
        assert_eq!(effect_size(&[0.2; 3], &[0.1; 7]), None);
        assert_eq!(pooled_std(&[0.2; 3], &[0.1; 7]), Some(0.0));
        // One of them is enough for a test: df is then that of the other.
        let test = welch(&[0.0, 1.0, 2.0], &[1.0; 5]).unwrap();
        assert_eq!((test.t, test.df), (Some(0.0), Some(2.0)));
    }

    #[test]
    fn one_value_allows_no_test() {
        assert_eq!(welch(&[1.0], &[1.0, 2.0]), None);
        assert_eq!(effect_size(&[1.0, 2.0], &[]), None);
    }

    #[test]
    fn tiny_and_huge_scores_give_numbers() {
        for scale in [1e-300, 1e-170, 1e-160, 1e100] {
            let test = welch(&[0.0, scale], &[scale, 3.0 * scale]).unwrap();
            assert!((0.0..=1.0).contains(&test.p), "{test:?}");
            let numbers = [test.difference, test.interval.low, test.interval.high];
            assert!(numbers.iter().all(|number| number.is_finite()), "{test:?}");
            // The same test as at any other scale.
            let plain = welch(&[0.0, 1.0], &[1.0, 3.0]).unwrap();
            assert!((test.p - plain.p).abs() < 1e-12, "{test:?}");
            let std = pooled_std(&[0.0, scale], &[scale, 3.0 * scale]).unwrap();
            assert!((std / scale - 1.25_f64.sqrt()).abs() < 1e-12, "{std}");
        }
    }

    #[test]
    fn rounding_is_no_difference() {
        for size in [1.0, 1e15, 1e-170] {
            let (x, y) = ([(0.1 + 0.2) * size; 3], [0.3 * size; 3]);
            let test = welch(&x, &y).unwrap();
            assert_eq!(
                (test.difference, test.t, test.p),
                (0.0, None, 1.0),
                "{size}"
            );
            let mixed = [x[0], y[0], x[0]];
            assert_eq!(welch(&mixed, &y).unwrap().p, 1.0);
            assert_eq!(pooled_std(&mixed, &y), Some(0.0));
            assert_eq!(effect_size(&mixed, &y), None);
        }
    }
}
