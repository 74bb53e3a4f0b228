//! An algorithm of one's own that needs neither batches nor a gradient: random
//! search over parameter vectors, beside TRPO.
//!
//!     cargo run --release --example custom_algorithm -- reproduce examples/search.toml

use std::process::ExitCode;

use serde::{Deserialize, Serialize};
use trpo_lab::algo::{Algorithm, Bench, Kind, UpdateError};
use trpo_lab::columns::{Column, Row};
use trpo_lab::lab::Lab;
use trpo_lab::rng::{Purpose, Rng, Streams};
use trpo_lab::rollout::episodes::Acting;
use trpo_lab::settings::{at_least_one, positive};

trpo_lab::settings! {
    /// Settings of random search.
    pub struct SearchSettings {
        /// Candidates of an update, beside the best so far.
        candidates: usize = 4, at_least_one();
        /// Standard deviation of their distance from it, for each parameter.
        sigma: f64 = 0.3, positive();
        /// Episodes by which a candidate is judged.
        episodes: usize = 2, at_least_one();
    }
}

/// Mean return of the candidate that was kept.
const KEPT: Column = Column::number("kept_return", "Return of the candidate kept");

#[derive(Clone, Serialize, Deserialize)]
struct Search {
    settings: SearchSettings,
    stream: Rng,
}

impl Kind for Search {
    type Settings = SearchSettings;
    type Algorithm = Self;
    const NAME: &'static str = "search";
    const SUMMARY: &'static str = "Random search around the best parameters so far";

    fn new(settings: &SearchSettings, _parameters: usize, streams: &Streams) -> Self {
        Self {
            settings: settings.clone(),
            stream: streams.stream(Purpose::Algorithm, 0),
        }
    }

    /// Episodes vary in length, and so do updates.
    fn updates(_: &SearchSettings, _steps: usize, _batch: usize) -> Option<usize> {
        None
    }
}

impl Algorithm for Search {
    fn update(&mut self, bench: &mut Bench<'_>, _done: f64) -> Result<Row, UpdateError> {
        let best = bench.policy.theta();
        let mut kept = (f64::NEG_INFINITY, best.clone());
        for candidate in 0..=self.settings.candidates {
            let mut theta = best.clone();
            if candidate > 0 {
                let sigma = self.settings.sigma;
                let mut noise = || (sigma * self.stream.normal()) as f32;
                theta.iter_mut().for_each(|theta| *theta += noise());
                bench.policy.project(&mut theta);
            }
            let returns = bench.returns(&theta, self.settings.episodes, Acting::Mode)?;
            let mean = returns.iter().sum::<f64>() / returns.len() as f64;
            if mean > kept.0 {
                kept = (mean, theta);
            }
        }
        bench.policy.set_theta(&kept.1);
        Ok(Row::default().with(KEPT, kept.0))
    }
}

fn main() -> ExitCode {
    Lab::standard().algorithm::<Search>().main()
}
