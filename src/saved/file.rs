//! Policies to bytes and back.

use std::collections::HashMap;

use safetensors::SafeTensors;
use serde::Deserialize;

use super::tensors::Tensors;
use super::{About, Damage, FORMAT, SavedPolicy};
use crate::digest::to_json;
use crate::env::ActionSpace;
use crate::nn::Architecture;
use crate::policy::normalise::{Moments, ObservationNormaliser};

/// The one key of the metadata: of several the order would not be fixed.
const KEY: &str = "trpo_lab";

/// The version alone, which says whether the rest can be read.
#[derive(Deserialize)]
struct Version {
    format: u64,
}

impl SavedPolicy {
    /// The same with the digest of its content.
    pub fn sealed(mut self) -> Self {
        self.about.content = self.about.digest(&self.tensors());
        self
    }

    /// The file; the same for the same policy, which must be [sealed](Self::sealed).
    ///
    /// # Errors
    /// If what it says of its run cannot be written.
    pub fn to_bytes(&self) -> Result<Vec<u8>, Damage> {
        let tensors = self.tensors();
        let about = serde_json::to_string(&self.about).map_err(|e| Damage::About(e.to_string()))?;
        let metadata = HashMap::from([(KEY.to_owned(), about)]);
        let format = |error: safetensors::SafeTensorError| Damage::Format(error.to_string());
        let views = tensors.views().map_err(format)?;
        safetensors::serialize(views, Some(metadata)).map_err(format)
    }

    /// The policy in a file.
    ///
    /// # Errors
    /// If it is of a newer format, or damaged.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Damage> {
        let format = |error: safetensors::SafeTensorError| Damage::Format(error.to_string());
        let (_, header) = SafeTensors::read_metadata(bytes).map_err(format)?;
        let metadata = header.metadata().as_ref();
        let text = metadata
            .and_then(|all| all.get(KEY))
            .ok_or(Damage::Foreign)?;
        let unreadable = |error: serde_json::Error| Damage::About(crate::words::of_json(&error));
        let Version { format: version } = serde_json::from_str(text).map_err(unreadable)?;
        if version > u64::from(FORMAT) {
            return Err(Damage::Newer(version));
        }
        let about: About = serde_json::from_str(text).map_err(unreadable)?;
        let file = SafeTensors::deserialize(bytes).map_err(format)?;
        let mut tensors = Tensors::default();
        for (name, view) in file.tensors() {
            tensors.read(&name, &view);
        }
        // Fuzzing would not come past it.
        if !cfg!(fuzzing) && about.digest(&tensors) != about.content {
            return Err(Damage::Changed);
        }
        Self::of_tensors(about, tensors)
    }

    fn tensors(&self) -> Tensors {
        let mut tensors = Tensors::default();
        add_layers(&mut tensors, "", &self.architecture(), &self.theta);
        let critic = self.critic_architecture();
        add_layers(&mut tensors, "critic.", &critic, &self.critic);
        if let ActionSpace::Box { low, high } = &self.actions {
            let log_std = &self.theta[self.architecture().free_offset()..];
            for (name, values) in [
                ("log_std", log_std),
                ("action.low", low),
                ("action.high", high),
            ] {
                tensors.add(name, &[values.len()], values);
            }
        }
        let moments = self.normaliser.moments();
        if let Some(first) = moments.first() {
            let of = |number: fn(&Moments) -> f64| moments.iter().map(number).collect::<Vec<_>>();
            let shape = [moments.len()];
            tensors.add_double("observation.mean", &shape, &of(Moments::mean));
            tensors.add_double("observation.variance", &shape, &of(Moments::variance));
            tensors.add_double("observation.count", &[], &[first.count()]);
        }
        tensors
    }

    fn of_tensors(about: About, mut tensors: Tensors) -> Result<Self, Damage> {
        let mut policy = layers(&mut tensors, "")?;
        let critic = layers(&mut tensors, "critic.")?;
        let outputs = policy.outputs;
        let actions = match tensors.has("log_std") {
            false => ActionSpace::Discrete(outputs),
            true => {
                let log_std = tensors.finite("log_std")?;
                let (low, high) = (
                    tensors.floats("action.low")?,
                    tensors.floats("action.high")?,
                );
                for (name, (shape, _)) in [
                    ("log_std", &log_std),
                    ("action.low", &low),
                    ("action.high", &high),
                ] {
                    expect(name, shape, &[outputs])?;
                }
                policy.theta.extend(log_std.1);
                let (low, high) = (low.1, high.1);
                if !low.iter().zip(&high).all(|(low, high)| low <= high) {
                    let text = "its box of actions has an end below its beginning";
                    return Err(Damage::Tensor(text.to_owned()));
                }
                ActionSpace::Box { low, high }
            }
        };
        if critic.inputs != policy.inputs || critic.outputs != 1 {
            let text = "its critic does not take what its policy takes to one number";
            return Err(Damage::Tensor(text.to_owned()));
        }
        let normaliser = normaliser(&mut tensors, policy.inputs)?;
        if let Some(name) = tensors.left() {
            return Err(Damage::Tensor(format!(
                "it has a tensor `{name}` that none asks for"
            )));
        }
        Ok(Self {
            about,
            actions,
            hidden: policy.hidden,
            theta: policy.theta,
            normaliser,
            observation_dim: policy.inputs,
            critic_hidden: critic.hidden,
            critic: critic.theta,
        })
    }
}

