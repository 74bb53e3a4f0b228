//! Sums in NumPy's order and precision, so that rewards have the bits of
//! Gymnasium's.

use std::ops::Add;

/// The sum of `terms` as NumPy adds them: up to 7 one by one, up to 128 in
/// eight running sums.
pub fn sum<T: Copy + Default + Add<Output = T>>(mut terms: impl Iterator<Item = T>) -> T {
    let mut first = [T::default(); 8];
    let mut count = 0;
    for (slot, term) in first.iter_mut().zip(terms.by_ref()) {
        *slot = term;
        count += 1;
    }
    if count < 8 {
        return first.into_iter().take(count).fold(T::default(), T::add);
    }
    let mut lanes = first;
    let mut block = [T::default(); 8];
    let mut filled = 0;
    for term in terms {
        block[filled] = term;
        filled += 1;
        if filled == 8 {
            for (lane, &term) in lanes.iter_mut().zip(&block) {
                *lane = *lane + term;
            }
            filled = 0;
        }
    }
    let [a, b, c, d, e, f, g, h] = lanes;
    let whole = ((a + b) + (c + d)) + ((e + f) + (g + h));
    block[..filled].iter().fold(whole, |sum, &term| sum + term)
}

/// `weight` x sum of squares of an action, in `float32` as Gymnasium has it,
/// widened.
pub fn control_cost(weight: f32, action: &[f32]) -> f64 {
    f64::from(weight * sum(action.iter().map(|a| a * a)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// With terms of which the order shows: 1 + eps/2 + eps/2 is 1 from the
    /// left and 1 + eps from the right.
    #[test]
    fn terms_are_added_in_numpys_order() {
        let half = f64::EPSILON / 2.0;
        assert_eq!(sum([1.0, half, half].into_iter()), 1.0);
        // Lanes 0 and 1 first, then with 2 and 3: (1 + 0) + (half + half).
        let eight = [1.0, 0.0, half, half, 0.0, 0.0, 0.0, 0.0];
        assert_eq!(sum(eight.into_iter()), 1.0 + f64::EPSILON);
        // The ninth and tenth come last, one by one.
        let ten = [1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, half, half];
        assert_eq!(sum(ten.into_iter()), 1.0);
        // The ninth of sixteen goes to lane 0, the eleventh to lane 2.
        let mut sixteen = [0.0; 16];
        (sixteen[0], sixteen[10], sixteen[11]) = (1.0, half, half);
        assert_eq!(sum(sixteen.into_iter()), 1.0 + f64::EPSILON);
        assert_eq!(sum((1..=84).map(f64::from)), 3570.0);
        assert_eq!(sum(std::iter::empty::<f64>()), 0.0);
    }

    #[test]
    fn the_control_cost_is_single_precision() {
        let cost = control_cost(1e-3, &[0.3, -0.7, 0.1]);
        let expected = 1e-3_f32 * (0.3_f32 * 0.3 + 0.7_f32 * 0.7 + 0.1_f32 * 0.1);
        assert_eq!(cost, f64::from(expected));
    }
}
