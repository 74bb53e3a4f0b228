//! Intervals that are exact for what they assume: of a mean of normal values, of
//! a share, of a difference of shares.

use statrs::function::gamma::gamma_lr;

use super::bootstrap::Interval;
use super::scale::Scale;
use super::special::{beta_cdf, normal_quantile, student_t_quantile};

/// The interval of the mean of normal values, mean +- t(1 - tail; n - 1) s /
/// sqrt(n); 95% for a `tail` of 0.025. `None` of fewer than two values.
pub fn t_interval(values: &[f64], tail: f64) -> Option<Interval> {
    let scale = Scale::of(&[values]);
    let (mean, variance) = scale.moments(values)?;
    let n = values.len() as f64;
    let half = student_t_quantile(1.0 - tail, n - 1.0) * (variance / n).sqrt();
    let unit = scale.unit();
    Some(Interval {
        low: (mean - half) * unit,
        high: (mean + half) * unit,
    })
}

/// The interval of a share of which `count` of `n` were seen (Clopper and Pearson
/// 1934): each end leaves out `tail`. From 0 to 1 of none at all.
///
/// # Panics
/// If `count` is above `n`.
pub fn clopper_pearson(count: usize, n: usize, tail: f64) -> Interval {
    assert!(count <= n, "{count} of {n}");
    let (k, rest) = (count as f64, (n - count) as f64);
    Interval {
        low: match count {
            0 => 0.0,
            _ => beta_quantile(tail, k, rest + 1.0),
        },
        high: match n - count {
            0 => 1.0,
            _ => beta_quantile(1.0 - tail, k + 1.0, rest),
        },
    }
}

/// The interval of a difference of two independent shares, `x` of `[count, n]` less
/// `y` (Newcombe 1998, method 10: from Wilson's intervals); 95% for a `tail` of
/// 0.025. `None` if either is of none.
pub fn newcombe(x: [usize; 2], y: [usize; 2], tail: f64) -> Option<Interval> {
    let share = |[count, n]: [usize; 2]| (n > 0).then(|| count as f64 / n as f64);
    let (p_x, p_y) = (share(x)?, share(y)?);
    let (of_x, of_y) = (wilson(x, tail), wilson(y, tail));
    let distance = |a: f64, b: f64| (a * a + b * b).sqrt();
    let difference = p_x - p_y;
    Some(Interval {
        low: difference - distance(p_x - of_x.low, of_y.high - p_y),
        high: difference + distance(of_x.high - p_x, p_y - of_y.low),
    })
}

/// The interval of a share (Wilson 1927).
fn wilson([count, n]: [usize; 2], tail: f64) -> Interval {
    let (n, z) = (n as f64, normal_quantile(1.0 - tail));
    let p = count as f64 / n;
    let middle = p + z * z / (2.0 * n);
    let half = z * (p * (1.0 - p) / n + z * z / (4.0 * n * n)).sqrt();
    let whole = 1.0 + z * z / n;
    Interval {
        low: ((middle - half) / whole).max(0.0),
        high: ((middle + half) / whole).min(1.0),
    }
}

/// The share of runs that may be otherwise than all `n` that were seen, at the
/// level `alpha`: 1 - alpha^(1/n). 1 of none.
pub fn unseen(n: usize, alpha: f64) -> f64 {
    match n {
        0 => 1.0,
        n => 1.0 - alpha.powf(1.0 / n as f64),
    }
}

/// The one-sided upper limit, at `confidence`, of a standard deviation of which
/// `std` was estimated with `df` > 0 degrees of freedom:
/// std sqrt(df / chi^2(1 - confidence; df)).
pub fn std_at_most(std: f64, df: f64, confidence: f64) -> f64 {
    let below = |x: f64| gamma_lr(0.5 * df, 0.5 * x) <= 1.0 - confidence;
    let mut above = df.max(1.0);
    while below(above) && above < f64::MAX / 2.0 {
        above *= 2.0;
    }
    std * (df / bisect(0.0, above, below)).sqrt()
}

/// The x with I_x(a, b) = `p`.
fn beta_quantile(p: f64, a: f64, b: f64) -> f64 {
    bisect(0.0, 1.0, |x| beta_cdf(x, a, b) <= p)
}

/// The last number from `low` on for which `holds`, up to `high`, to the last bit.
fn bisect(mut low: f64, mut high: f64, holds: impl Fn(f64) -> bool) -> f64 {
    loop {
        let middle = 0.5 * (low + high);
        if middle <= low || middle >= high {
            return middle;
        }
        match holds(middle) {
            true => low = middle,
            false => high = middle,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(found: Interval, expected: [f64; 2], digits: f64) {
        let Interval { low, high } = found;
        assert!(
            (low - expected[0]).abs() < digits && (high - expected[1]).abs() < digits,
            "[{low}, {high}]"
        );
    }

    #[test]
    fn a_mean_of_five_values_has_the_interval_of_the_textbook() {
        // t(0.975; 4) = 2.776, s = sqrt(2.5).
        let found = t_interval(&[1.0, 2.0, 3.0, 4.0, 5.0], 0.025).unwrap();
        close(found, [1.0368, 4.9632], 1e-4);
        assert_eq!(t_interval(&[1.0], 0.025), None);
        let equal = t_interval(&[0.1; 4], 0.025).unwrap();
        assert_eq!((equal.low, equal.high), (0.1, 0.1));
    }

    #[test]
    fn shares_have_the_published_intervals() {
        // Rule: none of ten is at most 1 - 0.025^(1/10).
        let none = clopper_pearson(0, 10, 0.025);
        close(none, [0.0, 1.0 - 0.025_f64.powf(0.1)], 1e-12);
        close(clopper_pearson(3, 20, 0.025), [0.0321, 0.3789], 1e-4);
        close(clopper_pearson(10, 10, 0.025), [0.6915, 1.0], 1e-4);
        // Newcombe (1998), table II, 56/70 less 48/80, by method 10.
        let found = newcombe([56, 70], [48, 80], 0.025).unwrap();
        close(found, [0.0524, 0.3339], 1e-4);
        close(
            newcombe([10, 10], [0, 20], 0.025).unwrap(),
            [0.6791, 1.0],
            1e-4,
        );
        assert_eq!(newcombe([0, 0], [1, 2], 0.025), None);
    }

    #[test]
    fn what_was_never_seen_may_be_there() {
        for (n, expected) in [(5, 0.52), (10, 0.31), (20, 0.17)] {
            assert!((unseen(n, 0.025) - expected).abs() < 0.005, "{n}");
        }
        assert_eq!(unseen(0, 0.05), 1.0);
    }

    #[test]
    fn spreads_may_be_larger_than_they_look() {
        // chi^2(0.2; 9) = 5.380, chi^2(0.2; 4) = 1.649.
        assert!((std_at_most(1.0, 9.0, 0.8) - (9.0_f64 / 5.380).sqrt()).abs() < 1e-3);
        assert!((std_at_most(2.0, 4.0, 0.8) - 2.0 * (4.0_f64 / 1.649).sqrt()).abs() < 2e-3);
    }
}