impl About {
    /// The digest of a file that says this, and has these tensors.
    fn digest(&self, tensors: &Tensors) -> String {
        let bare = Self {
            content: String::new(),
            ..self.clone()
        };
        tensors.digest(&to_json(&bare))
    }
}

fn add_layers(tensors: &mut Tensors, prefix: &str, architecture: &Architecture, theta: &[f32]) {
    for (i, layer) in architecture.layers().iter().enumerate() {
        let (weight, bias) = (layer.offset..layer.bias_offset(), layer.bias_offset());
        let name = |part: &str| format!("{prefix}layers.{i}.{part}");
        let shape = [layer.inputs, layer.outputs];
        tensors.add(name("weight"), &shape, &theta[weight]);
        tensors.add(name("bias"), &shape[1..], &theta[bias..][..layer.outputs]);
    }
}

/// The layers of one network.
struct Layers {
    inputs: usize,
    hidden: Vec<usize>,
    outputs: usize,
    theta: Vec<f32>,
}

/// Takes `layers.0`, `layers.1` and so on, of which each takes what the last gives.
fn layers(tensors: &mut Tensors, prefix: &str) -> Result<Layers, Damage> {
    let (mut theta, mut sizes) = (Vec::new(), Vec::new());
    for i in 0.. {
        let weight = format!("{prefix}layers.{i}.weight");
        if i > 0 && !tensors.has(&weight) {
            break;
        }
        let (shape, weights) = tensors.finite(&weight)?;
        let [inputs, outputs] = shape[..] else {
            return Err(shaped(&weight, &shape, "[in, out]"));
        };
        if inputs == 0 || outputs == 0 {
            return Err(shaped(&weight, &shape, "of one and more"));
        }
        match sizes.last() {
            None => sizes.push(inputs),
            Some(&given) => expect(&weight, &shape, &[given, outputs])?,
        }
        sizes.push(outputs);
        let bias = format!("{prefix}layers.{i}.bias");
        let (shape, biases) = tensors.finite(&bias)?;
        expect(&bias, &shape, &[outputs])?;
        theta.extend(weights);
        theta.extend(biases);
    }
    let (inputs, outputs) = (sizes.remove(0), sizes.pop().unwrap_or_default());
    Ok(Layers {
        inputs,
        hidden: sizes,
        outputs,
        theta,
    })
}

fn normaliser(tensors: &mut Tensors, inputs: usize) -> Result<ObservationNormaliser, Damage> {
    if !tensors.has("observation.mean") {
        return Ok(ObservationNormaliser::new(inputs, false));
    }
    let (shape, mean) = tensors.doubles("observation.mean")?;
    expect("observation.mean", &shape, &[inputs])?;
    let (shape, variance) = tensors.doubles("observation.variance")?;
    expect("observation.variance", &shape, &[inputs])?;
    let (shape, count) = tensors.doubles("observation.count")?;
    expect("observation.count", &shape, &[])?;
    let pairs = mean.iter().zip(&variance);
    let moments: Vec<Moments> = pairs
        .map(|(&mean, &variance)| Moments::restored(count[0], mean, variance))
        .collect();
    // A count of none with a mean, a variance that overflows: of no observations.
    let are_some = |count: f64| count >= 0.0 && count.fract() == 0.0;
    let mut given = moments.iter().zip(mean.iter().zip(&variance));
    let is_so =
        given.all(|(of, (&mean, &variance))| (of.mean(), of.variance()) == (mean, variance));
    if !are_some(count[0]) || !is_so || variance.iter().any(|variance| *variance < 0.0) {
        let text = "its statistics are those of no observations: count, mean and variance do not \
                    go together";
        return Err(Damage::Tensor(text.to_owned()));
    }
    Ok(ObservationNormaliser::by(moments))
}

fn expect(name: &str, shape: &[usize], expected: &[usize]) -> Result<(), Damage> {
    match shape == expected {
        true => Ok(()),
        false => Err(shaped(name, shape, &format!("{expected:?}"))),
    }
}

fn shaped(name: &str, shape: &[usize], expected: &str) -> Damage {
    Damage::Tensor(format!(
        "its tensor `{name}` has the shape {shape:?}, not {expected}"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(count: f64, mean: f64, variance: f64) -> Result<ObservationNormaliser, Damage> {
        let mut tensors = Tensors::default();
        tensors.add_double("observation.mean", &[1], &[mean]);
        tensors.add_double("observation.variance", &[1], &[variance]);
        tensors.add_double("observation.count", &[], &[count]);
        normaliser(&mut tensors, 1)
    }

    /// Such a file was read, and could not be written again.
    #[test]
    fn statistics_of_no_observations_are_refused() {
        for (count, mean, variance) in [
            (4096.0, 0.3, 2.0),
            (0.0, 0.0, 1.0),
            (1.0, -5.0, 0.0),
            (3.0, 1e300, 1e-310),
        ] {
            let read = read(count, mean, variance).unwrap();
            let of = read.moments()[0];
            assert_eq!(
                (of.count(), of.mean(), of.variance()),
                (count, mean, variance)
            );
        }
        for (count, mean, variance) in [
            (f64::MAX, 0.0, f64::MAX),
            (1e300, 0.0, 1e10),
            (0.0, 0.5, 1.0),
            (0.0, 0.0, 2.0),
            (2.5, 0.0, 1.0),
            (-1.0, 0.0, 1.0),
            (2.0, 0.0, -1.0),
        ] {
            let problem = read(count, mean, variance).unwrap_err().to_string();
            assert!(problem.contains("of no observations"), "{problem}");
        }
    }
}
