//! Evaluations while training: they change nothing in it, are made after the
//! updates that the definition names, and survive an interruption.

mod common;

use std::ops::ControlFlow;

use common::{algorithms, config};
use trpo_lab::algo::{Algorithm, AlgorithmConfig, Bench, Kind, UpdateError};
use trpo_lab::columns::Row;
use trpo_lab::config::{Acts, RunConfig, Starts};
use trpo_lab::exec::Exec;
use trpo_lab::kernels::Kernel;
use trpo_lab::lab::Lab;
use trpo_lab::record::{RunRecord, Status};
use trpo_lab::rng::Streams;
use trpo_lab::rollout::episodes::Acting;
use trpo_lab::settings::at_least_one;
use trpo_lab::train::{Checkpoint, Observer, Trainer, train, train_in};

const TASKS: [&str; 2] = ["CartPole-v1", "Pendulum-v1"];

/// A run of TRPO with `points` evaluations of three episodes.
fn with_points(env: &str, updates: usize, points: usize) -> RunConfig {
    let mut config = config(env, algorithms()[0].clone(), updates, 256);
    config.common.evaluation_points = points;
    config
}

fn updates(record: &RunRecord) -> Vec<usize> {
    record.points.iter().map(|point| point.update).collect()
}

#[test]
fn what_is_trained_does_not_depend_on_evaluations() {
    for env in TASKS {
        for algorithm in algorithms() {
            let mut config = config(env, algorithm, 60, 128);
            let without = train(&config, 3);
            config.common.evaluation_points = 50;
            let with = train(&config, 3);
            assert_eq!(with.points.len(), 51);
            assert_eq!(with.curve, without.curve, "{env}");
            assert_eq!(with.episodes, without.episodes, "{env}");
            assert_eq!(with.evaluation, without.evaluation, "{env}");
            assert!(without.points.is_empty());
            assert_ne!(with.digest, without.digest);
        }
    }
}

#[test]
fn points_follow_the_updates_that_the_definition_names() {
    // 7 / 2 = 3.5, rounded up.
    let record = train(&with_points("CartPole-v1", 7, 2), 0);
    assert_eq!(updates(&record), [0, 4, 7]);
    let steps: Vec<u64> = record.points.iter().map(|point| point.step).collect();
    assert_eq!(steps, [0, 4 * 256, 7 * 256]);
    for point in &record.points {
        assert_eq!(point.evaluation.returns.len(), 3);
        assert_eq!(point.evaluation.lengths.len(), 3);
    }
    // More than there are updates: one after each.
    let record = train(&with_points("CartPole-v1", 3, 50), 0);
    assert_eq!(updates(&record), [0, 1, 2, 3]);
}

/// All variants of a seed are evaluated from the same first states: before the
/// first update their policies are equal as well.
#[test]
fn variants_of_a_seed_share_the_states_of_their_evaluations() {
    for env in TASKS {
        let first = |algorithm: &AlgorithmConfig| {
            let mut config = config(env, algorithm.clone(), 1, 256);
            config.common.evaluation_points = 1;
            train(&config, 5).points.swap_remove(0)
        };
        let algorithms = algorithms();
        let [trpo, others @ ..] = &algorithms;
        assert!(others.iter().all(|other| first(other) == first(trpo)));
    }
}

