//! A policy of stock dfdx operations, built from the same flat theta: slow,
//! obvious, and independent of everything that ships.

use dfdx::shapes::{Axis, Rank0};
use dfdx::tensor::{AsArray, Cpu, Gradients, Tensor, TensorFromVec, Trace, WithEmptyTape};
use dfdx::tensor_ops::{Backward, BroadcastTo, Device, SumTo, TryMatMul};
use trpo_lab::activation::Activation;
use trpo_lab::math::Real;
use trpo_lab::nn::{Architecture, Loss, Outputs};

type Matrix<E> = Tensor<(usize, usize), E, Cpu>;
type Vector<E> = Tensor<(usize,), E, Cpu>;

/// ln(2 pi) / 2.
const HALF_LN_TWO_PI: f64 = 0.918_938_533_204_672_7;

/// The parameters, or a direction in their space, as one tensor for each
/// matrix and vector.
pub struct Stock<E: Real> {
    layers: Vec<(Matrix<E>, Vector<E>)>,
    activation: Activation,
    log_std: Option<Vector<E>>,
}

/// What a row's distribution needs, on the tape: logits, or mean and log
/// standard deviation.
pub struct Params<E: Real> {
    pub head: Outputs<E>,
    pub log_std: Option<Outputs<E>>,
}

pub fn matrix<E: Real>(values: &[E], columns: usize) -> Matrix<E> {
    let shape = (values.len() / columns, columns);
    Cpu::default().tensor_from_vec(values.to_vec(), shape)
}

pub fn vector<E: Real>(values: &[E]) -> Vector<E> {
    Cpu::default().tensor_from_vec(values.to_vec(), (values.len(),))
}

/// A function of every element by itself.
fn each<E: Real>(tensor: &Matrix<E>, f: impl Fn(E) -> f64) -> Matrix<E> {
    let values: Vec<E> = tensor
        .as_vec()
        .into_iter()
        .map(|x| E::from_double(f(x)))
        .collect();
    Cpu::default().tensor_from_vec(values, *dfdx::shapes::HasShape::shape(tensor))
}

/// The same numbers without any tie to where they come from.
fn detached<E: Real>(tensor: &Outputs<E>) -> Matrix<E> {
    Cpu::default().tensor_from_vec(tensor.as_vec(), *dfdx::shapes::HasShape::shape(tensor))
}

impl<E: Real> Stock<E>
where
    Cpu: Device<E>,
{
    pub fn new(architecture: &Architecture, theta: &[E]) -> Self {
        let mut rest = theta;
        let mut take = |count: usize| {
            let (taken, left) = rest.split_at(count);
            rest = left;
            taken
        };
        let layers = architecture.layers().iter().map(|layer| {
            let weights = matrix(take(layer.inputs * layer.outputs), layer.outputs);
            (weights, vector(take(layer.outputs)))
        });
        let layers = layers.collect();
        let free = take(architecture.free_outputs());
        Self {
            layers,
            activation: architecture.activation(),
            log_std: (!free.is_empty()).then(|| vector(free)),
        }
    }

    pub fn params(&self, inputs: &Matrix<E>) -> Params<E> {
        let mut h = inputs.leaky_trace();
        for (index, (w, b)) in self.layers.iter().enumerate() {
            let y = h.matmul(w.clone());
            let bias = b.leaky_trace().broadcast_like::<_, Axis<0>>(&y);
            h = y + bias;
            if index + 1 < self.layers.len() {
                h = match self.activation {
                    Activation::Tanh => h.tanh(),
                    Activation::Relu => h.relu(),
                    Activation::Identity => h,
                };
            }
        }
        let log_std = self.log_std.as_ref();
        Params {
            log_std: log_std.map(|s| s.leaky_trace().broadcast_like::<_, Axis<0>>(&h)),
            head: h,
        }
    }

    /// How the head changes when theta moves along `direction`.
    fn tangent(&self, inputs: &Matrix<E>, direction: &Stock<E>) -> Matrix<E> {
        let mut h = inputs.clone();
        let mut tangent: Option<Matrix<E>> = None;
        for ((w, b), (dw, db)) in self.layers.iter().zip(&direction.layers) {
            let through = tangent.map(|tangent| {
                let slope = match self.activation {
                    Activation::Tanh => -h.clone().square() + E::from_double(1.0),
                    Activation::Relu => each(&h, |h| if h > E::ZERO { 1.0 } else { 0.0 }),
                    Activation::Identity => each(&h, |_| 1.0),
                };
                (tangent * slope).matmul(w.clone())
            });
            let along = h.clone().matmul(dw.clone());
            let along = db.clone().broadcast_like::<_, Axis<0>>(&along) + along;
            tangent = Some(match through {
                Some(through) => through + along,
                None => along,
            });
            let y = h.matmul(w.clone());
            h = b.clone().broadcast_like::<_, Axis<0>>(&y) + y;
            h = match self.activation {
                Activation::Tanh => h.tanh(),
                Activation::Relu => h.relu(),
                Activation::Identity => h,
            };
        }
        tangent.expect("a network has layers")
    }

    /// F v, the mean over rows of J^T M J v.
    pub fn fisher_product(&self, inputs: &Matrix<E>, direction: &Stock<E>) -> Vec<E> {
        let tangent = self.tangent(inputs, direction);
        let Params { head, log_std } = self.params(inputs);
        let weighted = match (log_std, &direction.log_std) {
            (Some(log_std), Some(v)) => {
                let precision = (detached(&log_std) * E::from_double(-2.0)).exp();
                let twice = v.clone().broadcast_like::<_, Axis<0>>(&log_std) * E::from_double(2.0);
                mean(head * (tangent * precision)) + mean(log_std * twice)
            }
            _ => {
                let p = detached(&head).softmax::<Axis<1>>();
                let along: Vector<E> = (p.clone() * tangent.clone()).sum::<_, Axis<1>>();
                let centred = tangent - along.broadcast_like::<_, Axis<1>>(&p);
                mean(head * (p * centred))
            }
        };
        self.gradient(weighted).1
    }

    /// Value and flat gradient of a loss.
    pub fn gradient(&self, loss: Loss<E>) -> (E, Vec<E>) {
        let value = loss.array();
        let mut gradients: Gradients<E, Cpu> = loss.backward();
        // A loss that does not depend on a tensor has no gradient for it yet.
        let mut flat = Vec::new();
        for (w, b) in &self.layers {
            gradients.try_alloc_for(w).unwrap();
            gradients.try_alloc_for(b).unwrap();
            flat.extend(gradients.get(w).as_vec());
            flat.extend(gradients.get(b).as_vec());
        }
        if let Some(log_std) = &self.log_std {
            gradients.try_alloc_for(log_std).unwrap();
            flat.extend(gradients.get(log_std).as_vec());
        }
        (value, flat)
    }
}

