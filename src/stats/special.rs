//! Distribution functions: those of `statrs` with their arguments arranged for
//! accuracy, and the noncentral t, which it lacks.

use statrs::function::beta::beta_reg;
use statrs::function::erf::{erfc, erfc_inv};
use statrs::function::gamma::ln_gamma;

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

/// P(T <= t) of the noncentral t with `df` > 0 degrees of freedom and
/// noncentrality `delta`, as the series of Lenth (1989, AS 243): for t >= 0,
///
/// Phi(-delta) + 1/2 sum_j \[p_j I_x(j + 1/2, df/2) + q_j I_x(j + 1, df/2)\],
///
/// x = t^2 / (df + t^2), with the Poisson weights p_j of mean delta^2 / 2 and
/// q_j = delta / sqrt(2) exp(-delta^2/2) (delta^2/2)^j / Gamma(j + 3/2). The
/// error is of the order of 1e-14; the number of terms grows as delta.
pub fn noncentral_t_cdf(t: f64, df: f64, delta: f64) -> f64 {
    if t < 0.0 {
        return 1.0 - noncentral_t_cdf(-t, df, -delta);
    }
    // Rarer than a double can say: T <= t would need a normal draw below
    // -delta / 2 or a chi draw twenty times its mean, T > t one above |delta|.
    if delta > 40.0 * (1.0 + t) {
        return 0.0;
    }
    if delta < -40.0 {
        return 1.0;
    }
    let x = t * t / (df + t * t);
    let half = 0.5 * delta * delta;
    // The weight p_j, and the whole term.
    let term = |j: f64| {
        let ln_power = if j == 0.0 { 0.0 } else { j * half.ln() };
        let weight = |offset: f64| (ln_power - half - ln_gamma(j + offset)).exp();
        let p = weight(1.0);
        let q = weight(1.5) * delta / std::f64::consts::SQRT_2;
        let shares = [j + 0.5, j + 1.0].map(|a| beta_reg(a, 0.5 * df, x));
        (p, p * shares[0] + q * shares[1])
    };
    // From the largest weight outwards: the first ones of a large delta are 0.
    let mode = half.floor() as u64;
    let sum_over = |terms: &mut dyn Iterator<Item = u64>| {
        let terms = terms.map(|j| term(j as f64));
        let matter = terms.take_while(|&(weight, _)| weight > 1e-18);
        matter.map(|(_, term)| term).sum::<f64>()
    };
    let sum = sum_over(&mut (0..=mode).rev()) + sum_over(&mut (mode + 1..));
    (normal_cdf(-delta) + 0.5 * sum).clamp(0.0, 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_noncentral_t_becomes_students_t_and_the_normal() {
        for (t, df) in [(0.0, 3.0), (1.3, 4.0), (-2.1, 17.3), (4.0, 60.0)] {
            let expected = 1.0 - student_t_sf(t, df);
            assert!((noncentral_t_cdf(t, df, 0.0) - expected).abs() < 1e-14);
        }
        for (t, delta) in [(1.0, 2.0), (-0.5, 0.3), (3.0, -1.0)] {
            let found = noncentral_t_cdf(t, 1e6, delta);
            assert!((found - normal_cdf(t - delta)).abs() < 1e-5, "{found}");
        }
    }

    #[test]
    fn the_noncentral_t_agrees_with_its_integral() {
        // P(T <= t) = E Phi(t S - delta), S = sqrt(chi^2_df / df): by the
        // midpoint rule over the density of S.
        for (t, df, delta) in [
            (2.0, 4.0, 1.0),
            (2.5, 9.0, 9.0),
            (-1.0, 5.0, -2.0),
            (40.0, 6.0, 38.5),
        ] {
            let ln_norm = 0.5 * df * f64::ln(df)
                - ln_gamma(0.5 * df)
                - (0.5 * df - 1.0) * std::f64::consts::LN_2;
            let density = |s: f64| (ln_norm + (df - 1.0) * s.ln() - 0.5 * df * s * s).exp();
            let step = 1e-4;
            let integral: f64 = (0..100_000)
                .map(|k| (f64::from(k) + 0.5) * step)
                .map(|s| step * density(s) * normal_cdf(t * s - delta))
                .sum();
            let found = noncentral_t_cdf(t, df, delta);
            assert!(
                (found - integral).abs() < 1e-8,
                "{t} {df} {delta}: {found} {integral}"
            );
        }
    }

    #[test]
    fn extremes_stay_probabilities() {
        for delta in [0.0, 1.0, 50.0, 1e3, 1e9, 1e200] {
            for t in [0.0, 1e-9, 2.0, 40.0] {
                let above = noncentral_t_cdf(t, 2.0, delta);
                let below = noncentral_t_cdf(-t, 2.0, delta);
                assert!((0.0..=1.0).contains(&above), "{t} {delta}: {above}");
                assert!((0.0..=above).contains(&below), "{t} {delta}: {below}");
            }
        }
        assert!(student_t_two_sided(f64::INFINITY, 3.0) < 1e-300);
        assert_eq!(student_t_quantile(0.5, 3.0), 0.0);
    }
}
