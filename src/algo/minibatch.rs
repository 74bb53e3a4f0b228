//! Minibatches: parts of a batch in a random order, gathered once an epoch.

use std::ops::Range;
use std::sync::Arc;

use super::losses::Rows;
use super::surrogate::Surrogate;
use crate::kernels::gather;
use crate::policy::Distribution;
use crate::rng::Rng;
use crate::rollout::batch::Batch;

/// The numbers 0 .. `rows` in random order, to be cut into minibatches of
/// `size`; the last and smaller one is kept. One minibatch of all rows is left
/// in order.
pub fn shuffled_minibatches(rows: usize, size: usize, stream: &mut Rng) -> Vec<usize> {
    let mut order: Vec<usize> = (0..rows).collect();
    if size < rows {
        stream.shuffle(&mut order);
    }
    order
}

/// The rows of a batch in the order of an epoch, of which minibatches are parts.
#[derive(Debug, Default)]
pub struct Shuffled {
    /// What pi_old chose, \[rows\]\[action width\].
    pub actions: Vec<f32>,
    /// Its parameters, \[rows\]\[params\]; empty where nobody needs them.
    pub old_params: Vec<f32>,
    /// log pi_old(a|s), \[rows\].
    pub old_log_prob: Vec<f32>,
    /// A, \[rows\].
    pub advantages: Vec<f32>,
}

/// One minibatch.
#[derive(Debug, Clone, Copy)]
pub struct Minibatch<'a> {
    /// Of the batch, \[rows of it\]\[observation\].
    pub observations: &'a [f32],
    /// Its rows of them.
    pub indices: &'a [usize],
    /// What else it needs lies here.
    pub shuffled: &'a Shuffled,
    /// From this row on.
    pub first: usize,
}

impl Shuffled {
    /// Takes the rows of a batch in the order of `indices`, the parameters of
    /// pi_old only where they are needed.
    pub fn gather(
        &mut self,
        batch: &Batch<f32>,
        surrogate: &Surrogate<'_, f32>,
        indices: &[usize],
        needs_old_params: bool,
    ) {
        let width = batch.actions.len() / batch.rows();
        gather(&batch.actions, width, indices, &mut self.actions);
        gather(surrogate.old_log_prob(), 1, indices, &mut self.old_log_prob);
        gather(&batch.advantages, 1, indices, &mut self.advantages);
        self.old_params.clear();
        if needs_old_params {
            let params = surrogate.old_params().len() / batch.rows();
            gather(
                surrogate.old_params(),
                params,
                indices,
                &mut self.old_params,
            );
        }
    }

    /// Some rows of a mean over `count`, as losses need them.
    fn rows<'a>(
        &'a self,
        range: Range<usize>,
        count: usize,
        distribution: &'a Arc<dyn Distribution<f32>>,
    ) -> Rows<'a, f32> {
        let (width, params) = (distribution.action_width(), distribution.params());
        Rows {
            distribution,
            actions: &self.actions[range.start * width..range.end * width],
            old_log_prob: &self.old_log_prob[range.clone()],
            old_params: match self.old_params.is_empty() {
                true => &[],
                false => &self.old_params[range.start * params..range.end * params],
            },
            advantages: &self.advantages[range],
            count,
        }
    }
}

impl Minibatch<'_> {
    /// Some of its rows, as losses need them.
    pub fn rows<'a>(
        &'a self,
        range: Range<usize>,
        distribution: &'a Arc<dyn Distribution<f32>>,
    ) -> Rows<'a, f32> {
        let range = self.first + range.start..self.first + range.end;
        self.shuffled.rows(range, self.indices.len(), distribution)
    }
}