/// The sum of all elements over the number of rows.
pub fn mean<E: Real>(x: Outputs<E>) -> Loss<E>
where
    Cpu: Device<E>,
{
    let (rows, _) = *dfdx::shapes::HasShape::shape(&x);
    x.sum::<Rank0, _>() / E::from_double(rows as f64)
}

/// log pi(a|s), one column. `actions` are vectors, or one-hot rows.
pub fn log_prob<E: Real>(params: Params<E>, actions: &Matrix<E>) -> Outputs<E>
where
    Cpu: Device<E>,
{
    let Some(log_std) = params.log_std else {
        return row_sums(params.head.log_softmax::<Axis<1>>() * actions.clone());
    };
    let inverse = (-log_std.with_empty_tape()).exp();
    let z = (params.head - actions.clone()) * inverse;
    row_sums(z.square() * E::from_double(-0.5) - log_std - E::from_double(HALF_LN_TWO_PI))
}

pub fn entropy<E: Real>(params: Params<E>) -> Outputs<E>
where
    Cpu: Device<E>,
{
    let Some(log_std) = params.log_std else {
        let log_p = params.head.log_softmax::<Axis<1>>();
        return row_sums(-(log_p.with_empty_tape().exp() * log_p));
    };
    row_sums(log_std + E::from_double(HALF_LN_TWO_PI + 0.5))
}

/// KL(old || new).
pub fn kl_old_new<E: Real>(old: &Params<E>, new: Params<E>) -> Outputs<E>
where
    Cpu: Device<E>,
{
    let (Some(old_log_std), Some(log_std)) = (&old.log_std, new.log_std) else {
        let old = detached(&old.head).log_softmax::<Axis<1>>();
        let new = new.head.log_softmax::<Axis<1>>();
        return row_sums((-new + old.clone()) * old.exp());
    };
    let old_log_std = detached(old_log_std);
    let difference = new.head - detached(&old.head);
    let old_variance = (old_log_std.clone() * E::from_double(2.0)).exp();
    let precision = (log_std.with_empty_tape() * E::from_double(-2.0)).exp();
    let spread = (difference.square() + old_variance) * precision * E::from_double(0.5);
    row_sums(spread + log_std - old_log_std - E::from_double(0.5))
}

fn row_sums<E: Real>(x: Outputs<E>) -> Outputs<E>
where
    Cpu: Device<E>,
{
    use dfdx::shapes::HasShape;
    use dfdx::tensor_ops::ReshapeTo;
    let (rows, _) = *x.shape();
    x.sum::<(usize,), Axis<1>>().reshape_like(&(rows, 1))
}
