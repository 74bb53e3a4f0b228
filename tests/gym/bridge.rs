//! The bridge by itself: its trajectories, and what a step through it takes.

use std::process::{Command, Stdio};
use std::time::Instant;

use serde_json::{Value, json};
use trpo_lab::env::check::check_text;
use trpo_lab::env::gym::{Bridge, Interpreter, MadeWith};
use trpo_lab::env::{ActionSpace, Actions, Copies, Outcome, Transitions, registry};
use trpo_lab::rng::{Purpose, Rng, Streams};

use crate::support::{python, text};

/// Steps copies `task` of Gymnasium with actions that `act` draws, until every copy has
/// ended an episode, and gives their first episodes as a trajectory file.
fn recorded(task: &str, space: &ActionSpace, act: impl Fn(&mut Rng) -> f32) -> String {
    const COPIES: usize = 3;
    let streams = Streams::new(5, task);
    let stream = |purpose, i: usize| streams.stream(purpose, i as u32);
    let interpreter = Interpreter {
        python: python(),
        ..Interpreter::default()
    };
    let mut bridge = Bridge::new(
        &format!("gym:{task}"),
        &MadeWith::default(),
        &interpreter,
        (0..COPIES)
            .map(|i| stream(Purpose::Environment, i))
            .collect(),
    )
    .unwrap();
    let states: Vec<Vec<f64>> = (0..COPIES).map(|i| bridge.state(i).unwrap()).collect();
    let dim = registry::standard(task).unwrap().spec().observation_dim;
    let mut out = Transitions {
        observations: vec![0.0; COPIES * dim],
        next_observations: vec![0.0; COPIES * dim],
        outcomes: vec![Outcome::default(); COPIES],
    };
    bridge.observe(&mut out.observations).unwrap();
    let row = |numbers: &[f64], i: usize| json!(numbers[i * dim..(i + 1) * dim]);
    let mut episodes: Vec<Value> = (0..COPIES)
        .map(|i| {
            json!({
                "init": {"state": states[i]}, "obs0": row(&out.observations, i), "actions": [],
                "obs": [], "rewards": [], "terminated": [], "truncated": [],
            })
        })
        .collect();
    let mut rng = stream(Purpose::Action, 0);
    let mut actions = Actions::new(space, COPIES);
    let mut running = [true; COPIES];
    while running.contains(&true) {
        actions.choose(|chosen| chosen.fill_with(|| act(&mut rng)));
        bridge.step(&actions, &mut out).unwrap();
        let going: Vec<usize> = (0..COPIES).filter(|&i| running[i]).collect();
        for i in going {
            let outcome = out.outcomes[i];
            let chosen = actions.chosen()[i];
            let action = match space {
                ActionSpace::Discrete(_) => json!(chosen as usize),
                ActionSpace::Box { .. } => json!([chosen]),
            };
            for (key, value) in [
                ("actions", action),
                ("obs", row(&out.next_observations, i)),
                ("rewards", json!(outcome.reward)),
                ("terminated", json!(u8::from(outcome.terminated))),
                ("truncated", json!(u8::from(outcome.truncated))),
            ] {
                episodes[i][key].as_array_mut().unwrap().push(value);
            }
            running[i] = !outcome.ended();
            actions.set_rests(i, outcome.ended());
        }
    }
    json!({"env": task, "episodes": episodes}).to_string()
}

#[test]
fn trajectories_of_the_bridge_replay_in_our_own_tasks() {
    needs_gymnasium!("trajectories of the bridge");
    let discrete = recorded("CartPole-v1", &ActionSpace::Discrete(2), |rng| {
        rng.below(2) as f32
    });
    let torques = ActionSpace::between(-2.0, 2.0, 1);
    let continuous = recorded("Pendulum-v1", &torques, |rng| {
        rng.uniform_in(-2.0, 2.0) as f32
    });
    for file in [discrete, continuous] {
        let report = check_text(&file, &registry::standard).unwrap();
        assert!(report.passed(), "{report:?}");
        assert!(report.steps > 30, "{report:?}");
    }
}

