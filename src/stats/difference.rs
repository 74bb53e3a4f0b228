//! A difference of means with its error: of pairs, of independent samples, and
//! over several tasks.

use super::bootstrap::Interval;
use super::scale::Scale;
use super::special::student_t_quantile;

/// A difference of two means, as known as its standard error says.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Difference {
    /// Mean of x less mean of y.
    pub point: f64,
    /// Its standard error; 0 where nothing varies.
    pub error: f64,
    /// Degrees of freedom of the error; infinite where nothing varies.
    pub df: f64,
    /// Standard deviation of the difference between one run of x and one of y.
    pub spread: f64,
}

impl Difference {
    /// Of pairs `[x, y]`, D = x - y: mean D, error s / sqrt(n), df = n - 1.
    /// `None` of fewer than two. What is rounding on `scale` is no difference.
    pub fn paired(scale: Scale, pairs: &[[f64; 2]]) -> Option<Self> {
        let differences: Vec<f64> = pairs.iter().map(|[x, y]| x - y).collect();
        let (mean, variance) = scale.moments(&differences)?;
        let n = pairs.len() as f64;
        let unit = scale.unit();
        Some(Self {
            point: scale.difference(mean * unit),
            error: (variance / n).sqrt() * unit,
            df: if variance > 0.0 {
                n - 1.0
            } else {
                f64::INFINITY
            },
            spread: variance.sqrt() * unit,
        })
    }

    /// Of independent samples, with the degrees of freedom of Welch and
    /// Satterthwaite. `None` if either has fewer than two values.
    pub fn independent(scale: Scale, x: &[f64], y: &[f64]) -> Option<Self> {
        let ((mean_x, of_x), (mean_y, of_y)) = (scale.moments(x)?, scale.moments(y)?);
        let unit = scale.unit();
        let (v_x, v_y) = (of_x / x.len() as f64, of_y / y.len() as f64);
        // By shares of the sum, whose squares cannot underflow to 0 / 0.
        let part = |v: f64, n: usize| (v / (v_x + v_y)).powi(2) / (n - 1) as f64;
        Some(Self {
            point: scale.difference((mean_x - mean_y) * unit),
            error: (v_x + v_y).sqrt() * unit,
            df: match v_x + v_y > 0.0 {
                true => 1.0 / (part(v_x, x.len()) + part(v_y, y.len())),
                false => f64::INFINITY,
            },
            spread: (of_x + of_y).sqrt() * unit,
        })
    }

    /// The mean over M tasks of their differences, tasks being fixed: with SE_m
    /// the error on a task, SE^2 = sum SE_m^2 / M^2 and df = (sum SE_m^2)^2 /
    /// sum(SE_m^4 / df_m) over the tasks that vary. `None` of no task.
    pub fn over_tasks(tasks: &[Difference]) -> Option<Self> {
        if tasks.is_empty() {
            return None;
        }
        let m = tasks.len() as f64;
        let largest = tasks.iter().map(|task| task.error).fold(0.0, f64::max);
        // In units of the largest, lest squares leave the range of numbers.
        let square = |value: f64| match largest > 0.0 {
            true => (value / largest).powi(2),
            false => 0.0,
        };
        let sum: f64 = tasks.iter().map(|task| square(task.error)).sum();
        let uncertain = tasks.iter().filter(|task| task.error > 0.0);
        let parts: f64 = uncertain.map(|t| square(t.error).powi(2) / t.df).sum();
        let spreads: f64 = tasks.iter().map(|task| square(task.spread)).sum();
        Some(Self {
            point: tasks.iter().map(|task| task.point).sum::<f64>() / m,
            error: sum.sqrt() * largest / m,
            df: if parts > 0.0 {
                sum * sum / parts
            } else {
                f64::INFINITY
            },
            spread: spreads.sqrt() * largest / m,
        })
    }

    /// Whether runs vary at all.
    pub fn varies(&self) -> bool {
        self.error > 0.0
    }

