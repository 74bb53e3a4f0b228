//! Point estimates of one sample.

use super::scale::Scale;

/// Arithmetic mean, summed in the given order; `None` of an empty sample.
pub fn mean(values: &[f64]) -> Option<f64> {
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}

/// Interquartile mean: of the n values in ascending order, the mean of those
/// at g .. n - g with g = floor(n / 4), as rliable (Agarwal et al. 2021) has
/// it. Fewer than 4 values: their mean. `None` of an empty sample.
pub fn iqm(values: &[f64]) -> Option<f64> {
    iqm_in_place(&mut values.to_vec())
}

/// [`iqm`], which leaves `values` in ascending order.
pub(super) fn iqm_in_place(values: &mut [f64]) -> Option<f64> {
    values.sort_unstable_by(f64::total_cmp);
    let trimmed = values.len() / 4;
    mean(&values[trimmed..values.len() - trimmed])
}

/// The middle value, or the mean of the middle two; `None` of an empty sample.
pub fn median(values: &[f64]) -> Option<f64> {
    quantile(values, 0.5)
}

/// Mean and unbiased variance (with n - 1) of at least two values; `None` of
/// fewer. Values that are all the same have exactly that mean; the variance of
/// those that differ only by rounding is 0 ([`Scale`]).
pub fn moments(values: &[f64]) -> Option<(f64, f64)> {
    let scale = Scale::of(&[values]);
    let (mean, variance) = scale.moments(values)?;
    Some((mean * scale.unit(), variance * scale.unit() * scale.unit()))
}

/// The `level`-quantile, 0 <= level <= 1, with linear interpolation between
/// the two values around position level (n - 1) of the ascending sample (type
/// 7 of Hyndman and Fan 1996). `None` of an empty sample.
pub fn quantile(values: &[f64], level: f64) -> Option<f64> {
    quantile_in_place(&mut values.to_vec(), level)
}

/// [`quantile`], which leaves `values` in another order. It takes linear time.
pub(crate) fn quantile_in_place(values: &mut [f64], level: f64) -> Option<f64> {
    if values.is_empty() {
        return None;
    }
    let position = level.clamp(0.0, 1.0) * (values.len() - 1) as f64;
    let (_, &mut lower, above) =
        values.select_nth_unstable_by(position.floor() as usize, f64::total_cmp);
    let upper = above.iter().copied().min_by(f64::total_cmp);
    // At the last value nothing lies above, and nothing is left to interpolate.
    Some(upper.map_or(lower, |upper| lower + position.fract() * (upper - lower)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mean_of_nothing_is_nothing() {
        assert_eq!(mean(&[]), None);
        assert_eq!(iqm(&[]), None);
        assert_eq!(quantile(&[], 0.5), None);
        assert_eq!(mean(&[1.0, 2.0, 6.0]), Some(3.0));
    }

    #[test]
    fn the_iqm_leaves_a_quarter_out_at_each_end() {
        // 8 values, g = 2: the mean of 3, 4, 5, 60.
        let values = [60.0, 1.0, 900.0, 3.0, -50.0, 5.0, 4.0, 70.0];
        assert_eq!(iqm(&values), Some(18.0));
        // 10 values, g = floor(2.5) = 2: the mean of the middle 6.
        let values: Vec<f64> = (1..=10).map(|k| f64::from(k * k)).collect();
        assert_eq!(
            iqm(&values),
            Some((9.0 + 16.0 + 25.0 + 36.0 + 49.0 + 64.0) / 6.0)
        );
        assert_eq!(iqm(&[9.0, 0.0, 0.0]), Some(3.0));
    }

    #[test]
    fn moments_of_constants_are_exact() {
        assert_eq!(moments(&[0.1; 7]), Some((0.1, 0.0)));
        assert_eq!(moments(&[1.0, 2.0, 6.0]), Some((3.0, 7.0)));
        assert_eq!(moments(&[1.0]), None);
    }

    #[test]
    fn medians_are_in_the_middle() {
        assert_eq!(median(&[3.0, 1.0, 9.0]), Some(3.0));
        assert_eq!(median(&[3.0, 1.0, 9.0, 4.0]), Some(3.5));
        assert_eq!(median(&[]), None);
    }

    #[test]
    fn quantiles_interpolate_linearly() {
        let values = [40.0, 10.0, 30.0, 20.0];
        for (level, expected) in [
            (0.0, 10.0),
            (0.25, 17.5),
            (0.5, 25.0),
            (0.75, 32.5),
            (0.9, 37.0),
            (1.0, 40.0),
        ] {
            let found = quantile(&values, level).unwrap();
            assert!((found - expected).abs() < 1e-12, "{level}: {found}");
        }
        assert_eq!(quantile(&[7.0], 0.3), Some(7.0));
    }
}
