//! What a core can do at best: benches measure everything else by it.

#[cfg(target_arch = "x86_64")]
use super::Instructions;
use super::Kernel;
#[cfg(target_arch = "x86_64")]
use super::vector::peak;

/// Makes `rounds` rounds of fused multiply-adds in registers, with the
/// instructions of `kernel`; the floating-point operations made, two a
/// multiply-add, in `f32`.
pub fn multiply_adds(kernel: Kernel, rounds: usize) -> f64 {
    #[cfg(target_arch = "x86_64")]
    match kernel.instructions() {
        // SAFETY: there is a kernel only where the CPU has its features.
        Instructions::Avx512 => return unsafe { peak::avx512(rounds) },
        // SAFETY: as above.
        Instructions::Avx2 => return unsafe { peak::avx2(rounds) },
        Instructions::Portable => {}
    }
    let mut sums = [0.5f32; 8];
    for _ in 0..rounds {
        for sum in &mut sums {
            *sum = sum.mul_add(1.0 - 1e-6, 1e-6);
        }
    }
    std::hint::black_box(sums);
    (rounds * sums.len() * 2) as f64
}
