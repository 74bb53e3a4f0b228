//! Initial parameters: orthogonal (Saxe et al. 2014), or uniform as in PyTorch.

use super::Architecture;
use crate::kernels::{dot, norm};
use crate::math::Real;
use crate::rng::Rng;

/// Gain of the hidden layers.
const HIDDEN_GAIN: f64 = std::f64::consts::SQRT_2;

/// Initial parameters: orthogonal weights with gain sqrt 2 in hidden layers
/// and `head_gain` in the last, zero biases, free outputs of value `free`.
pub fn orthogonal<E: Real>(
    architecture: &Architecture,
    head_gain: f64,
    free: f64,
    rng: &mut Rng,
) -> Vec<E> {
    let mut theta = vec![E::ZERO; architecture.parameters()];
    let last = architecture.layers().len() - 1;
    for (index, layer) in architecture.layers().iter().enumerate() {
        let gain = if index == last {
            head_gain
        } else {
            HIDDEN_GAIN
        };
        let weights = orthogonal_matrix(layer.inputs, layer.outputs, rng);
        for (theta, weight) in theta[layer.offset..].iter_mut().zip(weights) {
            *theta = E::from_double(gain * weight);
        }
    }
    theta[architecture.free_offset()..].fill(E::from_double(free));
    theta
}

/// Initial parameters: weights and biases of every layer uniform in
/// \[-1 / sqrt(inputs), 1 / sqrt(inputs)\], free outputs of value `free`.
pub fn uniform<E: Real>(architecture: &Architecture, free: f64, rng: &mut Rng) -> Vec<E> {
    let mut theta = vec![E::ZERO; architecture.parameters()];
    for layer in architecture.layers() {
        let bound = 1.0 / (layer.inputs as f64).sqrt();
        let end = layer.bias_offset() + layer.outputs;
        for theta in &mut theta[layer.offset..end] {
            *theta = E::from_double(rng.uniform_in(-bound, bound));
        }
    }
    theta[architecture.free_offset()..].fill(E::from_double(free));
    theta
}

/// A matrix \[rows\]\[columns\] whose shorter side is orthonormal, uniformly
/// distributed: normal draws made orthogonal by Gram and Schmidt, twice for
/// accuracy.
fn orthogonal_matrix(rows: usize, columns: usize, rng: &mut Rng) -> Vec<f64> {
    let (count, length) = (rows.min(columns), rows.max(columns));
    let mut vectors: Vec<Vec<f64>> = Vec::with_capacity(count);
    while vectors.len() < count {
        let mut vector: Vec<f64> = (0..length).map(|_| rng.normal()).collect();
        for _ in 0..2 {
            for other in &vectors {
                let along = dot(&vector, other);
                for (v, o) in vector.iter_mut().zip(other) {
                    *v -= along * o;
                }
            }
            let length = norm(&vector);
            vector.iter_mut().for_each(|v| *v /= length);
        }
        vectors.push(vector);
    }
    let mut matrix = vec![0.0; rows * columns];
    for (i, vector) in vectors.iter().enumerate() {
        for (j, &value) in vector.iter().enumerate() {
            let (row, column) = if rows < columns { (i, j) } else { (j, i) };
            matrix[row * columns + column] = value;
        }
    }
    matrix
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::{Purpose, Streams};

    #[test]
    fn the_shorter_side_is_orthonormal() {
        let mut rng = Streams::new(0, "init").stream(Purpose::Initialisation, 0);
        for (rows, columns) in [(4, 64), (64, 64), (64, 2), (1, 5)] {
            let matrix = orthogonal_matrix(rows, columns, &mut rng);
            let element = |i: usize, j: usize| {
                if rows < columns {
                    matrix[i * columns + j]
                } else {
                    matrix[j * columns + i]
                }
            };
            for a in 0..rows.min(columns) {
                for b in 0..rows.min(columns) {
                    let product: f64 = (0..rows.max(columns))
                        .map(|j| element(a, j) * element(b, j))
                        .sum();
                    let expected = if a == b { 1.0 } else { 0.0 };
                    assert!((product - expected).abs() < 1e-12);
                }
            }
        }
    }

    #[test]
    fn uniform_weights_and_biases_fill_the_range_of_their_layer() {
        let architecture = Architecture::new(4, &[100], 50, 2);
        let mut rng = Streams::new(0, "init").stream(Purpose::Initialisation, 0);
        let theta: Vec<f64> = uniform(&architecture, -0.5, &mut rng);
        for (layer, bound) in architecture.layers().iter().zip([0.5, 0.1]) {
            let of_layer = &theta[layer.offset..layer.bias_offset() + layer.outputs];
            let largest = of_layer.iter().fold(0.0, |most: f64, x| most.max(x.abs()));
            assert!(largest <= bound && largest > 0.95 * bound, "{largest}");
            let second_moment = of_layer.iter().map(|x| x * x).sum::<f64>() / of_layer.len() as f64;
            assert!((second_moment / (bound * bound / 3.0) - 1.0).abs() < 0.2);
        }
        assert_eq!(theta[architecture.free_offset()..], [-0.5, -0.5]);
    }

    #[test]
    fn gains_biases_and_free_outputs() {
        let architecture = Architecture::new(3, &[8], 2, 2);
        let mut rng = Streams::new(0, "init").stream(Purpose::Initialisation, 0);
        let theta: Vec<f64> = orthogonal(&architecture, 0.01, -0.5, &mut rng);
        let [first, head] = architecture.layers() else {
            panic!("two layers")
        };
        let row = norm(&theta[..8]);
        assert!((row - HIDDEN_GAIN).abs() < 1e-12, "{row}");
        assert!(
            theta[first.bias_offset()..head.offset]
                .iter()
                .all(|&b| b == 0.0)
        );
        assert!(
            theta[head.offset..head.bias_offset()]
                .iter()
                .all(|w| w.abs() <= 0.01)
        );
        assert_eq!(theta[architecture.free_offset()..], [-0.5, -0.5]);
    }
}