/// The policy of an update that cannot step is the same at every point: what
/// differs between points is where episodes begin, and the actions drawn.
#[test]
fn starts_and_policy_are_as_the_settings_say() {
    let lab = Lab::standard().algorithm::<Still>();
    let returns = |starts, acts| -> Vec<Vec<f64>> {
        let algorithm = AlgorithmConfig::new::<Still>(Default::default());
        let mut config = config("Pendulum-v1", algorithm, 2, 256);
        config.common.evaluation_points = 2;
        config.common.evaluation_starts = starts;
        config.common.evaluation_policy = acts;
        config.common.normalize_observations = false;
        let record = train_in(&lab, &config, 1);
        assert_eq!(record.status, Status::Completed);
        let points = record.points.into_iter().map(|point| point.evaluation);
        let all = points.chain(record.evaluation);
        all.map(|evaluation| evaluation.returns).collect()
    };
    let same = returns(Starts::Same, Acts::Mode);
    assert!(same[0] == same[1] && same[1] == same[2]);
    let fresh = returns(Starts::Fresh, Acts::Mode);
    assert_eq!(fresh[0], same[0], "stream e at point 0");
    assert!(fresh[0] != fresh[1] && fresh[1] != fresh[2]);
    let mut all: Vec<f64> = fresh.concat();
    all.sort_by(f64::total_cmp);
    all.dedup();
    assert_eq!(all.len(), 4 * 3, "an episode was played twice");
    let sampled = returns(Starts::Same, Acts::Sample);
    assert!(sampled[0] == sampled[1] && sampled[1] == sampled[2]);
    for (sampled, same) in sampled.iter().zip(&same) {
        assert_ne!(sampled, same);
    }
}

#[test]
fn the_final_evaluation_may_have_another_number_of_episodes() {
    let mut config = with_points("CartPole-v1", 2, 2);
    let usual = train(&config, 0);
    config.common.final_episodes = Some(7);
    let more = train(&config, 0);
    assert_eq!(more.points, usual.points);
    let [usual, more] = [usual, more].map(|record| record.evaluation.unwrap().returns);
    assert_eq!((usual.len(), more.len()), (3, 7));
    assert_eq!(more[..3], usual);
}

#[test]
fn all_kernels_give_the_same_points() {
    for env in TASKS {
        let config = with_points(env, 3, 3);
        let digests: Vec<String> = Kernel::available()
            .map(|kernel| {
                let trainer = Trainer::new(&Lab::standard(), &config, 4).unwrap();
                let mut trainer = trainer.with_exec(&Exec::from(kernel));
                assert!(trainer.run(&mut ()).is_continue());
                trainer.into_record(&mut ()).digest
            })
            .collect();
        assert!(digests.windows(2).all(|pair| pair[0] == pair[1]), "{env}");
    }
}

/// Leaves the run at the boundary with this number, after an update or an
/// evaluation.
struct LeaveAt(usize);

impl LeaveAt {
    fn pass(&mut self) -> ControlFlow<()> {
        match self.0.checked_sub(1) {
            None => ControlFlow::Break(()),
            Some(left) => {
                self.0 = left;
                ControlFlow::Continue(())
            }
        }
    }
}

impl Observer for LeaveAt {
    fn updated(&mut self, _: &Trainer) -> ControlFlow<()> {
        self.pass()
    }

    fn evaluated(&mut self, _: &Trainer) -> ControlFlow<()> {
        self.pass()
    }
}

/// Also where the point that is due has not been made: whoever interrupts it
/// goes on from there.
#[test]
fn an_interrupted_run_has_the_same_points() {
    for env in TASKS {
        let config = with_points(env, 4, 3);
        let whole = train(&config, 4);
        assert_eq!(updates(&whole), [0, 1, 3, 4]);
        // Four updates and four points.
        for boundary in 0..8 {
            let mut trainer = Trainer::new(&Lab::standard(), &config, 4).unwrap();
            assert!(trainer.run(&mut LeaveAt(boundary)).is_break());
            let text = serde_json::to_string(&trainer.checkpoint()).unwrap();
            let made = trainer.points().len();
            drop(trainer);
            let checkpoint: Checkpoint = serde_json::from_str(&text).unwrap();
            let mut trainer = Trainer::resume(&Lab::standard(), checkpoint).unwrap();
            assert_eq!(trainer.points().len(), made);
            assert!(trainer.run(&mut ()).is_continue());
            let record = trainer.into_record(&mut ());
            assert_eq!(record, whole, "{env}, left at {boundary}");
        }
    }
}

