//! A policy as an ONNX model: opset 17, IR version 8.
//!
//! | | name | shape | type |
//! |---|---|---|---|
//! | input | `observation`, as the task gives it | \[rows\]\[in\] | double |
//! | output, discrete actions | `logits` | \[rows\]\[actions\] | float |
//! | | `mode`, the most likely action | \[rows\] | int64 |
//! | output, a box of actions | `mean` | \[rows\]\[actions\] | float |
//! | | `log_std` | \[actions\] | float |
//! | | `mode`, the mean, or the nearest point of the box | \[rows\]\[actions\] | float |
//!
//! The model normalises observations itself, in double precision as the laboratory does.

mod proto;

use crate::activation::Activation;
use crate::env::ActionSpace;
use crate::policy::normalise::{CLIP, EPSILON, Moments};
use crate::saved::SavedPolicy;
use proto::{Dim, Element, Message, node, tensor, value};

/// Version of the operators.
const OPSET: u64 = 17;
/// Version of the format.
const IR: u64 = 8;

/// A graph under construction.
#[derive(Default)]
struct Graph {
    nodes: Vec<Message>,
    constants: Vec<Message>,
    outputs: Vec<Message>,
}

impl Graph {
    fn add(&mut self, operator: &str, inputs: &[&str], output: &str) {
        self.nodes.push(node(operator, inputs, output, &[]));
    }

    fn floats(&mut self, name: &str, shape: &[usize], values: &[f32]) {
        let raw: Vec<u8> = values
            .iter()
            .flat_map(|value| value.to_le_bytes())
            .collect();
        self.constants
            .push(tensor(name, Element::Float, shape, &raw));
    }

    fn doubles(&mut self, name: &str, shape: &[usize], values: &[f64]) {
        let raw: Vec<u8> = values
            .iter()
            .flat_map(|value| value.to_le_bytes())
            .collect();
        self.constants
            .push(tensor(name, Element::Double, shape, &raw));
    }

    /// Observations as the network sees them, called `seen`.
    fn see(&mut self, moments: &[Moments]) {
        let mut raw = "observation";
        if !moments.is_empty() {
            let shape = [moments.len()];
            let mean: Vec<f64> = moments.iter().map(Moments::mean).collect();
            let deviations = moments.iter().map(|of| (of.variance() + EPSILON).sqrt());
            self.doubles("mean_of_observations", &shape, &mean);
            self.doubles(
                "deviation_of_observations",
                &shape,
                &deviations.collect::<Vec<_>>(),
            );
            self.doubles("lowest_seen", &[], &[-CLIP]);
            self.doubles("highest_seen", &[], &[CLIP]);
            self.add("Sub", &["observation", "mean_of_observations"], "centred");
            self.add("Div", &["centred", "deviation_of_observations"], "scaled");
            self.add(
                "Clip",
                &["scaled", "lowest_seen", "highest_seen"],
                "clipped",
            );
            raw = "clipped";
        }
        let to = [("to", Element::Float as i64)];
        self.nodes.push(node("Cast", &[raw], "seen", &to));
    }

    /// The network from `seen` to `head`.
    fn network(&mut self, policy: &SavedPolicy, head: &str) {
        let architecture = policy.architecture();
        let layers = architecture.layers();
        let mut from = "seen".to_owned();
        for (i, layer) in layers.iter().enumerate() {
            let (weight, bias) = (format!("layers.{i}.weight"), format!("layers.{i}.bias"));
            let weights = &policy.theta[layer.offset..layer.bias_offset()];
            let biases = &policy.theta[layer.bias_offset()..][..layer.outputs];
            self.floats(&weight, &[layer.inputs, layer.outputs], weights);
            self.floats(&bias, &[layer.outputs], biases);
            let product = format!("layers.{i}.product");
            self.add("MatMul", &[&from, &weight], &product);
            if i + 1 == layers.len() {
                self.add("Add", &[&product, &bias], head);
                break;
            }
            let operator = match architecture.activation() {
                Activation::Tanh => "Tanh",
                Activation::Relu => "Relu",
                Activation::Identity => "Identity",
            };
            let sum = format!("layers.{i}.sum");
            let to = format!("layers.{i}.{}", architecture.activation().name());
            self.add("Add", &[&product, &bias], &sum);
            self.add(operator, &[&sum], &to);
            from = to;
        }
    }

    fn output(&mut self, name: &str, element: Element, shape: &[Dim]) {
        self.outputs.push(value(name, element, shape));
    }
}

/// The model of a policy, as bytes of a file; the same for the same policy.
pub fn model(policy: &SavedPolicy) -> Vec<u8> {
    let mut graph = Graph::default();
    graph.see(policy.normaliser.moments());
    match &policy.actions {
        ActionSpace::Discrete(count) => {
            graph.network(policy, "logits");
            // The first of equal ones, as in the laboratory.
            let last = [("axis", 1), ("keepdims", 0)];
            graph.nodes.push(node("ArgMax", &["logits"], "mode", &last));
            graph.output("logits", Element::Float, &[Dim::Rows, Dim::Of(*count)]);
            graph.output("mode", Element::Int64, &[Dim::Rows]);
        }
        ActionSpace::Box { low, high } => {
            let dims = low.len();
            graph.network(policy, "mean");
            let free = policy.architecture().free_offset();
            graph.floats("log_std_of_actions", &[dims], &policy.theta[free..]);
            graph.floats("lowest_action", &[dims], low);
            graph.floats("highest_action", &[dims], high);
            graph.add("Identity", &["log_std_of_actions"], "log_std");
            graph.add("Max", &["mean", "lowest_action"], "from_below");
            graph.add("Min", &["from_below", "highest_action"], "mode");
            graph.output("mean", Element::Float, &[Dim::Rows, Dim::Of(dims)]);
            graph.output("log_std", Element::Float, &[Dim::Of(dims)]);
            graph.output("mode", Element::Float, &[Dim::Rows, Dim::Of(dims)]);
        }
    }
    let rows = [Dim::Rows, Dim::Of(policy.observation_dim)];
    let about = &policy.about;
    let graph = Message::new()
        .messages(1, graph.nodes)
        .text(2, "policy")
        .messages(5, graph.constants)
        .message(11, value("observation", Element::Double, &rows))
        .messages(12, graph.outputs);
    let property = |key: &str, text: &str| Message::new().text(1, key).text(2, text);
    Message::new()
        .number(1, IR)
        .text(2, "trpo-lab")
        .text(3, env!("CARGO_PKG_VERSION"))
        .message(7, graph)
        .message(8, Message::new().text(1, "").number(2, OPSET))
        .message(14, property("env", &about.config.env))
        .message(14, property("algorithm", about.config.algorithm.name()))
        .message(14, property("seed", &about.seed.to_string()))
        .message(14, property("record", &about.record))
        .into_bytes()
}
