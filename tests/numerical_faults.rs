//! What becomes of a run whose task gives numbers that no task should give, or whose batches
//! hold nothing to learn from: an outcome that is written down for each, never a panic, and
//! never a number in a complete record that is none.

use trpo_lab::algo::AlgorithmConfig;
use trpo_lab::algo::npg::{Npg, NpgSettings};
use trpo_lab::algo::ppo::{Ppo, PpoSettings};
use trpo_lab::algo::trpo::{Trpo, TrpoSettings};
use trpo_lab::algo::vpg::{Vpg, VpgSettings};
use trpo_lab::config::RunConfig;
use trpo_lab::env::{Action, ActionSpace, Env, EnvError, Spec, Task, Transition, exactly};
use trpo_lab::lab::Lab;
use trpo_lab::record::{RunRecord, Status};
use trpo_lab::rng::Rng;
use trpo_lab::train::train_in;

/// A task of one's choosing. Its state is the number of steps that were made.
#[derive(Clone)]
struct Odd {
    actions: ActionSpace,
    reward: fn(steps: f64, action: f64) -> f64,
    observation: fn(steps: f64) -> f64,
    /// Steps after which an episode ends; `None`: only by the time limit.
    ends: Option<f64>,
    steps: f64,
}

impl Default for Odd {
    fn default() -> Self {
        Self {
            actions: ActionSpace::Discrete(2),
            reward: |steps, action| (0.3 * steps).sin() + action,
            observation: |steps| (0.5 * steps).cos(),
            ends: Some(20.0),
            steps: 0.0,
        }
    }
}

impl Env for Odd {
    fn spec(&self) -> Spec {
        Spec::new("Odd-v0", 2, self.actions.clone(), 1000)
    }

    fn reset(&mut self, _rng: &mut Rng) {
        self.steps = 0.0;
    }

    fn step(&mut self, action: Action<'_>) -> Transition {
        let action = match action {
            Action::Discrete(index) => index as f64,
            Action::Continuous(components) => f64::from(components[0]),
        };
        self.steps += 1.0;
        let ended = self.ends.is_some_and(|ends| self.steps >= ends);
        Transition::new((self.reward)(self.steps, action), ended)
    }

    fn observe(&self, observation: &mut [f64]) {
        observation.copy_from_slice(&[(self.observation)(self.steps), 1.0]);
    }

    fn state(&self) -> Vec<f64> {
        vec![self.steps]
    }

    fn set_state(&mut self, state: &[f64]) -> Result<(), EnvError> {
        [self.steps] = exactly(state, &self.spec(), "1: the steps")?;
        Ok(())
    }
}

