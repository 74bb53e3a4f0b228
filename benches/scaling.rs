//! How runs of one thread share a machine: so many at a time beside one, and as many probes of
//! the multiply-add beside one, in turn, so that what the machine itself loses to its other
//! cores is not held against us. In powers of two, up to the cores there are.

#[path = "common/peak.rs"]
mod peak;
#[path = "common/runs.rs"]
mod runs;

use peak::measure_peak;
use runs::{middle, seconds};
use trpo_lab::algo::AlgorithmConfig;
use trpo_lab::algo::trpo::Trpo;
use trpo_lab::config::{CommonSettings, RunConfig};

const TURNS: usize = 5;

/// Runs that each of the threads makes on average: many, since at the end threads wait for the
/// last run of another, up to a whole one, and probes do not.
const EACH: u64 = 16;

fn main() {
    if std::env::args().any(|argument| argument == "--test") {
        return;
    }
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    if cores < 2 {
        println!("scaling: this machine has one core; nothing to measure");
        return;
    }
    let config = RunConfig {
        common: CommonSettings {
            steps: 40_960,
            evaluation_episodes: 1,
            ..CommonSettings::default()
        },
        ..RunConfig::new(
            "CartPole-v1",
            AlgorithmConfig::new::<Trpo>(Default::default()),
        )
    };
    let per_second = |jobs: usize| {
        let runs = EACH * jobs as u64;
        runs as f64 / seconds(&config, runs, jobs)
    };
    // The first runs are mostly start.
    per_second(1);
    let jobs = std::iter::successors(Some(2), |jobs| Some(2 * jobs));
    for jobs in jobs.take_while(|jobs| *jobs <= cores) {
        let (mut shares, mut speeds) = (Vec::new(), Vec::new());
        for _ in 0..TURNS {
            let (one, several) = (per_second(1), per_second(jobs));
            let (single, all) = (probe(1), probe(jobs));
            shares.push((several / one) / (all / single));
            speeds.push(several);
        }
        println!(
            "{jobs:2} runs at a time: {} a second, {} of what as many probes do (floor 0.95)",
            middle(speeds, 2),
            middle(shares, 3)
        );
    }
}

/// Operations per second of `threads` probes at the same time.
fn probe(threads: usize) -> f64 {
    std::thread::scope(|scope| {
        let probes: Vec<_> = (0..threads)
            .map(|_| scope.spawn(|| measure_peak(0.5)))
            .collect();
        let speeds = probes.into_iter().map(|probe| probe.join());
        speeds.map(|speed| speed.expect("a probe")).sum()
    })
}