/// A run that is driven update by update may end before its last point: closing
/// the record makes it.
#[test]
fn closing_the_record_makes_what_is_due() {
    let config = with_points("CartPole-v1", 2, 2);
    let mut trainer = Trainer::new(&Lab::standard(), &config, 0).unwrap();
    while !trainer.is_finished() {
        let _ = trainer.run(&mut LeaveAt(0));
    }
    assert_eq!(trainer.points().len(), 2);
    assert_eq!(trainer.into_record(&mut LeaveAt(0)), train(&config, 0));
}

#[test]
fn a_run_that_diverges_keeps_the_points_before() {
    let mut config = with_points("Pendulum-v1", 5, 5);
    // One step an update: the first makes the critic huge, the next overflows.
    config.critic.learning_rate = 1e30;
    config.critic.epochs = 1;
    config.critic.minibatch = 256;
    let record = train(&config, 0);
    let Status::Diverged { update, .. } = record.status else {
        panic!("{:?}", record.status)
    };
    assert_eq!(update, 1);
    assert_eq!(updates(&record), [0, 1]);
    assert!(record.evaluation.is_none());
    assert_eq!(record.digest, record.compute_digest());
}

trpo_lab::settings! {
    /// Settings of an algorithm that changes nothing.
    pub struct StillSettings {
        /// Episodes of an update that has no fixed length.
        episodes: usize = 3, at_least_one();
    }
}

/// Changes nothing, in batches.
#[derive(Clone, serde::Serialize, serde::Deserialize)]
struct Still;

impl Kind for Still {
    type Settings = StillSettings;
    type Algorithm = Self;
    const NAME: &'static str = "still";
    const SUMMARY: &'static str = "Changes nothing";

    fn new(_: &StillSettings, _: usize, _: &Streams) -> Self {
        Self
    }
}

impl Algorithm for Still {
    fn update(&mut self, bench: &mut Bench<'_>, _: f64) -> Result<Row, UpdateError> {
        bench.batch()?;
        Ok(Row::default())
    }
}

/// Changes nothing, in episodes.
#[derive(Clone, serde::Serialize, serde::Deserialize)]
struct ByEpisodes(usize);

impl Kind for ByEpisodes {
    type Settings = StillSettings;
    type Algorithm = Self;
    const NAME: &'static str = "by-episodes";
    const SUMMARY: &'static str = "Changes nothing";

    fn new(settings: &StillSettings, _: usize, _: &Streams) -> Self {
        Self(settings.episodes)
    }

    fn updates(_: &StillSettings, _: usize, _: usize) -> Option<usize> {
        None
    }
}

impl Algorithm for ByEpisodes {
    fn update(&mut self, bench: &mut Bench<'_>, _: f64) -> Result<Row, UpdateError> {
        let theta = bench.policy.theta();
        bench.returns(&theta, self.0, Acting::Sample)?;
        Ok(Row::default())
    }
}

#[test]
fn where_updates_vary_in_length_points_follow_the_counted_steps() {
    let lab = Lab::standard().algorithm::<ByEpisodes>();
    let algorithm = AlgorithmConfig::new::<ByEpisodes>(Default::default());
    let mut config = config("CartPole-v1", algorithm, 10, 104);
    let without = train_in(&lab, &config, 2);
    config.common.evaluation_points = 4;
    let record = train_in(&lab, &config, 2);
    assert_eq!(record.status, Status::Completed, "{:?}", record.status);
    assert_eq!(
        (&record.curve, &record.episodes),
        (&without.curve, &without.episodes)
    );
    assert_eq!(record.points.len(), 5);
    let steps: Vec<u64> = record
        .curve
        .numbers("step")
        .unwrap()
        .iter()
        .map(|step| step.unwrap() as u64)
        .collect();
    for (k, point) in (0..).zip(&record.points) {
        let first = steps.iter().position(|&step| step >= 260 * k).unwrap();
        let expected = if k == 0 {
            (0, 0)
        } else {
            (first + 1, steps[first])
        };
        assert_eq!((point.update, point.step), expected, "point {k}");
    }
}
