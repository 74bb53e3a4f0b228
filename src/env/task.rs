//! A task as a value: what is fixed about it, and how copies of it are made.

use std::fmt;
use std::sync::Arc;

use super::about::{About, MadeWith};
use super::lanes::Lanes;
use super::{Copies, Env, Reference, Spec, Unavailable};
use crate::rng::Rng;

type MakeEnv = dyn Fn() -> Result<Box<dyn Env>, Unavailable> + Send + Sync;
type MakeCopies = dyn Fn(Vec<Rng>) -> Result<Box<dyn Copies>, Unavailable> + Send + Sync;

/// A task that runs can be made on.
///
/// ```
/// use trpo_lab::env::{Task, cartpole::CartPole};
///
/// let task = Task::new(CartPole::default).version(3).reference(20.0, 500.0);
/// assert_eq!(task.spec().id, "CartPole-v1");
/// ```
pub struct Task {
    spec: Spec,
    version: u32,
    reference: Option<Reference>,
    is_ours: bool,
    gymnasium: Option<(MadeWith, Arc<About>)>,
    source: Source,
}

enum Source {
    Env(Box<MakeEnv>),
    Copies(Box<MakeCopies>),
}

impl Task {
    /// The task whose copies `make` makes, of version 1. Each has its own state
    /// and draws from its own stream.
    pub fn new<E: Env + 'static>(make: impl Fn() -> E + Send + Sync + 'static) -> Self {
        let spec = make().spec();
        Self::fallible(spec, move || Ok(Box::new(make())))
    }

    /// The same where a copy cannot always be made.
    pub fn fallible(
        spec: Spec,
        make: impl Fn() -> Result<Box<dyn Env>, Unavailable> + Send + Sync + 'static,
    ) -> Self {
        Self {
            spec,
            version: 1,
            reference: None,
            is_ours: false,
            gymnasium: None,
            source: Source::Env(Box::new(make)),
        }
    }

    /// The task whose copies `make` makes all at once, one for each stream, at
    /// the beginning of an episode: for tasks that step in another process, or
    /// side by side in one array.
    pub fn of_copies(
        spec: Spec,
        make: impl Fn(Vec<Rng>) -> Result<Box<dyn Copies>, Unavailable> + Send + Sync + 'static,
    ) -> Self {
        Self {
            spec,
            version: 1,
            reference: None,
            is_ours: false,
            gymnasium: None,
            source: Source::Copies(Box::new(make)),
        }
    }

    /// The same as one that the laboratory brings.
    pub(super) fn ours(self) -> Self {
        Self {
            is_ours: true,
            ..self
        }
    }

    /// The same as an environment of Gymnasium, made as `asked`, which said `about` of
    /// itself.
    pub(super) fn of_gymnasium(self, asked: MadeWith, about: Arc<About>) -> Self {
        Self {
            gymnasium: Some((asked, about)),
            ..self
        }
    }

    /// How it was asked of Gymnasium, and what it said of itself; `None` of a task that
    /// is none of [`gym`](super::gym).
    pub fn gymnasium(&self) -> Option<&(MadeWith, Arc<About>)> {
        self.gymnasium.as_ref()
    }

    /// Whether the laboratory brings it.
    pub fn is_ours(&self) -> bool {
        self.is_ours
    }

    /// Its version, to be raised with every change that changes results. It
    /// stands in configurations, and so in digests.
    pub fn version(self, version: u32) -> Self {
        Self { version, ..self }
    }

    /// The raw scores that become 0 and 1. An experiment file may give others.
    pub fn reference(self, random: f64, reference: f64) -> Self {
        self.judged_by(Reference::between(random, reference))
    }

    /// The same with everything by which its returns are judged.
    pub fn judged_by(self, reference: Reference) -> Self {
        let reference = Some(reference);
        Self { reference, ..self }
    }

    /// What is fixed about it.
    pub fn spec(&self) -> &Spec {
        &self.spec
    }

    /// Its name.
    pub fn id(&self) -> &str {
        &self.spec.id
    }

    /// See [`Task::version`].
    pub fn version_number(&self) -> u32 {
        self.version
    }

    /// See [`Task::reference`].
    pub fn own_reference(&self) -> Option<Reference> {
        self.reference
    }

    /// One copy whose state can be set; `None` for a task that has only all
    /// copies at once. Its state means nothing before [`Env::reset`] or
    /// [`Env::set_state`].
    pub fn env(&self) -> Option<Result<Box<dyn Env>, Unavailable>> {
        match &self.source {
            Source::Env(make) => Some(make()),
            Source::Copies(_) => None,
        }
    }

    /// One copy for each stream, at the beginning of an episode.
    ///
    /// # Errors
    /// If the task cannot be had.
    pub fn copies(&self, streams: Vec<Rng>) -> Result<Box<dyn Copies>, Unavailable> {
        match &self.source {
            Source::Env(make) => Ok(Box::new(Lanes::new(make, streams)?)),
            Source::Copies(make) => make(streams),
        }
    }
}

impl fmt::Debug for Task {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Task")
            .field("spec", &self.spec)
            .finish_non_exhaustive()
    }
}
