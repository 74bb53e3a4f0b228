//! The arithmetic of a layer, with a fixed order of additions.
//!
//! Every output is one chain of fused multiply-adds over the inner dimension,
//! and vector lanes run over outputs; a fused multiply-add rounds once on any
//! CPU, so AVX-512, AVX2 and plain code give the same bits. Where outputs are
//! few ([`dots`]), sixteen chains run over the inputs and are added in a fixed
//! tree. Which rule applies depends on shapes alone.
//!
//! Matrices are row-major slices whose rows start `stride` elements apart, a
//! multiple of [`LANES`]; what lies between the width and the stride is zero
//! and stays zero.

#[cfg(target_arch = "x86_64")]
mod dots;

use std::cell::Cell;
use std::ops::{Deref, DerefMut};
use std::sync::OnceLock;

use crate::math::Real;

/// Elements to which rows are padded.
pub const LANES: usize = 16;

/// Which instructions the kernels use. All give the same bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kernel {
    /// 512-bit vectors with fused multiply-add.
    Avx512,
    /// 256-bit vectors with fused multiply-add.
    Avx2,
    /// No assumption about the CPU. Without a hardware fused multiply-add it
    /// is a hundred times slower.
    Portable,
}

impl Kernel {
    /// All kernels, fastest first.
    pub const ALL: [Kernel; 3] = [Kernel::Avx512, Kernel::Avx2, Kernel::Portable];

    /// `avx512`, `avx2` or `portable`.
    pub fn name(self) -> &'static str {
        match self {
            Kernel::Avx512 => "avx512",
            Kernel::Avx2 => "avx2",
            Kernel::Portable => "portable",
        }
    }

    /// Whether this CPU can run it.
    pub fn available(self) -> bool {
        match self {
            Kernel::Portable => true,
            #[cfg(target_arch = "x86_64")]
            Kernel::Avx512 => {
                is_x86_feature_detected!("avx512f")
                    && is_x86_feature_detected!("avx512vl")
                    && is_x86_feature_detected!("avx512bw")
                    && is_x86_feature_detected!("avx512dq")
                    && Kernel::Avx2.available()
            }
            #[cfg(target_arch = "x86_64")]
            Kernel::Avx2 => is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma"),
            #[cfg(not(target_arch = "x86_64"))]
            _ => false,
        }
    }

    /// The fastest kernel that this CPU can run.
    pub fn best() -> Kernel {
        let available = Kernel::ALL.into_iter().find(|kernel| kernel.available());
        available.unwrap_or(Kernel::Portable)
    }

    /// Makes this the kernel of the whole process from now on. Gives whether
    /// that could be done: the CPU must have it, and no other may have been
    /// selected before.
    pub fn select(self) -> bool {
        self.available() && *SELECTED.get_or_init(|| self) == self
    }

    /// The kernel in use on this thread: the forced one, or else the selected
    /// one, or else the best.
    pub fn current() -> Kernel {
        FORCED
            .get()
            .unwrap_or_else(|| *SELECTED.get_or_init(Kernel::best))
    }

    /// Runs `work` with this kernel on the present thread.
    ///
    /// # Panics
    /// If the CPU lacks it.
    pub fn force<R>(self, work: impl FnOnce() -> R) -> R {
        assert!(self.available(), "this CPU lacks {}", self.name());
        let before = FORCED.replace(Some(self));
        let result = work();
        FORCED.set(before);
        result
    }
}

static SELECTED: OnceLock<Kernel> = OnceLock::new();

thread_local! {
    static FORCED: Cell<Option<Kernel>> = const { Cell::new(None) };
}

