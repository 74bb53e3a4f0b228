//! What a run leaves, and what can be done with it.

use std::ops::ControlFlow;

use trpo_lab::activation::Activation;
use trpo_lab::common::Acts;
use trpo_lab::config::RunConfig;
use trpo_lab::env::Action;
use trpo_lab::exec::Exec;
use trpo_lab::lab::Lab;
use trpo_lab::saved::SavedPolicy;
use trpo_lab::train::{
    Asked, Checkpoint, Finished, Observer, StartError, Trainer, evaluate_saved, train,
};

use super::{finished, ppo, trpo};

/// Through its file.
fn read_back(policy: &SavedPolicy) -> SavedPolicy {
    SavedPolicy::from_bytes(&policy.to_bytes().unwrap()).unwrap()
}

fn evaluated(policy: &SavedPolicy, asked: &Asked) -> Vec<f64> {
    let made = evaluate_saved(&Lab::standard(), policy, asked, &Exec::default());
    made.unwrap().returns
}

/// Discrete and continuous actions, drawn or not, observations normalised or not.
fn configurations() -> Vec<RunConfig> {
    let mut drawn = trpo("Pendulum-v1");
    drawn.common.evaluation_policy = Acts::Sample;
    let mut plain = ppo("CartPole-v1");
    plain.common.normalize_observations = false;
    vec![trpo("CartPole-v1"), ppo("Pendulum-v1"), drawn, plain]
}

#[test]
fn a_file_gives_the_policy_and_the_evaluation_of_its_run_bit_for_bit() {
    for config in configurations() {
        let Finished { record, policy, .. } = finished(&config, 3);
        let policy = policy.unwrap();
        assert_eq!(policy.about.record, record.digest);
        let read = read_back(&policy);
        assert_eq!(read.theta, policy.theta);
        assert_eq!(read.to_bytes().unwrap(), policy.to_bytes().unwrap());
        let expected = record.evaluation.unwrap().returns;
        assert_eq!(evaluated(&read, &Asked::default()), expected);
        let more = Asked {
            episodes: Some(5),
            ..Asked::default()
        };
        assert_eq!(evaluated(&read, &more)[..3], expected, "the first of more");
    }
}

#[test]
fn stochastic_episodes_begin_alike_and_draw_from_streams_of_their_own() {
    let mut config = trpo("Pendulum-v1");
    let mode = finished(&config, 3).policy.unwrap();
    config.common.evaluation_policy = Acts::Sample;
    let drawn = finished(&config, 3).policy.unwrap();
    let stochastic = Asked {
        is_stochastic: true,
        ..Asked::default()
    };
    assert_ne!(
        evaluated(&mode, &stochastic),
        evaluated(&mode, &Asked::default())
    );
    assert_ne!(
        evaluated(&drawn, &stochastic),
        evaluated(&drawn, &Asked::default())
    );
    assert_eq!(
        evaluated(&mode, &stochastic),
        evaluated(&drawn, &stochastic)
    );
}

/// Leaves a run after so many evaluations.
struct Until(usize);

impl Observer for Until {
    fn evaluated(&mut self, trainer: &Trainer) -> ControlFlow<()> {
        match trainer.points().len() == self.0 {
            true => ControlFlow::Break(()),
            false => ControlFlow::Continue(()),
        }
    }
}

#[test]
fn the_best_policy_is_that_of_the_highest_evaluation_and_the_first_of_several() {
    // So early nobody gets an Acrobot up: all evaluations of it are equal.
    let tied = trpo("Acrobot-v1");
    for config in [trpo("CartPole-v1"), tied] {
        let Finished { record, best, .. } = finished(&config, 5);
        let best = best.unwrap();
        let points = record.points.iter();
        let means: Vec<f64> = points.map(|point| point.evaluation.mean_return()).collect();
        let highest = means.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let place = means.iter().position(|mean| *mean == highest).unwrap();
        let has_ties = means.iter().filter(|mean| **mean == highest).count() > 1;
        assert_eq!(has_ties, config.env == "Acrobot-v1", "{means:?}");
        let about = best.about.best.as_ref().unwrap();
        let found = (about.mean_return, about.update);
        assert_eq!(found, (highest, record.points[place].update));

        // The run that was left there has these parameters.
        let mut trainer = Trainer::new(&Lab::standard(), &config, 5).unwrap();
        assert!(trainer.run(&mut Until(place + 1)).is_break());
        assert_eq!(trainer.policy().theta(), best.theta);
        assert_eq!(read_back(&best).about.best, best.about.best);
    }
    let mut without = trpo("CartPole-v1");
    without.common.evaluation_points = 0;
    assert!(finished(&without, 5).best.is_none());
}

