//! Whether a machine is quiet enough for times to mean something: before and after every
//! block of a measurement a probe says how fast the core is.

use std::time::Instant;

use super::StudyError;
use crate::experiment::provenance::machine_time;
use crate::kernels::{Kernel, multiply_adds};

/// How long a probe takes, in seconds.
const PROBE: f64 = 0.5;

/// How far the two probes of a block may lie apart, as a share of the faster.
const APART: f64 = 0.03;

/// How far the median of all probes may lie below the best on record for this CPU.
const BELOW: f64 = 0.05;

/// How much of the machine's time others on its host may take.
const STOLEN: f64 = 0.005;

/// Blocks that are made again because their probes lie apart, at most, for each block.
const AGAIN: usize = 2;

/// The probes of the blocks of a measurement.
#[derive(Debug)]
pub(super) struct Watch<P> {
    probe: P,
    /// Two numbers a block, in operations a second.
    kept: Vec<[f64; 2]>,
    again: usize,
}

impl<P: FnMut() -> f64> Watch<P> {
    pub fn new(probe: P) -> Self {
        Self {
            probe,
            kept: Vec::new(),
            again: 0,
        }
    }

    /// A block of a measurement of `blocks` blocks with its probes, made again while they
    /// lie apart. The speed of the core in it, operations a second.
    ///
    /// # Errors
    /// If it cannot be made, or the probes lie apart too often.
    pub fn block<T>(
        &mut self,
        blocks: usize,
        mut make: impl FnMut() -> Result<T, StudyError>,
    ) -> Result<(T, f64), StudyError> {
        loop {
            let before = (self.probe)();
            let made = make()?;
            let probes = [before, (self.probe)()];
            let faster = probes[0].max(probes[1]);
            let apart = 1.0 - probes[0].min(probes[1]) / faster;
            if apart <= APART {
                self.kept.push(probes);
                return Ok((made, 0.5 * (probes[0] + probes[1])));
            }
            self.again += 1;
            if self.again > AGAIN * blocks {
                return Err(StudyError::Busy(format!(
                    "the speed of the core changes by more than {}% within a block, {} times \
                     (the last time by {:.1}%)",
                    100.0 * APART,
                    self.again,
                    100.0 * apart
                )));
            }
        }
    }

    /// Refuses what was measured while the core was slower than the `best` that is on
    /// record, or while others took `stolen` of the machine.
    ///
    /// # Errors
    /// Which of both.
    pub fn finish(mut self, best: Option<f64>, stolen: Option<f64>) -> Result<(), StudyError> {
        let probes = self.kept.as_flattened_mut();
        probes.sort_by(f64::total_cmp);
        let median = probes.get(probes.len() / 2).copied().unwrap_or(0.0);
        if let Some(best) = best.filter(|best| median < (1.0 - BELOW) * best) {
            return Err(StudyError::Busy(format!(
                "the core makes {:.1} GFLOP/s, and {:.1} are on record for this CPU",
                1e-9 * median,
                1e-9 * best
            )));
        }
        match stolen.filter(|&stolen| stolen > STOLEN) {
            Some(stolen) => Err(StudyError::Busy(format!(
                "others on its host took {:.1}% of its time",
                100.0 * stolen
            ))),
            None => Ok(()),
        }
    }
}

/// Fused multiply-adds in registers for half a second: operations a second.
pub(super) fn peak(kernel: Kernel) -> f64 {
    const ROUNDS: usize = 20_000;
    let (start, mut operations) = (Instant::now(), 0.0);
    loop {
        operations += multiply_adds(kernel, ROUNDS);
        let passed = start.elapsed().as_secs_f64();
        if passed >= PROBE {
            return operations / passed;
        }
    }
}

/// Watches how much of the machine's time others on its host take, from now on.
pub(super) fn stolen() -> impl FnOnce() -> Option<f64> {
    let start = machine_time();
    move || {
        let (start, end) = start.zip(machine_time())?;
        let [all, stolen] = [0, 1].map(|place| end[place] - start[place]);
        (all > 0.0).then_some(stolen / all)
    }
}

/// Keeps the calling thread on the core on which it is, where the system lets it.
#[cfg(target_os = "linux")]
pub(super) fn pin() {
    use rustix::thread::{CpuSet, sched_getcpu, sched_setaffinity};
    let mut cores = CpuSet::new();
    cores.set(sched_getcpu());
    // Where it is not let, probes and blocks tell.
    let _ = sched_setaffinity(None, &cores);
}

/// Does nothing: the system knows no such thing.
#[cfg(not(target_os = "linux"))]
pub(super) fn pin() {}

#[cfg(test)]
mod tests {
    use super::*;

    fn watch(probes: &[f64]) -> Watch<impl FnMut() -> f64> {
        let mut probes = probes.iter().copied();
        Watch::new(move || probes.next().unwrap())
    }

    #[test]
    fn a_block_in_which_the_core_changes_its_speed_is_made_again_and_too_many_are_refused() {
        let mut quiet = watch(&[100.0, 96.0, 100.0, 98.0]);
        let mut made = 0;
        let (_, speed) = quiet
            .block(1, || {
                made += 1;
                Ok(())
            })
            .unwrap();
        assert_eq!((made, speed), (2, 99.0));
        assert!(quiet.finish(Some(100.0), Some(0.004)).is_ok());
        let mut busy = watch(&[100.0, 50.0, 100.0, 50.0, 100.0, 50.0]);
        let error = busy.block(1, || Ok(())).unwrap_err().to_string();
        assert!(error.contains("the machine is busy"), "{error}");
        assert!(
            error.contains("more than 3% within a block, 3 times"),
            "{error}"
        );
    }

    #[test]
    fn a_core_slower_than_on_record_or_shared_with_others_is_refused() {
        let measured = || {
            let mut watch = watch(&[94.0, 94.0]);
            watch.block(1, || Ok(())).unwrap();
            watch
        };
        assert!(measured().finish(None, None).is_ok());
        let error = measured()
            .finish(Some(100e9), None)
            .unwrap_err()
            .to_string();
        assert!(
            error.contains("100.0 are on record for this CPU"),
            "{error}"
        );
        let error = measured()
            .finish(Some(95.0), Some(0.02))
            .unwrap_err()
            .to_string();
        assert!(error.contains("took 2.0% of its time"), "{error}");
    }
}
