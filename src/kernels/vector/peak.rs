//! How fast the processor can multiply and add.

use std::arch::x86_64::*;

use super::Register;

/// Independent chains, enough to hide the latency of an instruction.
const CHAINS: usize = 24;

/// `rounds` rounds of [`CHAINS`] fused multiply-adds that need nothing but
/// registers; gives the number of floating-point operations.
#[inline(always)]
unsafe fn run<R: Register>(rounds: usize) -> f64 {
    // SAFETY: the caller vouches for the CPU's features; the buffer has room
    // for a register.
    unsafe {
        let (a, b) = (R::splat(1.0 - 1e-6), R::splat(1e-6));
        let mut sums = [R::splat(0.5); CHAINS];
        for _ in 0..rounds {
            for sum in &mut sums {
                *sum = b.add_product(*sum, a);
            }
        }
        let mut buffer = [0.0f32; 16];
        for sum in sums {
            sum.store(buffer.as_mut_ptr());
            std::hint::black_box(&buffer);
        }
        (rounds * CHAINS * R::LANES * 2) as f64
    }
}

/// # Safety
/// The CPU must have the features.
#[target_feature(enable = "avx512f")]
pub(in crate::kernels) unsafe fn avx512(rounds: usize) -> f64 {
    // SAFETY: as this function's.
    unsafe { run::<__m512>(rounds) }
}

/// # Safety
/// The CPU must have the features.
#[target_feature(enable = "avx2,fma")]
pub(in crate::kernels) unsafe fn avx2(rounds: usize) -> f64 {
    // SAFETY: as this function's.
    unsafe { run::<__m256>(rounds) }
}
