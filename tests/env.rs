//! What every task and every vector of copies must hold to, whatever is done
//! to them.

use std::f64::consts::PI;
use std::sync::Arc;

use proptest::prelude::*;
use trpo_lab::env::registry;
use trpo_lab::env::vector::{VecEnv, VecEnvState};
use trpo_lab::env::{Action, ActionSpace, Env, Outcome, Spec, Task};
use trpo_lab::rng::{Purpose, Rng, Streams};

fn stream(id: &str, index: u32) -> Rng {
    Streams::new(5, id).stream(Purpose::Environment, index)
}

fn make(id: &str) -> Box<dyn Env> {
    registry::standard(id).unwrap().env().unwrap().unwrap()
}

fn vector(id: &str, copies: usize) -> VecEnv {
    let task = registry::standard(id).unwrap();
    VecEnv::new(&task, copies, &Streams::new(5, id)).unwrap()
}

/// Calls `act` with the action that `choice` in [0, 1) stands for.
fn with_action<T>(spec: &Spec, choice: f64, act: impl FnOnce(Action<'_>) -> T) -> T {
    match &spec.actions {
        ActionSpace::Discrete(count) => act(Action::Discrete((choice * *count as f64) as usize)),
        ActionSpace::Box { low, high } => {
            let between = |(low, high): (&f32, &f32)| low + (high - low) * choice as f32;
            let components: Vec<f32> = low.iter().zip(high).map(between).collect();
            act(Action::Continuous(&components))
        }
    }
}

/// Steps all copies `steps` times with actions from `choices`; everything
/// that can be seen of it.
fn trace(envs: &mut VecEnv, steps: usize, choices: &mut Rng) -> Vec<(Outcome, Vec<u64>, Vec<u64>)> {
    let bits = |numbers: &[f64]| numbers.iter().map(|x| x.to_bits()).collect();
    let spec = envs.spec().clone();
    let mut seen = Vec::new();
    for _ in 0..steps {
        for i in 0..envs.copies() {
            let outcome = with_action(&spec, choices.uniform(), |a| envs.step(i, a)).unwrap();
            seen.push((
                outcome,
                bits(envs.observations()),
                bits(envs.next_observation(i)),
            ));
        }
    }
    seen
}

fn observation(env: &dyn Env) -> Vec<f64> {
    let mut observation = vec![f64::NAN; env.spec().observation_dim];
    env.observe(&mut observation);
    observation
}

/// Documented bounds of the absolute value of each component of an
/// observation, as the `float32` that it is rounded to.
fn bounds(id: &str) -> Vec<f64> {
    let free = f64::MAX;
    let bounds = match id {
        // An episode ends past 2.4 and 12 degrees, so by one step at most.
        "CartPole-v1" => vec![4.8, free, 0.42, free],
        "Acrobot-v1" => vec![1.0, 1.0, 1.0, 1.0, 4.0 * PI, 9.0 * PI],
        "MountainCar-v0" | "MountainCarContinuous-v0" => vec![1.2, 0.07],
        "Pendulum-v1" => vec![1.0, 1.0, 8.0],
        _ => vec![free; registry::standard(id).unwrap().spec().observation_dim],
    };
    bounds
        .into_iter()
        .map(|bound| f64::from(bound as f32))
        .collect()
}

#[test]
fn a_state_continues_bit_for_bit_from_any_step() {
    for task in registry::all() {
        let (spec, id) = (task.spec(), task.id());
        for before in [0, 1, 2, 37] {
            let mut choices = stream("choices", before);
            let mut original = make(id);
            original.reset(&mut stream(id, 0));
            for _ in 0..before {
                with_action(spec, choices.uniform(), |action| original.step(action));
            }
            let mut copy = make(id);
            copy.set_state(&original.state()).unwrap();
            for _ in 0..100 {
                assert_eq!(original.state(), copy.state(), "{}", id);
                assert_eq!(observation(&*original), observation(&*copy), "{}", id);
                let choice = choices.uniform();
                let [ours, theirs] = [&mut original, &mut copy]
                    .map(|env| with_action(spec, choice, |action| env.step(action)));
                assert_eq!(ours, theirs, "{}", id);
            }
        }
    }
}

#[test]
fn first_states_fill_their_ranges() {
    for (id, ranges) in [
        ("CartPole-v1", vec![(-0.05, 0.05); 4]),
        ("Acrobot-v1", vec![(-0.1, 0.1); 4]),
        ("MountainCar-v0", vec![(-0.6, -0.4), (0.0, 0.0)]),
        ("MountainCarContinuous-v0", vec![(-0.6, -0.4), (0.0, 0.0)]),
        ("Pendulum-v1", vec![(-PI, PI), (-1.0, 1.0)]),
    ] {
        let mut env = make(id);
        let mut rng = stream(id, 0);
        let draw = |_| {
            env.reset(&mut rng);
            env.state()
        };
        let states: Vec<Vec<f64>> = (0..1000).map(draw).collect();
        for (component, (low, high)) in ranges.into_iter().enumerate() {
            let column = || states.iter().map(|state| state[component]);
            let (least, most) = (
                column().fold(f64::MAX, f64::min),
                column().fold(f64::MIN, f64::max),
            );
            let slack = 0.01 * (high - low);
            assert!(low <= least && least <= low + slack, "{id}: {least}");
            assert!(high - slack <= most && most <= high, "{id}: {most}");
        }
    }
}

#[test]
fn states_of_a_wrong_length_are_refused_and_change_nothing() {
    for task in registry::all() {
        let id = task.id();
        let mut env = make(id);
        env.reset(&mut stream(id, 0));
        let state = env.state();
        for given in [vec![], [state.clone(), vec![0.0]].concat()] {
            let error = env.set_state(&given).unwrap_err().to_string();
            assert!(error.starts_with(id), "{error}");
            assert_eq!(env.state(), state);
        }
    }
}

#[test]
fn the_continuous_car_is_in_double_precision_only_as_drawn() {
    let mut env = make("MountainCarContinuous-v0");
    let is_single = |x: f64| x == f64::from(x as f32);
    env.reset(&mut stream("car", 0));
    let drawn = env.state();
    assert!(!is_single(drawn[0]) && drawn[2] == 1.0);
    env.step(Action::Continuous(&[0.3]));
    let stepped = env.state();
    assert!(is_single(stepped[0]) && is_single(stepped[1]) && stepped[2] == 0.0);
    // The first two numbers alone are taken as drawn, and then round elsewhere.
    env.set_state(&stepped[..2]).unwrap();
    assert_eq!(env.state(), [stepped[0], stepped[1], 1.0]);
}

#[test]
fn copies_differ_and_do_not_depend_on_their_number() {
    for task in registry::all() {
        let (spec, id) = (task.spec(), task.id());
        let mut few = vector(id, 2);
        let mut many = vector(id, 5);
        let dim = spec.observation_dim;
        for i in 1..5 {
            let [first, other] = [0, i].map(|i| &many.observations()[i * dim..(i + 1) * dim]);
            assert_ne!(first, other, "{}", id);
        }
        let mut choices = stream("choices", 0);
        for _ in 0..1200 {
            let choice = choices.uniform();
            for i in 0..5 {
                let outcome = with_action(spec, choice, |action| many.step(i, action)).unwrap();
                if i < 2 {
                    assert_eq!(
                        with_action(spec, choice, |action| few.step(i, action)).unwrap(),
                        outcome
                    );
                    assert_eq!(few.next_observation(i), many.next_observation(i));
                }
            }
            assert_eq!(few.observations(), &many.observations()[..2 * dim]);
        }
    }
}

#[test]
fn explicit_streams_are_those_of_the_training_copies() {
    for task in registry::all() {
        let id = task.id();
        let streams = (0..3).map(|i| stream(id, i)).collect();
        let mut explicit = VecEnv::with_streams(&task, streams).unwrap();
        let mut implied = vector(id, 3);
        let [ours, theirs] =
            [&mut explicit, &mut implied].map(|envs| trace(envs, 300, &mut stream("choices", 0)));
        assert_eq!(ours, theirs);
    }
}

fn any_task() -> impl Strategy<Value = Arc<Task>> {
    proptest::sample::select(registry::all())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn observations_stay_finite_and_within_their_bounds(
        task in any_task(),
        choices in proptest::collection::vec(0.0..1.0, 1..600),
        held in 1usize..40,
    ) {
        let (spec, id) = (task.spec(), task.id());
        let mut envs = vector(id, 1);
        let bounds = bounds(id);
        for choice in choices {
            for _ in 0..held {
                let outcome = with_action(spec, choice, |action| envs.step(0, action)).unwrap();
                prop_assert!(outcome.reward.is_finite());
                for (x, bound) in envs.next_observation(0).iter().zip(&bounds) {
                    prop_assert!(x.abs() <= *bound, "{}: {x} exceeds {bound}", id);
                }
            }
        }
    }

    #[test]
    fn snapshots_continue_bit_for_bit_through_json(
        task in any_task(),
        copies in 0usize..4,
        before in 0usize..400,
        seed in 0u32..1000,
    ) {
        let mut choices = stream("choices", seed);
        let mut original = vector(task.id(), copies);
        trace(&mut original, before, &mut choices);

        let snapshot = original.snapshot().unwrap();
        let text = serde_json::to_string(&snapshot).unwrap();
        let read: VecEnvState = serde_json::from_str(&text).unwrap();
        prop_assert_eq!(&read, &snapshot);

        let mut restored = vector(task.id(), copies);
        restored.restore(read).unwrap();
        for i in 0..copies {
            prop_assert_eq!(original.next_observation(i), restored.next_observation(i));
        }
        let ours = trace(&mut original, 300, &mut choices.clone());
        let theirs = trace(&mut restored, 300, &mut choices);
        prop_assert!(ours == theirs);
    }
}
