//! The bootstrap without chance: every resample once.

use super::matrix::Matrix;

/// Resamples beyond which enumeration is refused.
pub const MOST_RESAMPLES: usize = 1_000_000;

/// The values of `statistic` over all equally likely resamples of `scores`; there
/// are as many as the product over tasks of N_m to the power of N_m. Their mean,
/// standard deviation and quantiles are those to which the stratified bootstrap
/// tends.
///
/// `None` if there are more than [`MOST_RESAMPLES`].
pub fn enumerate(scores: &Matrix, statistic: impl Fn(&Matrix) -> f64) -> Option<Vec<f64>> {
    let mut count = 1_usize;
    for runs in scores.runs() {
        count = count.checked_mul(runs.checked_pow(u32::try_from(runs).ok()?)?)?;
        if count > MOST_RESAMPLES {
            return None;
        }
    }
    let mut drawn = scores.clone();
    let mut times = vec![0; scores.scores().len()];
    let value = |resample: usize| {
        // The digits of its number say which runs it draws.
        let mut digits = resample;
        drawn.fill_from(scores, &mut times, |runs| {
            let digit = digits % runs;
            digits /= runs;
            digit
        });
        statistic(&drawn)
    };
    Some((0..count).map(value).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::aggregate;

    #[test]
    fn two_runs_have_four_resamples() {
        let scores = Matrix::new(&[[0.0, 1.0]]).unwrap();
        let means = enumerate(&scores, aggregate::mean).unwrap();
        assert_eq!(means, [0.0, 0.5, 0.5, 1.0]);
    }

    #[test]
    fn too_many_resamples_are_refused() {
        let scores = Matrix::new(&[[0.5; 8]]).unwrap();
        assert_eq!(enumerate(&scores, aggregate::mean), None);
        let scores = Matrix::new(&[[0.5; 100]]).unwrap();
        assert_eq!(enumerate(&scores, aggregate::mean), None);
    }
}
