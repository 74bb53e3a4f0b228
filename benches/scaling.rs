//! Whether two runs at a time make twice the steps: the gain of two jobs over
//! one beside that of two probes of the multiply-add over one, in turn, so that
//! what the machine itself loses to its second core is not held against us.

#[path = "common/peak.rs"]
mod peak;
#[path = "common/runs.rs"]
mod runs;

use peak::measure_peak;
use runs::{middle, seconds};
use trpo_lab::algo::AlgorithmConfig;
use trpo_lab::algo::trpo::Trpo;
use trpo_lab::config::{CommonSettings, RunConfig};

const TURNS: usize = 7;
const RUNS: u64 = 8;

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
    let shares: Vec<f64> = (0..TURNS)
        .map(|turn| {
            let (one, two) = (seconds(&config, RUNS, 1), seconds(&config, RUNS, 2));
            let (single, both) = (probe(1), probe(2));
            let (jobs, probes) = (one / two, both / single);
            println!(
                "turn {turn}: two jobs {jobs:.3} times one, two probes {probes:.3} times one, \
                 share {:.3}",
                jobs / probes
            );
            jobs / probes
        })
        .collect();
    println!(
        "scaling: two jobs reach {} of what two probes do (floor 0.95)",
        middle(shares, 3)
    );
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
