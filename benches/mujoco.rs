//! What our environment step costs over the bare loop of `mj_step`, and whether
//! two runs at a time lose more than two bare loops do. Both sides in turn, on
//! the same states and actions; needs the feature `mujoco`.

#[path = "common/runs.rs"]
mod runs;

use std::hint::black_box;
use std::sync::Arc;
use std::time::Instant;

use mujoco_rs::wrappers::mj_data::MjData;
use mujoco_rs::wrappers::mj_model::MjModel;
use runs::{middle, seconds};
use trpo_lab::algo::AlgorithmConfig;
use trpo_lab::algo::trpo::Trpo;
use trpo_lab::config::{CommonSettings, RunConfig};
use trpo_lab::env::mujoco::{HalfCheetah, Hopper, Humanoid, Task};
use trpo_lab::env::vector::VecEnv;
use trpo_lab::env::{Action, ActionSpace, registry};
use trpo_lab::rng::{Purpose, Streams};

const TURNS: usize = 9;

fn main() {
    if std::env::args().any(|argument| argument == "--test") {
        return;
    }
    overhead::<Hopper>(20_000);
    overhead::<HalfCheetah>(20_000);
    overhead::<Humanoid>(3_000);
    if std::thread::available_parallelism().map_or(1, usize::from) > 1 {
        scaling();
    } else {
        println!("scaling: this machine has one core; nothing to measure");
    }
}

/// Random actions, and where each episode begins: what both sides repeat.
struct Course {
    actions: Vec<Vec<f32>>,
    /// Before which step, with which positions and velocities.
    starts: Vec<(usize, Vec<f64>)>,
}

/// One copy of the task, as a run has it.
fn fresh<T: Task>() -> VecEnv {
    let id = T::model().settings().id;
    let task = registry::standard(id).expect("a task of this build");
    VecEnv::new(&task, 1, &Streams::new(0, id)).expect("a task of this build")
}

impl Course {
    fn new<T: Task>(steps: usize) -> Self {
        let mut envs = fresh::<T>();
        let ActionSpace::Box { low, high } = envs.spec().actions.clone() else {
            panic!("all have real-valued actions")
        };
        let mut rng = Streams::new(0, "course").stream(Purpose::Action, 0);
        let model = compiled::<T>();
        let physics = (model.nq() + model.nv()) as usize;
        // Time comes first in the state of a task.
        let start = |envs: &VecEnv| -> Vec<f64> {
            let saved = envs.save(0).expect("its state can be kept");
            let saved: serde_json::Value = serde_json::from_str(&saved.0).expect("JSON");
            let state: Vec<f64> = serde_json::from_value(saved["state"].clone()).expect("numbers");
            state[1..=physics].to_vec()
        };
        let mut starts = vec![(0, start(&envs))];
        let mut actions = Vec::with_capacity(steps);
        for step in 1..=steps {
            let draw = |(&low, &high): (&f32, &f32)| rng.uniform_in(low.into(), high.into());
            let action: Vec<f32> = low.iter().zip(&high).map(draw).map(|a| a as f32).collect();
            let stepped = envs.step(0, Action::Continuous(&action));
            if stepped.expect("the task makes every step").ended() {
                starts.push((step, start(&envs)));
            }
            actions.push(action);
        }
        Self { actions, starts }
    }

    /// Seconds of our environment.
    fn ours<T: Task>(&self) -> f64 {
        let mut envs = fresh::<T>();
        let start = Instant::now();
        for action in &self.actions {
            envs.step(0, Action::Continuous(action))
                .expect("the task makes every step");
            black_box(envs.observations());
        }
        start.elapsed().as_secs_f64()
    }

    /// Seconds of nothing but the engine.
    fn bare<T: Task>(&self) -> f64 {
        let model = compiled::<T>();
        let mut data = MjData::new(model.clone());
        let mut starts = self.starts.iter().peekable();
        let start = Instant::now();
        for (step, action) in self.actions.iter().enumerate() {
            if let Some((_, state)) = starts.next_if(|(at, _)| *at == step) {
                let (qpos, qvel) = state.split_at(model.nq() as usize);
                data.reset();
                data.qpos_mut().copy_from_slice(qpos);
                data.qvel_mut().copy_from_slice(qvel);
                data.forward();
            }
            for (control, &component) in data.ctrl_mut().iter_mut().zip(action) {
                *control = f64::from(component);
            }
            for _ in 0..T::model().settings().frame_skip {
                data.step();
            }
            black_box(data.qpos());
        }
        start.elapsed().as_secs_f64()
    }
}

fn compiled<T: Task>() -> Arc<MjModel> {
    T::model().compiled().expect("a model that loads")
}

fn overhead<T: Task>(steps: usize) {
    let course = Course::new::<T>(steps);
    let mut turns: Vec<(f64, f64)> = (0..=TURNS)
        .map(|_| (course.ours::<T>(), course.bare::<T>()))
        .collect();
    // The first one warms up.
    turns.remove(0);
    let rate = |seconds: f64| steps as f64 / seconds;
    let ours = turns.iter().map(|turn| rate(turn.0)).collect();
    let bare = turns.iter().map(|turn| rate(turn.1)).collect();
    let ratios = turns.iter().map(|(ours, bare)| ours / bare).collect();
    println!(
        "{}: {} steps/s, bare mj_step {}; time over it {} (limit 1.05)",
        T::model().settings().id,
        middle(ours, 0),
        middle(bare, 0),
        middle(ratios, 3),
    );
}

/// The gain of two jobs over one, beside that of two bare loops over one.
fn scaling() {
    let config = RunConfig {
        common: CommonSettings {
            steps: 20_480,
            evaluation_episodes: 1,
            ..CommonSettings::default()
        },
        ..RunConfig::new(
            "Hopper-v5",
            AlgorithmConfig::new::<Trpo>(Default::default()),
        )
    };
    let course = Course::new::<Hopper>(20_000);
    let shares = (0..TURNS).map(|_| {
        let (one, two) = (seconds(&config, 6, 1), seconds(&config, 6, 2));
        let alone = course.bare::<Hopper>();
        let together = std::thread::scope(|scope| {
            let loops = [0, 1].map(|_| scope.spawn(|| course.bare::<Hopper>()));
            let seconds = loops.map(|bare| bare.join().expect("a bare loop"));
            seconds.into_iter().fold(0.0, f64::max)
        });
        (one / two) / (2.0 * alone / together)
    });
    println!(
        "scaling: two jobs of Hopper-v5 reach {} of what two bare loops do (floor 0.95)",
        middle(shares.collect(), 3)
    );
}
