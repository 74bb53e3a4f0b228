//! What is to be made, by how many, and what they share.

use std::time::Duration;

use super::interrupt::Interrupt;
use super::progress::Progress;
use super::provenance::Machine;
use super::store::Store;
use crate::config::RunConfig;
use crate::kernels::Kernel;
use crate::lab::Lab;
use crate::saved::SavedPolicy;

/// Wall time between two checkpoints of a run, where nothing else is asked for.
pub const CHECKPOINT_EVERY: Duration = Duration::from_secs(20);

/// One run of an experiment.
#[derive(Debug, Clone, Copy)]
pub struct Run<'a> {
    /// Name of the variant.
    pub variant: &'a str,
    /// Complete configuration, with the task.
    pub config: &'a RunConfig,
    /// Seed.
    pub seed: u64,
}

impl Run<'_> {
    /// Its task, its variant and its seed: where its files stand.
    pub(super) fn place(&self) -> (&str, &str, u64) {
        (&self.config.env, self.variant, self.seed)
    }

    /// `CartPole-v1 trpo seed 3`.
    pub fn label(&self) -> String {
        format!("{} {} seed {}", self.config.env, self.variant, self.seed)
    }
}

/// The threads that make runs, and their instructions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Workers {
    /// Runs made at a time, at least 1.
    pub jobs: usize,
    /// Threads inside each run; `None`: its share of the cores, which is more
    /// than one when fewer runs are left than cores.
    pub threads_per_run: Option<usize>,
    /// The instructions that they use.
    pub kernel: Kernel,
}

/// How runs are made.
#[derive(Clone, Copy)]
pub struct Making<'a> {
    /// What they can be made of.
    pub lab: &'a Lab,
    /// The threads that make them.
    pub workers: Workers,
    /// Whether runs of which records stand are made again too.
    pub again: bool,
    /// Whether the policies of runs are kept, as files beside the records.
    pub policies: bool,
    /// The policy from which runs go on whose configuration says that they do.
    pub from: Option<&'a SavedPolicy>,
    /// Wall time after which the state of a run is written again, so that a run that is
    /// killed loses no more than that; one that is asked to stop loses nothing.
    pub checkpoint_every: Duration,
    /// Environment steps of experiments that follow: the time left is told with them too.
    pub following: u64,
}

impl<'a> Making<'a> {
    /// The runs of which no record stands.
    pub fn new(lab: &'a Lab, workers: Workers) -> Self {
        Self {
            lab,
            workers,
            again: false,
            policies: true,
            from: None,
            checkpoint_every: CHECKPOINT_EVERY,
            following: 0,
        }
    }

    /// The same, which keeps no policies: of runs of which only the records are wanted.
    pub fn without_policies(self) -> Self {
        Self {
            policies: false,
            ..self
        }
    }

    /// The same, with another time between checkpoints.
    pub fn with_checkpoints_every(self, checkpoint_every: Duration) -> Self {
        Self {
            checkpoint_every,
            ..self
        }
    }

    /// The same, after which experiments of so many environment steps follow.
    pub fn followed_by(self, following: u64) -> Self {
        Self { following, ..self }
    }
}

/// What all runs share.
pub(super) struct Shared<'a> {
    pub lab: &'a Lab,
    pub store: &'a Store,
    pub machine: Machine,
    pub progress: Progress,
    pub interrupt: &'a Interrupt,
    /// [`Making::policies`].
    pub policies: bool,
    /// [`Making::checkpoint_every`].
    pub checkpoint_every: Duration,
    /// [`Making::from`].
    pub from: Option<&'a SavedPolicy>,
}
