//! What a core can do at best, to measure everything else by.

use std::time::Instant;

#[cfg(target_arch = "x86_64")]
use super::Instructions;
use super::Kernel;
#[cfg(target_arch = "x86_64")]
use super::vector::peak;

/// Fused multiply-adds in registers for about `seconds`, with the instructions
/// of a kernel: floating-point operations (two a multiply-add) per
/// second of one core, in `f32`.
pub fn measure_peak(kernel: Kernel, seconds: f64) -> f64 {
    const ROUNDS: usize = 20_000;
    let start = Instant::now();
    let mut operations = 0.0;
    loop {
        operations += probe(kernel, ROUNDS);
        let elapsed = start.elapsed().as_secs_f64();
        if elapsed >= seconds {
            return operations / elapsed;
        }
    }
}

fn probe(kernel: Kernel, rounds: usize) -> f64 {
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
