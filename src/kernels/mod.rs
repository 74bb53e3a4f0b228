//! The arithmetic of a layer, with a fixed order of additions.
//!
//! Every output is one chain of fused multiply-adds over the inner dimension,
//! and vector lanes run over outputs; a fused multiply-add rounds once on any
//! CPU, so AVX-512, AVX2 and plain code give the same bits. Where outputs are
//! few (`dots`), sixteen chains run over the inputs and are added in a fixed
//! tree. Which rule applies depends on shapes alone.
//!
//! Matrices are row-major slices whose rows start `stride` elements apart, a
//! multiple of `LANES`; what lies between the width and the stride is zero
//! and stays zero.

mod copies;
mod elementwise;
mod reduce;
mod select;

// Numbers of a buffer and the pages under it, and vector instructions with what is checked
// before them.
#[allow(unsafe_code)]
mod lanes;
#[allow(unsafe_code)]
mod matrix;
#[allow(unsafe_code)]
mod narrow;
#[cfg(feature = "train")]
#[allow(unsafe_code)]
mod pages;
#[allow(unsafe_code)]
mod peak;
#[allow(unsafe_code)]
mod transpose;
#[cfg(target_arch = "x86_64")]
#[allow(unsafe_code)]
mod vector;

pub(crate) use copies::fill_columns;
#[cfg(feature = "train")]
pub use copies::gather;
pub use elementwise::exp;
pub(crate) use elementwise::{accumulate, activate, column_sums, times_derivative};
pub(crate) use lanes::Buffer;
pub(crate) use matrix::{Affine, affine, outer_sum};
pub(crate) use narrow::dots;
#[cfg(feature = "train")]
pub(crate) use pages::enlarge_pages;
pub use peak::multiply_adds;
pub use reduce::{dot, mean, mean_and_variance, norm, sum};
pub use select::{Instructions, Kernel};
pub(crate) use select::{in_blocks, kernel, lanes};
pub(crate) use transpose::transpose;

use crate::activation::Activation;

/// Elements to which rows are padded.
pub(crate) const LANES: usize = 16;

/// A matrix that is read.
#[derive(Debug, Clone, Copy)]
pub(crate) struct View<'a, E> {
    /// The elements.
    pub data: &'a [E],
    /// Distance between the starts of rows.
    pub stride: usize,
}

impl<'a, E> View<'a, E> {
    /// A matrix whose rows start `stride` elements apart.
    pub fn new(data: &'a [E], stride: usize) -> Self {
        Self { data, stride }
    }

    #[inline(always)]
    fn row(&self, row: usize, from: usize, length: usize) -> &'a [E] {
        &self.data[row * self.stride + from..][..length]
    }
}

/// A product that [`affine`] adds.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Term<'a, E> {
    /// \[rows\]\[inner\]
    pub x: View<'a, E>,
    /// \[inner\]\[columns\]
    pub w: View<'a, E>,
    /// Width of x and number of rows of w.
    pub inner: usize,
}

