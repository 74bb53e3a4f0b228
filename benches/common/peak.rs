//! What a core can do at best, to measure everything else by.

use std::time::Instant;

use trpo_lab::kernels::{Kernel, multiply_adds};

/// Fused multiply-adds in registers for about `seconds`, with the best kernel
/// of this CPU: floating-point operations per second of one core, in `f32`.
pub fn measure_peak(seconds: f64) -> f64 {
    const ROUNDS: usize = 20_000;
    let start = Instant::now();
    let mut operations = 0.0;
    loop {
        operations += multiply_adds(Kernel::best(), ROUNDS);
        let elapsed = start.elapsed().as_secs_f64();
        if elapsed >= seconds {
            return operations / elapsed;
        }
    }
}
