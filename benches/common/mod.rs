//! What the benches of arithmetic share: throughput as a share of the fused
//! multiply-adds that this core can do, measured in the same process.
#![allow(dead_code)] // No bench uses all of it.

pub mod operations;
pub mod peak;

use std::time::{Duration, Instant};

use criterion::measurement::{Measurement, ValueFormatter, WallTime};
use criterion::{Criterion, Throughput};
use trpo_lab::kernels::Kernel;

use peak::measure_peak;

/// Wall time; a throughput of `Elements(n)` is n floating-point operations, and
/// is shown as their share of the peak.
#[derive(Default)]
pub struct PeakShare {
    formatter: Formatter,
}

/// Criterion with [`PeakShare`].
pub fn criterion() -> Criterion<PeakShare> {
    println!(
        "peak of one core: {:.0} GFLOP/s with kernel {}",
        measure_peak(0.2) / 1e9,
        Kernel::best().name()
    );
    Criterion::default().with_measurement(PeakShare::default())
}

impl Measurement for PeakShare {
    type Intermediate = Instant;
    type Value = Duration;

    fn start(&self) -> Instant {
        WallTime.start()
    }

    fn end(&self, start: Instant) -> Duration {
        WallTime.end(start)
    }

    fn add(&self, a: &Duration, b: &Duration) -> Duration {
        WallTime.add(a, b)
    }

    fn zero(&self) -> Duration {
        WallTime.zero()
    }

    fn to_f64(&self, value: &Duration) -> f64 {
        WallTime.to_f64(value)
    }

    fn formatter(&self) -> &dyn ValueFormatter {
        &self.formatter
    }
}

#[derive(Default)]
struct Formatter;

impl ValueFormatter for Formatter {
    fn scale_values(&self, typical: f64, values: &mut [f64]) -> &'static str {
        WallTime.formatter().scale_values(typical, values)
    }

    fn scale_throughputs(
        &self,
        _typical: f64,
        throughput: &Throughput,
        nanoseconds: &mut [f64],
    ) -> &'static str {
        let Throughput::Elements(operations) = *throughput else {
            return "?";
        };
        // Now, because the clock of a shared machine changes.
        let per_nanosecond = measure_peak(0.1) / 1e9;
        for value in nanoseconds {
            *value = 100.0 * operations as f64 / *value / per_nanosecond;
        }
        "% of peak"
    }

    fn scale_for_machines(&self, values: &mut [f64]) -> &'static str {
        WallTime.formatter().scale_for_machines(values)
    }
}