/// What [`affine`] does to its sums before it stores them.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Finish<'a, E> {
    /// Nothing.
    Nothing,
    /// The activation.
    Activate(Activation),
    /// Multiplies by the derivative of the activation where h is its value; h is laid out as
    /// the output.
    TimesDerivative(Activation, &'a [E]),
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::{Purpose, Streams};

    fn padded(width: usize) -> usize {
        width.next_multiple_of(LANES)
    }

    fn random(rows: usize, width: usize, index: u32) -> Vec<f32> {
        let mut rng = Streams::new(0, "kernels").stream(Purpose::Bootstrap, index);
        let mut data = vec![0.0; rows * padded(width)];
        for row in data.chunks_exact_mut(padded(width)) {
            for value in &mut row[..width] {
                *value = rng.normal() as f32;
            }
        }
        data
    }

    /// What [`affine`] finishes with is what the functions of single elements do, for any
    /// number of rows.
    #[test]
    fn products_finish_as_single_elements_do() {
        let (rows, inner, outputs) = (53, 17, 40);
        let (x, w, bias) = (
            random(rows, inner, 0),
            random(inner, outputs, 1),
            random(1, outputs, 2),
        );
        let (xs, ws) = (padded(inner), padded(outputs));
        let h = random(rows, outputs, 3);
        for kernel in Kernel::available() {
            let finished = |finish| {
                let mut y = vec![0.0f32; rows * ws];
                let (x, w) = (View::new(&x, xs), View::new(&w, ws));
                let terms = [Term { x, w, inner }];
                let (bias, terms) = (Some(&bias[..]), &terms);
                affine(
                    kernel,
                    rows,
                    ws,
                    Affine { bias, terms },
                    finish,
                    &[],
                    &mut y,
                );
                y
            };
            for activation in Activation::ALL {
                let mut expected = finished(Finish::Nothing);
                activate(kernel, activation, &mut expected);
                assert_eq!(
                    finished(Finish::Activate(activation)),
                    expected,
                    "{kernel:?}"
                );
                let mut expected = finished(Finish::Nothing);
                times_derivative(kernel, activation, &mut expected, &h);
                let y = finished(Finish::TimesDerivative(activation, &h));
                assert_eq!(y, expected, "{kernel:?} {activation:?}");
            }
        }
    }

    /// Every kernel must give the bits of the definition: one chain per output.
    #[test]
    fn all_kernels_give_the_bits_of_the_definition() {
        for (rows, inner, outputs) in [(1, 1, 1), (7, 17, 64), (13, 64, 100), (64, 5, 16)] {
            let (x, w) = (random(rows, inner, 0), random(inner, outputs, 1));
            let (xs, ws) = (padded(inner), padded(outputs));
            let bias = random(1, outputs, 2);
            let mut expected = vec![0.0f32; rows * ws];
            let mut gradient = vec![0.0f32; inner * ws];
            for r in 0..rows {
                for c in 0..ws {
                    expected[r * ws + c] = (0..inner)
                        .fold(bias[c], |sum, k| x[r * xs + k].mul_add(w[k * ws + c], sum));
                }
                for k in 0..inner {
                    for c in 0..ws {
                        let sum = &mut gradient[k * ws + c];
                        *sum = x[r * xs + k].mul_add(expected[r * ws + c], *sum);
                    }
                }
            }
            for kernel in Kernel::available() {
                let mut y = vec![0.0f32; rows * ws];
                let (x, w) = (View::new(&x, xs), View::new(&w, ws));
                let (bias, terms) = (Some(&bias[..]), &[Term { x, w, inner }]);
                let sum = Affine { bias, terms };
                // What is fetched meanwhile changes nothing, and may end before.
                let soon = [View::new(&x.data[..1], 700), w];
                affine(kernel, rows, ws, sum, Finish::Nothing, &soon, &mut y);
                assert_eq!(y, expected, "{kernel:?}");
                let mut sums = vec![0.0f32; inner * ws];
                outer_sum(kernel, rows, inner, x, View::new(&y, ws), false, &mut sums);
                assert_eq!(sums, gradient, "{kernel:?}");
            }
        }
    }

    #[test]
    fn elementwise_kernels_give_the_same_bits() {
        let x = random(9, 70, 3);
        let outputs: Vec<_> = Kernel::available()
            .map(|kernel| {
                let mut e = x.clone();
                elementwise::exp_with(kernel, &mut e);
                let through = Activation::ALL.map(|activation| {
                    let (mut h, mut e) = (x.clone(), e.clone());
                    activate(kernel, activation, &mut h);
                    times_derivative(kernel, activation, &mut e, &h);
                    (h, e)
                });
                (e, through)
            })
            .collect();
        assert!(outputs.windows(2).all(|pair| pair[0] == pair[1]));
    }

    /// Every kernel must give the bits of the definition, sixteen chains added by halves, for
    /// any number of rows and outputs, and touch nothing beside them.
    #[test]
    fn dots_have_the_bits_of_the_definition() {
        const MOST: usize = 9;
        let (x, w, bias) = (random(35, 70, 3), random(MOST, 70, 4), random(1, MOST, 5));
        let stride = padded(70);
        let (x2, w2) = (random(35, 40, 6), random(MOST, 40, 7));
        let stride2 = padded(40);
        let definition = |row: usize, j: usize| {
            let mut sums = [0.0f32; LANES];
            for (x, w, stride) in [(&x, &w, stride), (&x2, &w2, stride2)] {
                let (x, w) = (&x[row * stride..], &w[j * stride..]);
                for k in 0..stride {
                    sums[k % LANES] = x[k].mul_add(w[k], sums[k % LANES]);
                }
            }
            for half in [8, 4, 2, 1] {
                for lane in 0..half {
                    sums[lane] += sums[lane + half];
                }
            }
            bias[j] + sums[0]
        };
        for outputs in 1..=MOST {
            for (rows, gap) in (0..=35).flat_map(|rows| [(rows, 0), (rows, 2)]) {
                let width = outputs + gap;
                let mut expected = vec![7.0; rows * width];
                for (row, y) in expected.chunks_exact_mut(width).enumerate() {
                    for (j, y) in y[..outputs].iter_mut().enumerate() {
                        *y = definition(row, j);
                    }
                }
                let terms = [(&x, &w, stride, 70), (&x2, &w2, stride2, 40)];
                let terms = terms.map(|(x, w, stride, inner)| Term {
                    x: View::new(x, stride),
                    w: View::new(w, stride),
                    inner,
                });
                for kernel in Kernel::available() {
                    let mut y = vec![7.0f32; rows * width];
                    dots(kernel, rows, outputs, &bias, &terms, &mut y, width);
                    assert_eq!(y, expected, "{rows} rows of {outputs}, {kernel:?}");
                }
            }
        }
    }

    #[test]
    fn sums_have_the_same_bits_with_every_kernel() {
        let (a, b) = (random(1, 69, 5), random(1, 69, 6));
        let sums = |kernel| {
            [
                reduce::dot_with(kernel, &a[..69], &b[..69]),
                reduce::sum_with(kernel, &a[..69]),
                reduce::norm_with(kernel, &a[..69]),
                reduce::squares_around(kernel, &a[..69], 0.1),
            ]
            .map(f64::to_bits)
        };
        let expected = sums(Kernel::best());
        for kernel in Kernel::available() {
            assert_eq!(sums(kernel), expected, "{kernel:?}");
        }
    }
}
