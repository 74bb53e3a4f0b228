//! What a core can do at best, to measure everything else by.

use std::time::Instant;

#[cfg(target_arch = "x86_64")]
use super::Kernel;
#[cfg(target_arch = "x86_64")]
use super::vector::peak;

/// Fused multiply-adds in registers for about `seconds`, with the instructions
/// of the current kernel: floating-point operations (two a multiply-add) per
/// second of one core, in `f32`.
pub fn measure_peak(seconds: f64) -> f64 {
    const ROUNDS: usize = 20_000;
    let start = Instant::now();
    let mut operations = 0.0;
    loop {
        operations += probe(ROUNDS);
        let elapsed = start.elapsed().as_secs_f64();
        if elapsed >= seconds {
            return operations / elapsed;
        }
    }
}

fn probe(rounds: usize) -> f64 {
    #[cfg(target_arch = "x86_64")]
    match Kernel::current() {
        // SAFETY: a kernel is current only if the CPU has its features.
        Kernel::Avx512 => return unsafe { peak::avx512(rounds) },
        // SAFETY: as above.
        Kernel::Avx2 => return unsafe { peak::avx2(rounds) },
        Kernel::Portable => {}
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