/// Compiles a function once for every [`Kernel`] and calls the current one.
/// `$vectors` is a constant in its body: how many vectors of [`LANES`] a
/// register block is wide.
macro_rules! kernel {
    (
        $(#[$meta:meta])*
        pub fn $name:ident<E: Real $(, $vectors:ident)?>($($arg:ident : $type:ty),* $(,)?) $body:block
    ) => {
        $(#[$meta])*
        pub fn $name<E: Real>($($arg: $type),*) {
            #[inline(always)]
            fn body<E: Real, const VECTORS: usize>($($arg: $type),*) {
                $( let $vectors = VECTORS; )?
                $body
            }
            #[cfg(target_arch = "x86_64")]
            #[target_feature(enable = "avx512f,avx512vl,avx512bw,avx512dq,avx2,fma")]
            fn avx512<E: Real>($($arg: $type),*) {
                body::<E, 4>($($arg),*)
            }
            #[cfg(target_arch = "x86_64")]
            #[target_feature(enable = "avx2,fma")]
            fn avx2<E: Real>($($arg: $type),*) {
                body::<E, 1>($($arg),*)
            }
            match Kernel::current() {
                // SAFETY: a kernel is current only if the CPU has its features.
                #[cfg(target_arch = "x86_64")]
                Kernel::Avx512 => unsafe { avx512($($arg),*) },
                // SAFETY: as above.
                #[cfg(target_arch = "x86_64")]
                Kernel::Avx2 => unsafe { avx2($($arg),*) },
                _ => body::<E, 1>($($arg),*),
            }
        }
    };
}

pub(crate) use kernel;

/// Rows of a register block.
const BLOCK: usize = 6;

/// A matrix that is read.
#[derive(Debug, Clone, Copy)]
pub struct View<'a, E> {
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

/// From where the sums of [`affine`] start.
#[derive(Debug, Clone, Copy)]
pub enum Start<'a, E> {
    /// From one value per column: the bias.
    Bias(&'a [E]),
    /// From zero.
    Zero,
    /// From what the output holds.
    Output,
}

/// Sixteen numbers, the unit of vectorisation.
#[derive(Debug, Clone, Copy)]
#[repr(C, align(64))]
struct Lanes<E>([E; LANES]);

impl<E: Real> Lanes<E> {
    const ZERO: Self = Self([E::ZERO; LANES]);

    #[inline(always)]
    fn load(from: &[E]) -> Self {
        let mut lanes = Self::ZERO;
        lanes.0.copy_from_slice(&from[..LANES]);
        lanes
    }

    #[inline(always)]
    fn store(self, to: &mut [E]) {
        to[..LANES].copy_from_slice(&self.0);
    }

    /// self + factor * other, in every lane.
    #[inline(always)]
    fn add_scaled(&mut self, factor: E, other: &Self) {
        for (lane, &value) in self.0.iter_mut().zip(&other.0) {
            *lane = factor.mul_add(value, *lane);
        }
    }

    #[inline(always)]
    fn add_product(&mut self, a: &Self, b: &Self) {
        for ((lane, &a), &b) in self.0.iter_mut().zip(&a.0).zip(&b.0) {
            *lane = a.mul_add(b, *lane);
        }
    }

    /// The sum of all lanes, by halves.
    #[inline(always)]
    fn tree_sum(self) -> E {
        let [a, b]: [[E; 8]; 2] = halves(self.0);
        let [a, b]: [[E; 4]; 2] = halves(add(a, b));
        let [a, b]: [[E; 2]; 2] = halves(add(a, b));
        let [a, b] = add(a, b);
        a + b
    }
}

#[inline(always)]
fn halves<E: Real, const N: usize, const H: usize>(lanes: [E; N]) -> [[E; H]; 2] {
    [
        std::array::from_fn(|i| lanes[i]),
        std::array::from_fn(|i| lanes[i + H]),
    ]
}

#[inline(always)]
fn add<E: Real, const N: usize>(a: [E; N], b: [E; N]) -> [E; N] {
    std::array::from_fn(|i| a[i] + b[i])
}

/// Numbers whose first one, and with it every padded row, begins a cache
/// line; their count is a multiple of [`LANES`].
#[derive(Debug, Clone, Default)]
pub struct Buffer<E> {
    lanes: Vec<Lanes<E>>,
}

impl<E: Real> Buffer<E> {
    /// `count` zeros, rounded up to a multiple of [`LANES`].
    pub fn zeros(count: usize) -> Self {
        Self {
            lanes: vec![Lanes::ZERO; count.div_ceil(LANES)],
        }
    }

    /// Makes it hold at least `count` numbers, of any value.
    pub fn reserve(&mut self, count: usize) {
        if self.len() < count {
            *self = Self::zeros(count);
        }
    }
}

impl<E> Deref for Buffer<E> {
    type Target = [E];
    fn deref(&self) -> &[E] {
        // SAFETY: `Lanes` is an array of `LANES` numbers without padding.
        unsafe { std::slice::from_raw_parts(self.lanes.as_ptr().cast(), self.lanes.len() * LANES) }
    }
}

impl<E> DerefMut for Buffer<E> {
    fn deref_mut(&mut self) -> &mut [E] {
        let count = self.lanes.len() * LANES;
        // SAFETY: as above.
        unsafe { std::slice::from_raw_parts_mut(self.lanes.as_mut_ptr().cast(), count) }
    }
}

/// Calls `$call` with the largest constant block height that fits what is
/// left, until all of `$count` is done.
macro_rules! in_blocks {
    ($at:ident in 0..$count:expr, $height:ident => $call:expr) => {{
        let mut $at = 0;
        while $at + BLOCK <= $count {
            const $height: usize = BLOCK;
            $call;
            $at += BLOCK;
        }
        while $at + 2 <= $count {
            const $height: usize = 2;
            $call;
            $at += 2;
        }
        while $at < $count {
            const $height: usize = 1;
            $call;
            $at += 1;
        }
    }};
}

/// Calls `$call` for column blocks of `$vectors` vectors, then of single ones.
macro_rules! in_columns {
    ($column:ident in 0..$stride:expr, $wide:expr, $vectors:ident => $call:expr) => {{
        let mut $column = 0;
        if $wide == 4 {
            while $column + 4 * LANES <= $stride {
                const $vectors: usize = 4;
                $call;
                $column += 4 * LANES;
            }
        }
        while $column + LANES <= $stride {
            const $vectors: usize = 1;
            $call;
            $column += LANES;
        }
    }};
}

kernel! {
    /// y\[r\]\[c\] = start + sum over k of x\[r\]\[k\] w\[k\]\[c\], one chain in
    /// ascending k for every output.
    ///
    /// `rows` rows of `x` with `inner` elements, `inner` rows of `w`; `y` has
    /// the stride of `w`.
    pub fn affine<E: Real, wide>(rows: usize, inner: usize, x: View<E>, w: View<E>, start: Start<E>, y: &mut [E]) {
        in_columns!(column in 0..w.stride, wide, VECTORS => {
            in_blocks!(row in 0..rows, HEIGHT => {
                affine_block::<E, HEIGHT, VECTORS>(row, column, inner, x, w, start, y)
            })
        })
    }
}

#[inline(always)]
fn affine_block<E: Real, const HEIGHT: usize, const VECTORS: usize>(
    row: usize,
    column: usize,
    inner: usize,
    x: View<E>,
    w: View<E>,
    start: Start<E>,
    y: &mut [E],
) {
    let mut sums = [[Lanes::ZERO; VECTORS]; HEIGHT];
    for (r, sums) in sums.iter_mut().enumerate() {
        let from = match start {
            Start::Zero => continue,
            Start::Bias(bias) => &bias[column..],
            Start::Output => &y[(row + r) * w.stride + column..],
        };
        for (v, sum) in sums.iter_mut().enumerate() {
            *sum = Lanes::load(&from[v * LANES..]);
        }
    }
    let x: [&[E]; HEIGHT] = std::array::from_fn(|r| x.row(row + r, 0, inner));
    for k in 0..inner {
        let weights = w.row(k, column, VECTORS * LANES);
        let weights: [Lanes<E>; VECTORS] =
            std::array::from_fn(|v| Lanes::load(&weights[v * LANES..]));
        for (x, sums) in x.iter().zip(&mut sums) {
            for (sum, weight) in sums.iter_mut().zip(&weights) {
                sum.add_scaled(x[k], weight);
            }
        }
    }
    for (r, sums) in sums.iter().enumerate() {
        for (v, sum) in sums.iter().enumerate() {
            sum.store(&mut y[(row + r) * w.stride + column + v * LANES..]);
        }
    }
}

kernel! {
    /// w\[k\]\[c\] += sum over r of x\[r\]\[k\] y\[r\]\[c\], one chain in ascending
    /// r for every element: the gradient of the weights.
    ///
    /// `inner` is the width of `x` and the number of rows of `w`, which has
    /// the stride of `y`.
    pub fn outer_sum<E: Real, wide>(rows: usize, inner: usize, x: View<E>, y: View<E>, w: &mut [E]) {
        in_columns!(column in 0..y.stride, wide, VECTORS => {
            in_blocks!(k in 0..inner, HEIGHT => {
                outer_block::<E, HEIGHT, VECTORS>(k, column, rows, x, y, w)
            })
        })
    }
}

#[inline(always)]
fn outer_block<E: Real, const HEIGHT: usize, const VECTORS: usize>(
    k: usize,
    column: usize,
    rows: usize,
    x: View<E>,
    y: View<E>,
    w: &mut [E],
) {
    let mut sums: [[Lanes<E>; VECTORS]; HEIGHT] = std::array::from_fn(|i| {
        std::array::from_fn(|v| Lanes::load(&w[(k + i) * y.stride + column + v * LANES..]))
    });
    for r in 0..rows {
        let x = x.row(r, k, HEIGHT);
        let y = y.row(r, column, VECTORS * LANES);
        let y: [Lanes<E>; VECTORS] = std::array::from_fn(|v| Lanes::load(&y[v * LANES..]));
        for (i, sums) in sums.iter_mut().enumerate() {
            for (sum, y) in sums.iter_mut().zip(&y) {
                sum.add_scaled(x[i], y);
            }
        }
    }
    for (i, sums) in sums.iter().enumerate() {
        for (v, sum) in sums.iter().enumerate() {
            sum.store(&mut w[(k + i) * y.stride + column + v * LANES..]);
        }
    }
}

/// y\[r\]\[j\] = start + sum over k of x\[r\]\[k\] w\[j\]\[k\] for the few outputs
/// j < `outputs`: sixteen chains over k, added by halves, then to the start.
///
/// `x` and `w` have one stride; rows of `y` are `y_stride` apart.
pub fn dots<E: Real>(
    rows: usize,
    outputs: usize,
    x: View<E>,
    w: View<E>,
    start: Start<E>,
    y: &mut [E],
    y_stride: usize,
) {
    let mut put = |row: usize, j: usize, sum: E| {
        let y = &mut y[row * y_stride + j];
        let from = match start {
            Start::Zero => E::ZERO,
            Start::Bias(bias) => bias[j],
            Start::Output => *y,
        };
        *y = from + sum;
    };
    #[cfg(target_arch = "x86_64")]
    if vector_dots(rows, outputs, x, w, &mut put) {
        return;
    }
    for row in 0..rows {
        for j in 0..outputs {
            let mut sum = Lanes::ZERO;
            let (x, w) = (x.row(row, 0, w.stride), w.row(j, 0, w.stride));
            for (x, w) in x.chunks_exact(LANES).zip(w.chunks_exact(LANES)) {
                sum.add_product(&Lanes::load(x), &Lanes::load(w));
            }
            put(row, j, sum.tree_sum());
        }
    }
}

/// [`dots`] of `f32` with vector instructions; false if there are none.
#[cfg(target_arch = "x86_64")]
fn vector_dots<E: Real>(
    rows: usize,
    outputs: usize,
    x: View<E>,
    w: View<E>,
    put: &mut impl FnMut(usize, usize, E),
) -> bool {
    let (Some(x), Some(weights)) = (E::as_f32(x.data), E::as_f32(w.data)) else {
        return false;
    };
    let stride = w.stride;
    assert!(stride.is_multiple_of(LANES));
    assert!(x.len() >= rows * stride && weights.len() >= outputs * stride);
    let at = dots::Operands {
        x: x.as_ptr(),
        w: weights.as_ptr(),
        stride,
    };
    let put = |row: usize, j: usize, sum: f32| put(row, j, E::of(f64::from(sum)));
    match Kernel::current() {
        // SAFETY, here and below: a kernel is current only if the CPU has its
        // features, and `in_groups` names rows of x below `rows` and rows of w
        // below `outputs`, which the slices hold.
        Kernel::Avx512 => in_groups(
            (rows, outputs),
            |row, j| unsafe { dots::rows_avx512(at, row, j) },
            |row, first, count| unsafe { dots::outputs_avx512(at, row, first, count) },
            put,
        ),
        Kernel::Avx2 => in_groups(
            (rows, outputs),
            |row, j| unsafe { dots::rows_avx2(at, row, j) },
            |row, first, count| unsafe { dots::outputs_avx2(at, row, first, count) },
            put,
        ),
        Kernel::Portable => return false,
    }
    true
}

/// Groups of `N` rows for one output after the other, then what rows are left,
/// each for groups of at most `N` outputs.
#[cfg(target_arch = "x86_64")]
fn in_groups<const N: usize>(
    (rows, outputs): (usize, usize),
    of_rows: impl Fn(usize, usize) -> [f32; N],
    of_outputs: impl Fn(usize, usize, usize) -> [f32; N],
    mut put: impl FnMut(usize, usize, f32),
) {
    let whole = rows - rows % N;
    for row in (0..whole).step_by(N) {
        for j in 0..outputs {
            for (r, sum) in of_rows(row, j).into_iter().enumerate() {
                put(row + r, j, sum);
            }
        }
    }
    for row in whole..rows {
        for first in (0..outputs).step_by(N) {
            let count = N.min(outputs - first);
            let sums = of_outputs(row, first, count);
            for (j, &sum) in sums[..count].iter().enumerate() {
                put(row, first + j, sum);
            }
        }
    }
}

kernel! {
    /// The sum of every column over all rows, added to `sums`: the gradient of
    /// the bias.
    pub fn column_sums<E: Real>(rows: usize, y: View<E>, sums: &mut [E]) {
        let width = sums.len();
        for r in 0..rows {
            for (sum, &value) in sums.iter_mut().zip(y.row(r, 0, width)) {
                *sum += value;
            }
        }
    }
}

kernel! {
    /// tanh in place.
    pub fn tanh<E: Real>(values: &mut [E]) {
        for value in values {
            *value = value.tanh();
        }
    }
}

kernel! {
    /// Multiplies by the derivative of tanh, 1 - h^2, where h = tanh.
    pub fn times_tanh_derivative<E: Real>(values: &mut [E], h: &[E]) {
        for (value, &h) in values.iter_mut().zip(h) {
            *value *= (-h).mul_add(h, E::ONE);
        }
    }
}

kernel! {
    /// exp of every element.
    pub fn exp<E: Real>(values: &mut [E]) {
        for value in values {
            *value = value.exp();
        }
    }
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
            for kernel in Kernel::ALL.into_iter().filter(|k| k.available()) {
                kernel.force(|| {
                    let mut y = vec![0.0f32; rows * ws];
                    let (x, w) = (View::new(&x, xs), View::new(&w, ws));
                    affine(rows, inner, x, w, Start::Bias(&bias), &mut y);
                    assert_eq!(y, expected, "{kernel:?}");
                    let mut sums = vec![0.0f32; inner * ws];
                    outer_sum(rows, inner, x, View::new(&y, ws), &mut sums);
                    assert_eq!(sums, gradient, "{kernel:?}");
                });
            }
        }
    }

    #[test]
    fn elementwise_kernels_and_dots_give_the_same_bits() {
        let (x, w) = (random(9, 70, 3), random(3, 70, 4));
        let outputs: Vec<_> = Kernel::ALL
            .into_iter()
            .filter(|kernel| kernel.available())
            .map(|kernel| {
                kernel.force(|| {
                    let mut y = vec![0.0f32; 9 * LANES];
                    let (a, b) = (View::new(&x, padded(70)), View::new(&w, padded(70)));
                    dots(9, 3, a, b, Start::Zero, &mut y, LANES);
                    let mut h = x.clone();
                    tanh(&mut h);
                    let mut e = x.clone();
                    exp(&mut e);
                    times_tanh_derivative(&mut e, &h);
                    (y, h, e)
                })
            })
            .collect();
        assert!(outputs.windows(2).all(|pair| pair[0] == pair[1]));
    }
}
