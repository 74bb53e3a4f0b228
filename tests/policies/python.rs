//! Policies in other programs: numpy by the lines of the manual, and ONNX. Needs a python3
//! with numpy, safetensors, onnx, onnxruntime and gymnasium, or `TRPO_LAB_PYTHON` that names
//! one; without it, that is said and nothing is tested.

use std::fs;
use std::path::Path;
use std::process::Command;

use trpo_lab::activation::Activation;
use trpo_lab::env::{Action, ActionSpace};
use trpo_lab::exec::Exec;
use trpo_lab::export::onnx;
use trpo_lab::lab::Lab;
use trpo_lab::rng::{Purpose, Streams};
use trpo_lab::saved::SavedPolicy;
use trpo_lab::train::{Asked, evaluate_saved};

use super::{finished, ppo, trpo};

/// Observations of the policy's own evaluation, as many as asked for, and what it does on
/// them: the parameters of its distribution cannot be seen from outside, the action can.
fn own_observations(policy: &SavedPolicy, count: usize) -> Vec<(Vec<f64>, Vec<f32>)> {
    let task = Lab::standard().find_task(&policy.about.config.env).unwrap();
    let mut agent = policy.agent(&Exec::default());
    let streams = Streams::new(policy.about.seed, task.id());
    let mut seen = Vec::new();
    for episode in 0.. {
        let mut rng = streams.stream(Purpose::Evaluation, episode);
        let mut env = task.env().unwrap().unwrap();
        env.reset(&mut rng);
        for _ in 0..task.spec().time_limit {
            let mut observation = vec![0.0; agent.observation_dim()];
            env.observe(&mut observation);
            let action = agent.act(&observation).unwrap();
            let chosen = match action {
                Action::Discrete(index) => vec![index as f32],
                Action::Continuous(point) => point.to_vec(),
            };
            let step = env.step(action);
            seen.push((observation, chosen));
            if seen.len() == count {
                return seen;
            }
            if step.terminated {
                break;
            }
        }
    }
    seen
}

/// First states that Gymnasium can be made to begin in, and the return from each.
fn forced(policy: &SavedPolicy) -> Vec<(Vec<f64>, f64)> {
    let task = Lab::standard().find_task(&policy.about.config.env).unwrap();
    let starts: Vec<Vec<f64>> = match task.id() {
        "CartPole-v1" => (0..20)
            .map(|i| vec![0.005 * f64::from(i) - 0.05; 4])
            .collect(),
        "Pendulum-v1" => (0..20)
            .map(|i| vec![0.3 * f64::from(i) - 3.0, 0.1 * f64::from(i) - 1.0])
            .collect(),
        _ => Vec::new(),
    };
    let mut agent = policy.agent(&Exec::default());
    let mut observation = vec![0.0; agent.observation_dim()];
    let mut from = |start: &Vec<f64>| {
        let mut env = task.env().unwrap().unwrap();
        env.reset(&mut Streams::new(0, task.id()).stream(Purpose::Evaluation, 0));
        env.set_state(start).unwrap();
        let mut total = 0.0;
        for _ in 0..task.spec().time_limit {
            env.observe(&mut observation);
            let step = env.step(agent.act(&observation).unwrap());
            total += step.reward;
            if step.terminated {
                break;
            }
        }
        total
    };
    let returns = starts.iter().map(&mut from).collect::<Vec<f64>>();
    starts.into_iter().zip(returns).collect()
}

#[test]
fn policies_act_alike_in_numpy_and_onnx() {
    let python = std::env::var_os("TRPO_LAB_PYTHON").unwrap_or("python3".into());
    let packages = "import gymnasium, numpy, onnx, onnxruntime, safetensors";
    let has_them = Command::new(&python).args(["-c", packages]).output();
    if !has_them.is_ok_and(|output| output.status.success()) {
        eprintln!("skipped: {python:?} cannot `{packages}`; TRPO_LAB_PYTHON names another");
        return;
    }
    let manual = fs::read_to_string("docs/policies.md").unwrap();
    let block = manual.split("```python\n").nth(1).unwrap();
    let code = block.split("```").next().unwrap();
    for (mut config, activation) in [
        (trpo("CartPole-v1"), Activation::Tanh),
        (ppo("Pendulum-v1"), Activation::Tanh),
        (ppo("Pendulum-v1"), Activation::Relu),
        (trpo("Acrobot-v1"), Activation::Identity),
    ] {
        config.common.steps = 8192;
        config.common.activation = activation;
        config.common.normalize_observations = config.env != "Acrobot-v1";
        let policy = finished(&config, 3).policy.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let put = |name: &str, bytes: &[u8]| fs::write(folder.path().join(name), bytes).unwrap();
        put("policy.safetensors", &policy.to_bytes().unwrap());
        put("policy.onnx", &onnx::model(&policy));
        put("manual.py", code.as_bytes());
        let seen = own_observations(&policy, 1000);
        let episodes = Asked {
            episodes: Some(100),
            ..Asked::default()
        };
        let evaluation =
            evaluate_saved(&Lab::standard(), &policy, &episodes, &Exec::default()).unwrap();
        let expected = serde_json::json!({
            "env": config.env,
            "discrete": matches!(policy.actions, ActionSpace::Discrete(_)),
            "observations": seen.iter().map(|(x, _)| x).collect::<Vec<_>>(),
            "actions": seen.iter().map(|(_, a)| a).collect::<Vec<_>>(),
            "returns": evaluation.returns,
            "forced": forced(&policy),
        });
        put("expected.json", expected.to_string().as_bytes());
        let script = Path::new("tests/policies/check.py").canonicalize().unwrap();
        let ran = Command::new(&python)
            .arg(script)
            .current_dir(folder.path())
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&ran.stdout);
        let problem = String::from_utf8_lossy(&ran.stderr);
        assert!(ran.status.success(), "{}: {said}{problem}", config.env);
        println!("{}: {said}", config.env);
    }
}
