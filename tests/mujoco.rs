//! MuJoCo's tasks: equal to Gymnasium's, the same from a saved state, and their
//! faults ours. Only in a build with the feature `mujoco`.
#![cfg(feature = "mujoco")]

#[path = "support/program.rs"]
mod program;
#[path = "support/schema.rs"]
mod schema;

use std::fs;
use std::path::Path;

use program::{LeaveEarly, folder, interrupt, records, trpo_lab};
use trpo_lab::config::RunConfig;
use trpo_lab::env::check::check_file;
use trpo_lab::env::registry::{self, MUJOCO};
use trpo_lab::env::vector::{VecEnv, VecEnvState};
use trpo_lab::env::{Action, ActionSpace, Env, EnvError};
use trpo_lab::lab::Lab;
use trpo_lab::record::{Provenance, Status};
use trpo_lab::rng::{Purpose, Rng, Streams};
use trpo_lab::train::{Checkpoint, Trainer};

fn stream(index: u32) -> Rng {
    Streams::new(11, "mujoco").stream(Purpose::Environment, index)
}

fn action(env: &dyn Env, rng: &mut Rng) -> Vec<f32> {
    let ActionSpace::Box { low, high } = &env.spec().actions else {
        panic!("all have real-valued actions")
    };
    let draw = |(&low, &high): (&f32, &f32)| rng.uniform_in(low.into(), high.into()) as f32;
    low.iter().zip(high).map(draw).collect()
}

/// The bits of `steps` steps: observations, rewards, ends.
fn trace(env: &mut dyn Env, steps: usize, rng: &mut Rng) -> Vec<u64> {
    let mut observation = vec![0.0; env.spec().observation_dim];
    let mut seen = Vec::new();
    for _ in 0..steps {
        let transition = env.step(Action::Continuous(&action(env, rng)));
        assert_eq!(transition.fault, None);
        env.observe(&mut observation);
        seen.extend(observation.iter().map(|x| x.to_bits()));
        seen.push(transition.reward.to_bits());
        seen.push(transition.terminated.into());
    }
    seen
}

fn make(id: &str) -> Box<dyn Env> {
    registry::standard(id).unwrap().env().unwrap().unwrap()
}

#[test]
fn trajectories_agree_with_gymnasium() {
    for &id in MUJOCO {
        let path =
            Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/golden/env/{id}.json"));
        let report = check_file(&path, &registry::standard).unwrap();
        println!(
            "{id}: {} episodes, {} steps, largest error of observations {:e}, of rewards {:e}",
            report.episodes, report.steps, report.max_observation_error, report.max_reward_error
        );
        assert_eq!(report.env, id);
        assert!(report.steps >= 60, "{report:?}");
        assert!(report.passed() && report.flags_agree, "{report:?}");
    }
}

/// Positions and velocities alone are not enough: the solver starts from the
/// accelerations of before.
#[test]
fn a_saved_state_goes_on_bit_for_bit() {
    for &id in MUJOCO {
        let mut env = make(id);
        env.reset(&mut stream(0));
        trace(&mut *env, 20, &mut stream(1));
        let state: Vec<f64> =
            serde_json::from_slice(&serde_json::to_vec(&env.state()).unwrap()).unwrap();
        let mut other = make(id);
        other.reset(&mut stream(2));
        trace(&mut *other, 3, &mut stream(3));
        other.set_state(&state).unwrap();
        assert_eq!(other.state(), state, "{id}");
        let (expected, found) = (
            trace(&mut *env, 20, &mut stream(4)),
            trace(&mut *other, 20, &mut stream(4)),
        );
        assert!(expected == found, "{id}");
    }
}

#[test]
fn copies_go_on_from_a_snapshot() {
    for id in ["Humanoid-v5", "Ant-v5", "Hopper-v5"] {
        let streams = Streams::new(3, id);
        let mut envs = VecEnv::new(&registry::standard(id).unwrap(), 2, &streams).unwrap();
        let mut rng = stream(5);
        let step = |envs: &mut VecEnv, rng: &mut Rng| {
            let lone = make(id);
            let chosen = action(&*lone, rng);
            let outcomes = [0, 1].map(|copy| envs.step(copy, Action::Continuous(&chosen)).unwrap());
            (outcomes, envs.observations().to_vec())
        };
        for _ in 0..15 {
            step(&mut envs, &mut rng);
        }
        let json = serde_json::to_vec(&envs.snapshot().unwrap()).unwrap();
        let snapshot: VecEnvState = serde_json::from_slice(&json).unwrap();
        let mut restored = VecEnv::new(&registry::standard(id).unwrap(), 2, &streams).unwrap();
        restored.restore(snapshot).unwrap();
        let mut again = rng.clone();
        for _ in 0..60 {
            assert!(
                step(&mut envs, &mut rng) == step(&mut restored, &mut again),
                "{id}"
            );
        }
    }
}

/// Else the accelerations, or the contact forces, of the last episode leak into
/// the next.
#[test]
fn an_episode_knows_nothing_of_the_one_before() {
    for &id in MUJOCO {
        let mut fresh = make(id);
        let mut used = make(id);
        used.reset(&mut stream(0));
        trace(&mut *used, 50, &mut stream(1));
        let [mut a, mut b] = [
            vec![0.0; fresh.spec().observation_dim],
            vec![1.0; used.spec().observation_dim],
        ];
        fresh.reset(&mut stream(6));
        used.reset(&mut stream(6));
        fresh.observe(&mut a);
        used.observe(&mut b);
        assert_eq!(a, b, "{id}");
        let (expected, found) = (
            trace(&mut *fresh, 20, &mut stream(7)),
            trace(&mut *used, 20, &mut stream(7)),
        );
        assert!(expected == found, "{id}");
    }
}