#[test]
fn an_interrupted_run_leaves_the_same_bytes() {
    struct After(usize);
    impl Observer for After {
        fn updated(&mut self, trainer: &Trainer) -> ControlFlow<()> {
            match trainer.updates() == self.0 {
                true => ControlFlow::Break(()),
                false => ControlFlow::Continue(()),
            }
        }
    }
    let (config, lab) = (trpo("Pendulum-v1"), Lab::standard());
    let bytes = |finished: Finished| {
        let both = [finished.policy, finished.best];
        both.map(|policy| policy.unwrap().to_bytes().unwrap())
    };
    let whole = bytes(finished(&config, 2));
    for updates in [1, 4, 7] {
        let mut trainer = Trainer::new(&lab, &config, 2).unwrap();
        assert!(trainer.run(&mut After(updates)).is_break());
        let kept = serde_json::to_vec(&trainer.checkpoint().unwrap()).unwrap();
        let kept: Checkpoint = serde_json::from_slice(&kept).unwrap();
        let mut resumed = Trainer::resume(&lab, kept).unwrap();
        assert!(resumed.run(&mut ()).is_continue());
        assert_eq!(
            bytes(resumed.finish(&mut ())),
            whole,
            "left after {updates} updates"
        );
    }
}

#[test]
fn an_agent_acts_as_the_evaluation_does() {
    for config in [trpo("CartPole-v1"), ppo("Pendulum-v1")] {
        let policy = finished(&config, 3).policy.unwrap();
        let expected = evaluated(
            &policy,
            &Asked {
                episodes: Some(1),
                ..Asked::default()
            },
        );
        let mut agent = read_back(&policy).agent(&Exec::default());
        let task = Lab::standard().find_task(&config.env).unwrap();
        // The episode again, by hand.
        let streams = trpo_lab::rng::Streams::new(3, &config.env);
        let mut rng = streams.stream(trpo_lab::rng::Purpose::Evaluation, 0);
        let mut env = task.env().unwrap().unwrap();
        env.reset(&mut rng);
        let mut observation = vec![0.0; agent.observation_dim()];
        let (mut total, mut steps) = (0.0, 0);
        loop {
            env.observe(&mut observation);
            let action = agent.act(&observation).unwrap();
            if let Action::Continuous(point) = action {
                assert!(point.iter().all(|a| (-2.0..=2.0).contains(a)));
            }
            let step = env.step(action);
            total += step.reward;
            steps += 1;
            if step.terminated || steps == task.spec().time_limit {
                break;
            }
        }
        assert_eq!(vec![total], expected);
        assert!(
            agent
                .act(&[0.0; 17])
                .unwrap_err()
                .to_string()
                .contains("17 components")
        );
    }
}

#[test]
fn a_run_goes_on_from_the_networks_of_a_policy_and_nothing_else() {
    let (config, lab) = (trpo("CartPole-v1"), Lab::standard());
    let policy = read_back(&finished(&config, 3).policy.unwrap());
    let from = RunConfig {
        from: Some("of the file".to_owned()),
        ..config.clone()
    };
    let trainer = Trainer::from_policy(&lab, &from, 4, &policy).unwrap();
    assert_eq!(trainer.policy().theta(), policy.theta);
    assert_eq!(trainer.normaliser(), &policy.normaliser);
    assert_eq!((trainer.updates(), trainer.steps()), (0, 0));
    let mut trainer = trainer;
    let _ = trainer.run(&mut ());
    let record = trainer.into_record(&mut ());
    assert_eq!(record.config.from.as_deref(), Some("of the file"));
    assert_ne!(record.digest, train(&config, 4).digest);
    // The first point is the evaluation of the policy that it began with.
    let begun = Asked {
        episodes: Some(3),
        ..Asked::default()
    };
    let first = &record.points[0].evaluation.returns;
    assert!(
        first.iter().sum::<f64>() > 3.0 * 9.0,
        "{first:?} {:?}",
        evaluated(&policy, &begun)
    );

    let refused = |config: &RunConfig| {
        let made = Trainer::from_policy(&lab, config, 4, &policy);
        made.err().unwrap().to_string()
    };
    let mut other = from.clone();
    other.common.hidden = vec![9];
    assert!(
        refused(&other).contains("hidden [12, 8], where [9]"),
        "{}",
        refused(&other)
    );
    let mut other = from.clone();
    other.common.activation = Activation::Relu;
    assert!(refused(&other).contains("activation tanh, where relu"));
    let mut other = from.clone();
    other.common.normalize_observations = false;
    assert!(refused(&other).contains("normalize_observations true"));
    let mut other = from.clone();
    other.env = "Pendulum-v1".to_owned();
    assert!(refused(&other).contains("observations of 4 components, Pendulum-v1 has 3"));
    assert!(matches!(
        Trainer::new(&lab, &from, 4),
        Err(StartError::From(_))
    ));
}