fn algorithms() -> [(&'static str, AlgorithmConfig); 4] {
    [
        ("trpo", AlgorithmConfig::new::<Trpo>(Default::default())),
        ("npg", AlgorithmConfig::new::<Npg>(Default::default())),
        ("vpg", AlgorithmConfig::new::<Vpg>(Default::default())),
        ("ppo", AlgorithmConfig::new::<Ppo>(Default::default())),
    ]
}

fn config(algorithm: AlgorithmConfig) -> RunConfig {
    let mut config = RunConfig::new("Odd-v0", algorithm);
    config.common.steps = 512;
    config.common.batch = 128;
    config.common.copies = 2;
    config.common.hidden = vec![8];
    config.common.evaluation_episodes = 2;
    config.critic.epochs = 2;
    config
}

/// A run of every algorithm on `odd`.
fn outcomes(odd: &Odd, change: impl Fn(&mut RunConfig)) -> Vec<(&'static str, RunRecord)> {
    let of = |(name, algorithm)| {
        let mut config = config(algorithm);
        change(&mut config);
        let odd = odd.clone();
        let lab = Lab::standard().task(Task::new(move || odd.clone()));
        (name, train_in(&lab, &config, 0))
    };
    algorithms().into_iter().map(of).collect()
}

/// How a run ends.
enum Ends {
    /// Completed, with finite numbers; the last update's outcome in TRPO and NPG, where it
    /// matters.
    Completed(Option<&'static str>),
    /// Diverged at this quantity.
    Diverged(&'static str),
    /// Failed, with these words.
    Failed(&'static str),
}

/// Runs every algorithm on `odd` and holds the records to `expected`.
fn ends(case: &str, odd: Odd, change: impl Fn(&mut RunConfig), expected: Ends) {
    for (algorithm, record) in outcomes(&odd, change) {
        let case = format!("{case}, {algorithm}");
        match (&record.status, &expected) {
            (Status::Completed, Ends::Completed(outcome)) => {
                let evaluation = record.evaluation.as_ref().expect(&case);
                assert!(evaluation.mean_return().is_finite(), "{case}");
                let words = record.curve.words("outcome").expect(&case);
                let follows_curvature = ["trpo", "npg"].contains(&algorithm);
                if let Some(outcome) = outcome.filter(|_| follows_curvature) {
                    assert_eq!(words.last().unwrap(), outcome, "{case}");
                }
            }
            (Status::Diverged { quantity, .. }, Ends::Diverged(expected)) => {
                assert_eq!(quantity, expected, "{case}");
            }
            (Status::Failed { error }, Ends::Failed(expected)) => {
                assert!(error.contains(expected), "{case}: {error}");
                assert!(!error.contains("internal error"), "{case}: {error}");
            }
            (status, _) => panic!("{case}: {status:?}"),
        }
        // JSON has no NaN: a record that holds one could not be read again.
        let text = serde_json::to_string(&record).expect(&case);
        let again: RunRecord = serde_json::from_str(&text).expect(&case);
        assert_eq!(again.compute_digest(), record.digest, "{case}");
    }
}

fn as_usual(_: &mut RunConfig) {}

/// With statistics of observations and of rewards.
fn normalised(config: &mut RunConfig) {
    config.common.normalize_observations = true;
    config.common.scale_rewards = true;
}

#[test]
fn rewards_that_are_huge_constant_or_no_numbers() {
    let odd = |reward| Odd {
        reward,
        ..Odd::default()
    };
    ends("usual", Odd::default(), as_usual, Ends::Completed(None));
    // Squares of advantages are summed in 64 bits; above the 32-bit numbers there is no
    // gradient.
    for reward in [
        (|s, _| 1e10 * (0.3 * s).sin()) as fn(f64, f64) -> f64,
        |s, _| 1e20 * (0.3 * s).sin(),
    ] {
        ends("large", odd(reward), as_usual, Ends::Completed(None));
    }
    let huge = odd(|s, _| 1e38 * (0.3 * s).sin());
    ends(
        "huge",
        huge.clone(),
        as_usual,
        Ends::Diverged("gradient_norm"),
    );
    // Scaled, they are as good as any.
    ends("huge, scaled", huge, normalised, Ends::Completed(None));
    let overflowing = odd(|_, _| f64::MAX);
    ends(
        "a sum of them",
        overflowing,
        as_usual,
        Ends::Diverged("return_mean"),
    );
    for constant in [(|_, _| 1.0) as fn(f64, f64) -> f64, |_, _| 0.0] {
        ends("constant", odd(constant), as_usual, Ends::Completed(None));
        ends("constant", odd(constant), normalised, Ends::Completed(None));
    }
    for change in [as_usual, normalised] {
        let words = "Odd-v0: the reward of copy 0 is NaN";
        ends("NaN", odd(|_, _| f64::NAN), change, Ends::Failed(words));
        let words = "the reward of copy 0 is inf";
        ends(
            "infinite",
            odd(|_, _| f64::INFINITY),
            change,
            Ends::Failed(words),
        );
    }
}

/// An episode of the training is never so long.
#[test]
fn what_goes_wrong_in_the_evaluation_alone() {
    let late = Odd {
        ends: Some(700.0),
        ..Odd::default()
    };
    let odd = |reward| Odd {
        reward,
        ..late.clone()
    };
    let nan = odd(|s, _| if s > 600.0 { f64::NAN } else { s.sin() });
    ends(
        "NaN",
        nan,
        as_usual,
        Ends::Failed("in the evaluation: Odd-v0: the reward"),
    );
    let huge = odd(|s, _| if s > 600.0 { f64::MAX } else { s.sin() });
    ends(
        "huge",
        huge.clone(),
        as_usual,
        Ends::Diverged("evaluation_return"),
    );
    let points = |config: &mut RunConfig| config.common.evaluation_points = 2;
    ends(
        "at a point",
        huge,
        points,
        Ends::Diverged("evaluation_return"),
    );
    let shown = Odd {
        observation: |s| if s > 600.0 { f64::NAN } else { s.sin() },
        ..late
    };
    let words = "in the evaluation: Odd-v0: component 0 of the observation of copy 0 is NaN";
    ends("shown", shown, normalised, Ends::Failed(words));
}

#[test]
fn observations_that_are_huge_constant_or_no_numbers() {
    let odd = |observation| Odd {
        observation,
        ..Odd::default()
    };
    for change in [as_usual, normalised] {
        for large in [(|s: f64| 1e6 * s.sin()) as fn(f64) -> f64, |s| {
            1e38 * s.sin()
        }] {
            ends("large", odd(large), change, Ends::Completed(None));
        }
        ends("constant", odd(|_| 3.0), change, Ends::Completed(None));
        for no_number in [
            (|_| f64::NAN) as fn(f64) -> f64,
            |_| f64::INFINITY,
            |_| 1e300,
        ] {
            let words = "and a policy sees 32-bit numbers";
            ends("no number", odd(no_number), change, Ends::Failed(words));
        }
    }
}

/// With a batch in which nothing distinguishes one action from another there is no step.
#[test]
fn batches_with_nothing_to_learn_from() {
    let odd = Odd {
        reward: |_, _| 0.0,
        observation: |_| 0.0,
        ends: Some(1.0),
        ..Odd::default()
    };
    let none = Ends::Completed(Some("zero_gradient"));
    ends("equal advantages", odd, as_usual, none);
    let odd = Odd {
        actions: ActionSpace::Discrete(1),
        ..Odd::default()
    };
    let none = Ends::Completed(Some("zero_gradient"));
    ends("one action", odd, as_usual, none);
    let one_step = |config: &mut RunConfig| {
        config.common.steps = 8;
        config.common.batch = 1;
        config.common.copies = 1;
    };
    ends("a step", Odd::default(), one_step, Ends::Completed(None));
    let continuous = Odd {
        actions: ActionSpace::between(-1.0, 1.0, 1),
        ..Odd::default()
    };
    ends("a step", continuous, one_step, Ends::Completed(None));
}

#[test]
fn episodes_that_end_at_once_or_never() {
    for (case, steps) in [("at once", Some(1.0)), ("never", None)] {
        let odd = Odd {
            ends: steps,
            ..Odd::default()
        };
        // The time limit of this task ends an evaluation after a thousand steps.
        for change in [as_usual, normalised] {
            ends(case, odd.clone(), change, Ends::Completed(None));
        }
    }
}

/// Steps as long as they can be, to one of two actions: probabilities that are 0 and 1 in
/// 32 bits, whose logarithms are bounded by the logits.
#[test]
fn a_policy_that_has_become_nearly_deterministic() {
    let odd = |actions| Odd {
        actions,
        reward: |_, action| 100.0 * action,
        ..Odd::default()
    };
    let far = |config: &mut RunConfig| {
        config.common.steps = 8192;
        let delta = 10.0;
        config.algorithm = match config.algorithm.name() {
            "trpo" => AlgorithmConfig::new::<Trpo>(TrpoSettings {
                delta,
                ..TrpoSettings::default()
            }),
            "npg" => AlgorithmConfig::new::<Npg>(NpgSettings {
                delta,
                ..NpgSettings::default()
            }),
            "vpg" => AlgorithmConfig::new::<Vpg>(VpgSettings {
                learning_rate: 1.0,
                ..VpgSettings::default()
            }),
            _ => AlgorithmConfig::new::<Ppo>(PpoSettings {
                learning_rate: 0.1,
                ..PpoSettings::default()
            }),
        };
    };
    let space = ActionSpace::Discrete(2);
    ends("discrete", odd(space), far, Ends::Completed(None));
    let space = ActionSpace::between(-1.0, 1.0, 1);
    ends("continuous", odd(space), far, Ends::Completed(None));
}