#[test]
fn an_unstable_simulation_ends_the_episode_as_a_fault() {
    for (id, positions, degrees) in [
        ("Hopper-v5", 6, 6),
        ("HalfCheetah-v5", 9, 9),
        ("Humanoid-v5", 24, 23),
    ] {
        let mut env = make(id);
        let zero = vec![0.0; action(&*env, &mut stream(0)).len()];
        env.reset(&mut stream(0));
        // Positions and velocities: just below what is refused, so that the
        // next step meets it.
        let mut state = vec![0.0; positions + degrees];
        state[2] = 1.0;
        *state.last_mut().unwrap() = 9e9;
        env.set_state(&state).unwrap();
        let transition = env.step(Action::Continuous(&zero));
        let fault = transition.fault.expect("a fault");
        println!("{id}: {}", fault.0);
        assert!(transition.terminated);
        assert_eq!(transition.reward, 0.0);
        let mut observation = vec![f64::NAN; env.spec().observation_dim];
        env.observe(&mut observation);
        assert!(observation.iter().all(|x| x.is_finite()), "{id}");

        // Nothing of it is left in the next episode.
        let mut fresh = make(id);
        fresh.reset(&mut stream(6));
        env.reset(&mut stream(6));
        let (expected, found) = (
            trace(&mut *fresh, 5, &mut stream(7)),
            trace(&mut *env, 5, &mut stream(7)),
        );
        assert!(expected == found, "{id}");
    }
}

#[test]
fn impossible_states_are_refused() {
    let mut env = make("Hopper-v5");
    let error = env.set_state(&[0.0; 3]).unwrap_err().to_string();
    assert!(
        error.contains("Hopper-v5: a state of 3 numbers was given; the task has 12: positions"),
        "{error}"
    );
    let mut huge = [0.0; 12];
    huge[7] = 1e11;
    let error = env.set_state(&huge).unwrap_err();
    assert!(matches!(error, EnvError::State { .. }), "{error}");
    huge[7] = f64::NAN;
    assert!(env.set_state(&huge).is_err());
}

/// Through the program: any number of jobs, interrupted or not, and nothing
/// but results in the working folder.
#[test]
fn runs_have_the_same_bits_however_they_are_made() {
    let text = r#"
        title = "Are the bits of MuJoCo's tasks the same?"
        headline = "final"
        tasks = ["Hopper-v5", "Reacher-v5", "Humanoid-v5"]
        seeds = "0..2"
        purpose = "check"
        [settings]
        steps = 1024
        batch = 256
        copies = 4
        hidden = [16, 16]
        evaluation_episodes = 1
        critic.epochs = 1
        [variant.trpo]
        algorithm = "trpo"
    "#;
    let made = [("1", false), ("2", false), ("2", true)].map(|(jobs, is_resumed)| {
        let folder = folder(text);
        let arguments = ["run", "determinism.toml", "--jobs", jobs];
        if is_resumed {
            interrupt(&folder, text);
        }
        trpo_lab(&folder, &arguments).assert().success();
        let mut names: Vec<_> = fs::read_dir(folder.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        assert_eq!(names, ["determinism.toml", "results"]);
        let mut records = records(&folder);
        for record in records.values_mut() {
            assert!(record.provenance.versions.contains_key("mujoco"));
            record.provenance = Provenance::default();
        }
        records
    });
    assert_eq!(made[0].len(), 6);
    assert!(made[0] == made[1], "another number of jobs, other bits");
    assert!(made[0] == made[2], "interrupted, other bits");
}

#[test]
fn a_fault_stands_in_the_record_and_the_run_goes_on() {
    let config: RunConfig = serde_json::from_value(serde_json::json!({
        "env": "Hopper-v5",
        "common": {"steps": 512, "batch": 256, "copies": 2, "hidden": [8], "evaluation_episodes": 1},
        "critic": {"epochs": 1},
        "algorithm": {"trpo": {}},
    }))
    .unwrap();
    let mut trainer = Trainer::new(&Lab::standard(), &config, 0).unwrap();
    assert!(trainer.run(&mut LeaveEarly).is_break());
    const STATE: &str = r#"\"state\":["#;
    // The checkpoint of a run of which one copy is about to explode.
    let text = serde_json::to_string(&trainer.checkpoint()).unwrap();
    let mut parts: Vec<String> = text.split(STATE).map(str::to_owned).collect();
    // Before the first and the second of the copies, then the second's numbers.
    let mut numbers: Vec<&str> = parts[2].split(',').collect();
    numbers[12] = "9e9";
    parts[2] = numbers.join(",");
    let checkpoint: Checkpoint = serde_json::from_str(&parts.join(STATE)).unwrap();
    let mut trainer = Trainer::resume(&Lab::standard(), checkpoint).unwrap();
    assert!(trainer.run(&mut ()).is_continue());
    let record = trainer.into_record(&mut ());

    assert_eq!(record.status, Status::Completed);
    let [fault] = &record.episodes.faults[..] else {
        panic!("{:?}", record.episodes.faults)
    };
    assert!(
        fault.problem.contains("not finite or too large"),
        "{fault:?}"
    );
    // It ended the first episode of the second update.
    assert!(record.episodes.end_step[fault.episode] == 258);
    assert_eq!(record.digest, record.compute_digest());
    let schema = serde_json::from_str(include_str!("../schema/record.schema.json")).unwrap();
    let problems = schema::problems(&schema, &serde_json::to_value(record).unwrap());
    // The runner fills in where it was made.
    let problems = problems.iter().filter(|p| !p.starts_with("/provenance"));
    assert_eq!(problems.count(), 0);
}