    /// The interval that leaves out `tail` at each end: 0.025 for 95%, 0.025 / h
    /// for h of them together.
    pub fn interval(&self, tail: f64) -> Interval {
        let half = match self.varies() {
            true => student_t_quantile(1.0 - tail, self.df) * self.error,
            false => 0.0,
        };
        Interval {
            low: self.point - half,
            high: self.point + half,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scale() -> Scale {
        Scale::new(10.0)
    }

    #[test]
    fn pairs_as_worked_by_hand() {
        // D = 1, 2, 3: mean 2, s = 1, SE = 1 / sqrt(3), t(0.975; 2) = 4.3027.
        let pairs = [[2.0, 1.0], [4.0, 2.0], [4.0, 1.0]];
        let found = Difference::paired(scale(), &pairs).unwrap();
        assert_eq!((found.point, found.df, found.spread), (2.0, 2.0, 1.0));
        let interval = found.interval(0.025);
        assert!((interval.high - (2.0 + 4.3027 / 3.0_f64.sqrt())).abs() < 1e-4);
        assert_eq!(Difference::paired(scale(), &pairs[..1]), None);
    }

    #[test]
    fn pairs_that_move_together_are_known_better_than_samples() {
        let x = [1.0, 5.0, 9.0, 3.0];
        let y = [0.9, 4.8, 8.9, 2.8];
        let pairs: Vec<[f64; 2]> = x.iter().zip(y).map(|(&x, y)| [x, y]).collect();
        let paired = Difference::paired(scale(), &pairs).unwrap();
        let apart = Difference::independent(scale(), &x, &y).unwrap();
        assert!((paired.point - apart.point).abs() < 1e-12);
        assert!(20.0 * paired.error < apart.error, "{paired:?} {apart:?}");
    }

    #[test]
    fn tiny_huge_and_rounded_scores_give_numbers() {
        for size in [1e-300, 1e-170, 1.0, 1e100] {
            let (x, y) = ([0.0, size], [size, 3.0 * size]);
            let found = Difference::independent(Scale::of(&[&x, &y]), &x, &y).unwrap();
            let plain = Difference::independent(scale(), &[0.0, 1.0], &[1.0, 3.0]).unwrap();
            assert!((found.df - plain.df).abs() < 1e-9, "{found:?}");
            assert!((found.error / size - plain.error).abs() < 1e-9, "{found:?}");
            // What is rounding is no difference, and does not vary.
            let (x, y) = ([(0.1 + 0.2) * size; 3], [0.3 * size; 3]);
            let found = Difference::independent(Scale::of(&[&x, &y]), &x, &y).unwrap();
            assert_eq!((found.point, found.varies()), (0.0, false), "{size}");
        }
        let scale = Scale::of(&[&[1.0], &[1.0, 2.0]]);
        assert_eq!(Difference::independent(scale, &[1.0], &[1.0, 2.0]), None);
    }

    #[test]
    fn over_tasks_errors_add_and_constant_tasks_add_none() {
        let task = |point, error, df| Difference {
            point,
            error,
            df,
            spread: error * 2.0,
        };
        let tasks = [
            task(1.0, 0.3, 4.0),
            task(2.0, 0.4, 4.0),
            task(3.0, 0.0, f64::INFINITY),
        ];
        let found = Difference::over_tasks(&tasks).unwrap();
        assert_eq!(found.point, 2.0);
        assert!((found.error - 0.5 / 3.0).abs() < 1e-12, "{found:?}");
        // (0.09 + 0.16)^2 / (0.09^2 / 4 + 0.16^2 / 4)
        assert!(
            (found.df - 0.0625 / (0.0337 / 4.0)).abs() < 1e-9,
            "{found:?}"
        );
        let still = Difference::over_tasks(&[tasks[2]; 2]).unwrap();
        assert_eq!(
            still.interval(0.025),
            Interval {
                low: 3.0,
                high: 3.0
            }
        );
        assert_eq!(Difference::over_tasks(&[]), None);
    }
}
