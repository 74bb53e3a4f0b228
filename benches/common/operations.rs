//! Floating-point operations that the mathematics needs, two for a multiply-add: those of the
//! layers of networks, without padding, activations and optimisers. A pass that a recorded
//! column needs counts; one that is made twice does not. `src/train/counts.rs` holds the library
//! to the same passes.

use trpo_lab::config::RunConfig;
use trpo_lab::env::registry;
use trpo_lab::nn::Architecture;
use trpo_lab::policy::Policy;
use trpo_lab::record::RunRecord;
use trpo_lab::rng::{Purpose, Streams};

/// Those of one row of a network.
#[derive(Debug, Clone, Copy)]
pub struct Operations {
    /// The outputs.
    pub forward: u64,
    /// From the gradient of the outputs to that of the parameters.
    pub backward: u64,
}

impl Operations {
    /// Those of a network of this shape.
    pub fn of(architecture: &Architecture) -> Self {
        let sizes = architecture.layers().iter();
        let sizes: Vec<u64> = sizes.map(|l| 2 * (l.inputs * l.outputs) as u64).collect();
        let forward = sizes.iter().sum();
        Self {
            forward,
            // Nobody needs the gradient of the inputs.
            backward: forward + sizes[1..].iter().sum::<u64>(),
        }
    }

    /// Those of one Gauss-Newton product.
    pub fn product(self) -> u64 {
        // The tangents cost what cotangents do.
        2 * self.backward
    }
}

/// Those of a row in a policy step of TRPO: the pass at theta_old with what derivatives need, the
/// gradient, `products` Fisher products and `tried` lengths of the step.
pub fn of_policy_step(row: Operations, products: u64, tried: u64) -> u64 {
    (1 + tried) * row.forward + row.backward + products * row.product()
}

/// Those of a run that its record tells of, from its first update to its last.
///
/// # Panics
/// If the run is of another algorithm than TRPO and PPO, or has no critic.
pub fn of_training(config: &RunConfig, record: &RunRecord) -> u64 {
    // Gymnasium's own has the shapes of ours of the same name.
    let name = config.env.trim_start_matches("gym:");
    let task = registry::standard(name).expect("a task of this build");
    let spec = task.spec();
    let mut rng = Streams::new(0, "operations").stream(Purpose::Initialisation, 0);
    let hidden = &config.common.hidden[..];
    let policy = Policy::<f32>::new(spec.observation_dim, &spec.actions, hidden, 0.0, &mut rng);
    let policy = Operations::of(policy.network().architecture());
    let critic = Operations::of(&Architecture::new(spec.observation_dim, hidden, 1, 0));
    let column = |name: &str| -> Vec<Option<f64>> {
        let cells = record.curve.numbers(name);
        cells.unwrap_or_else(|| panic!("no column {name}")).to_vec()
    };
    let fit = config.critic.epochs as u64;
    // V(s), the fit, and the loss after it.
    let of_critic = 2 * critic.forward + fit * (critic.forward + critic.backward);
    let steps: Vec<u64> = match config.algorithm.name() {
        "ppo" => {
            let epochs = column("epochs")
                .into_iter()
                .map(|epochs| epochs.unwrap_or(0.0) as u64);
            let step = |epochs| epochs * (policy.forward + policy.backward) + policy.forward;
            epochs.map(step).collect()
        }
        "trpo" => {
            let products = column("cg_iterations").into_iter();
            let step = |(products, tried): (Option<f64>, Option<f64>)| {
                // One more for the length of the step.
                let products = products.unwrap_or(0.0) as u64 + 1;
                let tried = tried.expect("an accepted step") as u64 + 1;
                of_policy_step(policy, products, tried)
            };
            products.zip(column("accepted")).map(step).collect()
        }
        other => panic!("operations of {other} are not counted"),
    };
    let of_rows = |step: u64| policy.forward + step + of_critic;
    steps.into_iter().map(of_rows).sum::<u64>() * config.common.batch as u64
}