/// Microseconds of a step through the bridge beside those of a bare round trip of as
/// many bytes through two pipes. A measurement, by hand:
/// `cargo test --release --test gym -- --ignored --nocapture speed`.
#[test]
#[ignore = "a measurement"]
fn speed_beside_a_bare_round_trip() {
    use std::io::{Read, Write};
    needs_gymnasium!("the speed of the bridge");
    const STEPS: u32 = 20_000;
    // A process that reads so many bytes, does something, and writes so many.
    let bare = |setup: &str, between: &str, request: usize, reply: usize| {
        let echo = format!(
            "import os\n{setup}\nwhile True:\n  n = {request}\n  while n > 0:\n    data = os.read(0, n)\n    \
             if not data: raise SystemExit\n    n -= len(data)\n{between}\n  os.write(1, bytes({reply}))"
        );
        let mut child = Command::new(python())
            .args(["-c", &echo])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut to = child.stdin.take().unwrap();
        let mut from = child.stdout.take().unwrap();
        let (sent, mut received) = (vec![0; request], vec![0; reply]);
        let mut trip = || {
            to.write_all(&sent).unwrap();
            from.read_exact(&mut received).unwrap();
        };
        (0..1000).for_each(|_| trip());
        let start = Instant::now();
        (0..STEPS).for_each(|_| trip());
        let micros = start.elapsed().as_secs_f64() / f64::from(STEPS) * 1e6;
        drop(to);
        child.wait().unwrap();
        micros
    };
    let bridged = |task: &str, copies: usize| {
        let interpreter = Interpreter {
            python: python(),
            ..Interpreter::default()
        };
        let streams = Streams::new(0, task);
        let streams = (0..copies).map(|i| streams.stream(Purpose::Environment, i as u32));
        let mut bridge =
            Bridge::new(task, &MadeWith::default(), &interpreter, streams.collect()).unwrap();
        let mut out = Transitions {
            observations: vec![0.0; copies * 4],
            next_observations: vec![0.0; copies * 4],
            outcomes: vec![Outcome::default(); copies],
        };
        let actions = Actions::new(&ActionSpace::Discrete(2), copies);
        let mut step = || bridge.step(&actions, &mut out).unwrap();
        (0..1000).for_each(|_| step());
        let start = Instant::now();
        (0..STEPS).for_each(|_| step());
        start.elapsed().as_secs_f64() / f64::from(STEPS) * 1e6
    };
    // What the environments themselves take, stepped in a loop by Python.
    let alone = |id: &str, copies: usize| {
        let loops = format!(
            r#"
import gymnasium, random, time
environments = [gymnasium.make("{id}", disable_env_checker=True) for _ in range({copies})]
for e in environments: e.reset(seed=0)
start = time.perf_counter()
for _ in range(20000):
    for e in environments:
        _, _, terminated, truncated, _ = e.step(0)
        if terminated or truncated: e.reset(seed=random.getrandbits(31))
print((time.perf_counter() - start) / 20000 * 1e6)
"#
        );
        let output = Command::new(python())
            .args(["-c", &loops])
            .output()
            .unwrap();
        text(&output).trim().parse::<f64>().unwrap()
    };
    for copies in [1, 8] {
        let [request, reply] = [13 + 12 * copies, 5 + 41 * copies];
        let trip = bare("", "", request, reply);
        for id in ["trouble:Nothing-v0", "CartPole-v1"] {
            if id.starts_with("trouble") && std::env::var_os("PYTHONPATH").is_none() {
                continue;
            }
            let (bridge, alone) = (bridged(&format!("gym:{id}"), copies), alone(id, copies));
            // After a switch between processes the same steps take longer.
            let setup = format!(
                "import gymnasium, random\n\
                 es = [gymnasium.make('{id}', disable_env_checker=True) for _ in range({copies})]\n\
                 for e in es: e.reset(seed=0)"
            );
            let steps = "  for e in es:\n    _, _, ended, cut, _ = e.step(0)\n    \
                         if ended or cut: e.reset(seed=random.getrandbits(31))";
            let both = bare(&setup, steps, request, reply);
            eprintln!(
                "{id}, {copies} copies: bare round trip {trip:.1} us, steps alone {alone:.1} us, \
                 steps inside a bare round trip {both:.1} us, step through the bridge {bridge:.1} us: \
                 {:.1} us more than those, {:.1} us more than the two apart",
                bridge - both,
                bridge - trip - alone
            );
        }
    }
}
