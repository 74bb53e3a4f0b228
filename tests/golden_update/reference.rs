//! The reference values: four files, each a small network with one batch.

use std::path::Path;

use serde::Deserialize;
use trpo_lab::env::ActionSpace;
use trpo_lab::math::Real;
use trpo_lab::rollout::batch::Batch;

use crate::common::{Problem, Shape, assert_close, cast, continuous, error};

#[derive(Deserialize)]
pub struct Golden {
    #[serde(skip)]
    pub name: String,
    pub kind: String,
    pub dims: Vec<usize>,
    pub theta: Vec<f64>,
    pub obs: Vec<Vec<f64>>,
    pub actions: Actions,
    pub advantages: Vec<f64>,
    pub log_prob: Vec<f64>,
    pub entropy_mean: f64,
    pub surrogate: f64,
    pub surrogate_gradient: Vec<f64>,
    pub v: Vec<f64>,
    pub fisher_v: Vec<f64>,
    pub trust_region: Vec<TrustRegion>,
    pub ppo: PpoAt,
    pub adam: AdamSteps,
    pub gae: Gae,
}

#[derive(Deserialize)]
#[serde(untagged)]
pub enum Actions {
    Discrete(Vec<f64>),
    Continuous(Vec<Vec<f64>>),
}

#[derive(Deserialize)]
pub struct TrustRegion {
    pub damping: f64,
    pub delta: f64,
    pub cg_iterations: usize,
    pub x: Vec<f64>,
    pub relative_residual: f64,
    #[serde(rename = "x_F_damped_x")]
    pub x_fc_x: f64,
    #[serde(rename = "x_F_x")]
    pub x_f_x: f64,
    pub beta: f64,
    pub alpha: f64,
    pub tries: Vec<Try>,
    pub accepted: usize,
    pub expected_improvement_full: f64,
}

#[derive(Deserialize)]
pub struct Try {
    pub j: i32,
    pub surrogate: f64,
    pub kl_mean: f64,
    pub kl_max: f64,
}

/// Losses and gradients at another theta; pi_old is at the first.
#[derive(Deserialize)]
pub struct PpoAt {
    pub theta: Vec<f64>,
    pub eps: f64,
    pub loss: f64,
    pub gradient: Vec<f64>,
    pub clip_fraction: f64,
    pub kl_old_new_mean: f64,
    pub kl_old_new_max: f64,
    pub entropy_mean: f64,
    pub vpg_gradient: Vec<f64>,
    pub penalty_beta: f64,
    pub penalty_objective_gradient: Vec<f64>,
}

#[derive(Deserialize)]
pub struct AdamSteps {
    pub lr: f64,
    pub eps: f64,
    pub theta_after_3: Vec<f64>,
}

/// Matrices \[step\]\[environment\].
#[derive(Deserialize)]
pub struct Gae {
    pub gamma: f64,
    pub lam: f64,
    pub rewards: Vec<Vec<f64>>,
    pub values: Vec<Vec<f64>>,
    pub next_values: Vec<Vec<f64>>,
    pub terminated: Vec<Vec<bool>>,
    pub truncated: Vec<Vec<bool>>,
    pub advantages: Vec<Vec<f64>>,
    pub targets: Vec<Vec<f64>>,
}

impl Golden {
    pub fn all() -> Vec<Golden> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/update");
        let names = ["categorical-1", "categorical-2", "gaussian-1", "gaussian-2"];
        names
            .iter()
            .map(|name| {
                let text = std::fs::read_to_string(folder.join(format!("{name}.json"))).unwrap();
                Golden {
                    name: (*name).to_owned(),
                    ..serde_json::from_str(&text).unwrap()
                }
            })
            .collect()
    }

    pub fn shape(&self) -> Shape {
        let [inputs, hidden @ .., head] = &self.dims[..] else {
            panic!("{}: no layers", self.name)
        };
        let actions = match self.kind.as_str() {
            "categorical" => ActionSpace::Discrete(*head),
            _ => continuous(*head),
        };
        Shape::new(*inputs, hidden, actions)
    }

    pub fn problem<E: Real>(&self) -> Problem<E> {
        let actions = match &self.actions {
            Actions::Discrete(actions) => actions.clone(),
            Actions::Continuous(actions) => actions.concat(),
        };
        let unused = vec![E::ZERO; self.advantages.len()];
        Problem {
            policy: self.shape().policy(cast(&self.theta)),
            batch: Batch {
                observations: cast(&self.obs.concat()),
                old_params: Vec::new(),
                actions: cast(&actions),
                advantages: cast(&self.advantages),
                targets: unused.clone(),
                values: unused,
            },
        }
    }

    #[track_caller]
    pub fn vector<E: Real>(&self, what: &str, found: &[E], reference: &[f64], tolerance: f64) {
        let what = format!("{} {} {what}", self.name, std::any::type_name::<E>());
        println!("{what}: {:.1e}", error(found, reference));
        assert_close(&what, found, reference, tolerance);
    }

    #[track_caller]
    pub fn number<E: Real>(&self, what: &str, found: f64, reference: f64, tolerance: f64) {
        let what = format!("{} {} {what}", self.name, std::any::type_name::<E>());
        println!("{what}: {:.1e}", error(&[found], &[reference]));
        assert_close(&what, &[found], &[reference], tolerance);
    }
}
