//! Distribution functions: those of `statrs` with their arguments arranged for
//! accuracy.

use statrs::function::beta::beta_reg;
use statrs::function::erf::{erfc, erfc_inv};

/// P(Z <= z) of a standard normal Z.
pub fn normal_cdf(z: f64) -> f64 {
    0.5 * erfc(-z / std::f64::consts::SQRT_2)
}

/// The z with P(Z <= z) = `p` of a standard normal Z, 0 < p < 1.
pub fn normal_quantile(p: f64) -> f64 {
    -std::f64::consts::SQRT_2 * erfc_inv(2.0 * p)
}

/// P(|T| > |t|) of Student's t with `df` > 0 degrees of freedom, which need not
/// be whole: I_{df / (df + t^2)}(df / 2, 1 / 2).
pub fn student_t_two_sided(t: f64, df: f64) -> f64 {
    let square = t * t;
    // The smaller of the two complementary arguments, lest 1 - x lose digits.
    if square < df {
        1.0 - beta_reg(0.5, 0.5 * df, square / (df + square))
    } else {
        beta_reg(0.5 * df, 0.5, df / (df + square))
    }
}

/// P(T > t) of Student's t with `df` > 0 degrees of freedom.
pub fn student_t_sf(t: f64, df: f64) -> f64 {
    let tail = 0.5 * student_t_two_sided(t, df);
    if t < 0.0 { 1.0 - tail } else { tail }
}

/// The t with P(T <= t) = `p` of Student's t with `df` > 0 degrees of freedom,
/// 0 < p < 1, by bisection to the last bit.
pub fn student_t_quantile(p: f64, df: f64) -> f64 {
    if p < 0.5 {
        return -student_t_quantile(1.0 - p, df);
    }
    let exceeds = |t: f64| student_t_sf(t, df) <= 1.0 - p;
    let (mut below, mut above) = (0.0, 1.0);
    while !exceeds(above) && above < f64::MAX / 2.0 {
        (below, above) = (above, 2.0 * above);
    }
    loop {
        let middle = 0.5 * (below + above);
        if middle <= below || middle >= above {
            return below;
        }
        match exceeds(middle) {
            true => above = middle,
            false => below = middle,
        }
    }
}

/// P(B <= x) of a beta distribution with `a`, `b` > 0, 0 <= x <= 1: the
/// regularised incomplete beta function I_x(a, b).
pub fn beta_cdf(x: f64, a: f64, b: f64) -> f64 {
    beta_reg(a, b, x)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn extremes_stay_probabilities() {
        assert!(student_t_two_sided(f64::INFINITY, 3.0) < 1e-300);
        assert_eq!(student_t_quantile(0.5, 3.0), 0.0);
        assert_eq!((normal_cdf(-40.0), normal_cdf(40.0)), (0.0, 1.0));
    }
}
