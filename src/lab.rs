//! The laboratory as a value: the tasks and the algorithms that a program knows.

use std::sync::Arc;
#[cfg(unix)]
use std::sync::Mutex;

use crate::algo::{ALGORITHMS, AlgorithmConfig, AnyKind, Kind, kind};
use crate::config::RunConfig;
use crate::env::gym::{self, MadeWith};
#[cfg(unix)]
use crate::env::gym::{About, Interpreter};
use crate::env::{Task, Unavailable, registry};
use crate::kernels::Kernel;
use crate::suggest::{did_you_mean, nearest};

/// The tasks and algorithms that runs can be made of. The whole of our own
/// `main` is `Lab::standard().main()`, and a program with a task and an algorithm
/// of its own is a line longer for each:
///
/// ```no_run
/// use trpo_lab::env::{Task, cartpole::CartPole};
/// use trpo_lab::lab::Lab;
///
/// fn main() -> std::process::ExitCode {
///     Lab::standard().task(Task::new(CartPole::default)).main()
/// }
/// ```
#[derive(Clone)]
pub struct Lab {
    tasks: Vec<Arc<Task>>,
    kinds: Vec<&'static dyn AnyKind>,
    kernel: Kernel,
    #[cfg(unix)]
    interpreter: Interpreter,
    /// What environments of Gymnasium have said of themselves, so that none is asked
    /// twice.
    #[cfg(unix)]
    known: Arc<Mutex<Vec<Known>>>,
}

/// What the environment of this name, made so, said of itself.
#[cfg(unix)]
type Known = (String, MadeWith, Arc<About>);

/// An algorithm that there is not.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no algorithm `{name}`{}; there are {known}", did_you_mean(nearest(name, known.split(", "))))]
pub struct UnknownAlgorithm {
    /// The name given.
    pub name: String,
    /// Every algorithm, in words.
    pub known: String,
}

impl Lab {
    /// What the laboratory brings.
    pub fn standard() -> Self {
        Self {
            tasks: registry::all(),
            kinds: ALGORITHMS.to_vec(),
            kernel: Kernel::default(),
            #[cfg(unix)]
            interpreter: Interpreter::default(),
            #[cfg(unix)]
            known: Arc::default(),
        }
    }

    /// The same with a further task; of two with one name, the one that was
    /// added last.
    pub fn task(mut self, task: Task) -> Self {
        self.tasks.retain(|known| known.id() != task.id());
        self.tasks.push(Arc::new(task));
        self
    }

    /// The same with a further algorithm.
    ///
    /// # Panics
    /// If there is one of that name: records could not tell them apart.
    pub fn algorithm<K: Kind>(mut self) -> Self {
        let known = self.kinds.iter().any(|kind| kind.name() == K::NAME);
        assert!(!known, "there is an algorithm `{}` already", K::NAME);
        self.kinds.push(kind::<K>());
        self
    }

    /// The same, whose runs use the instructions of `kernel`; no bit of a result
    /// depends on them.
    pub fn with_kernel(self, kernel: Kernel) -> Self {
        Self { kernel, ..self }
    }

    /// The instructions that runs use.
    pub fn kernel(&self) -> Kernel {
        self.kernel
    }

    /// The same, whose environments of Gymnasium this Python makes.
    #[cfg(unix)]
    pub fn with_interpreter(self, interpreter: Interpreter) -> Self {
        Self {
            interpreter,
            known: Arc::default(),
            ..self
        }
    }

    /// Every task but those of Gymnasium, which are too many to list.
    pub fn tasks(&self) -> &[Arc<Task>] {
        &self.tasks
    }

    /// Every algorithm.
    pub fn algorithms(&self) -> &[&'static dyn AnyKind] {
        &self.kinds
    }

    /// The task called `id`. One of Gymnasium is made as it is without arguments.
    ///
    /// # Errors
    /// If there is none.
    pub fn find_task(&self, id: &str) -> Result<Arc<Task>, Unavailable> {
        self.find_task_as(id, &MadeWith::default())
    }

    /// The task called `id`; one of Gymnasium is made as `asked`.
    ///
    /// # Errors
    /// If there is none.
    pub fn find_task_as(&self, id: &str, asked: &MadeWith) -> Result<Arc<Task>, Unavailable> {
        match gym::is_one(id) && self.tasks.iter().all(|task| task.id() != id) {
            true => self.gymnasium(id, asked),
            false => registry::find(&self.tasks, id),
        }
    }

    /// The task `id` of Gymnasium. Every time it is another value: each has a process of
    /// its own, from the first copies on.
    #[cfg(unix)]
    fn gymnasium(&self, id: &str, asked: &MadeWith) -> Result<Arc<Task>, Unavailable> {
        let mut known = self.known.lock().unwrap_or_else(|e| e.into_inner());
        let found = known
            .iter()
            .find(|(name, of, _)| (&**name, of) == (id, asked));
        let about = match found {
            Some((.., about)) => Arc::clone(about),
            None => {
                let about = Arc::new(gym::describe(id, asked, &self.interpreter)?);
                known.push((id.to_owned(), asked.clone(), Arc::clone(&about)));
                about
            }
        };
        let interpreter = self.interpreter.clone();
        Ok(Arc::new(gym::task(id, asked.clone(), about, interpreter)))
    }

    #[cfg(not(unix))]
    fn gymnasium(&self, id: &str, _: &MadeWith) -> Result<Arc<Task>, Unavailable> {
        Err(Unavailable::Task {
            id: id.to_owned(),
            problem: "environments of Gymnasium are stepped on Unix systems only".to_owned(),
        })
    }

    /// The task of a run, as its configuration wants it seen.
    ///
    /// # Errors
    /// If there is no such task.
    pub fn task_of(&self, config: &RunConfig) -> Result<Arc<Task>, Unavailable> {
        let task = self.find_task_as(&config.env, &config.asked())?;
        Ok(match config.common.observation_noise {
            0.0 => task,
            sigma => Arc::new(task.noisy(sigma)),
        })
    }

    /// The algorithm called `name`.
    ///
    /// # Errors
    /// If there is none.
    pub fn find_algorithm(&self, name: &str) -> Result<&'static dyn AnyKind, UnknownAlgorithm> {
        let found = self.kinds.iter().find(|kind| kind.name() == name).copied();
        found.ok_or_else(|| self.unknown_algorithm(name))
    }

    /// The complaint that there is no algorithm called `name`.
    pub fn unknown_algorithm(&self, name: &str) -> UnknownAlgorithm {
        UnknownAlgorithm {
            name: name.to_owned(),
            known: self.known_algorithms(),
        }
    }

    /// `trpo, npg, vpg, ppo, ...`
    pub fn known_algorithms(&self) -> String {
        let names: Vec<&str> = self.kinds.iter().map(|kind| kind.name()).collect();
        names.join(", ")
    }

    /// Finds the kind of an algorithm that was read without it. What cannot be
    /// resolved stays as it was read.
    pub fn resolve(&self, algorithm: &mut AlgorithmConfig) {
        // Settings of another version of the kind are those of another algorithm.
        let _ = algorithm.resolve(&self.kinds);
    }

    /// What stands in the configuration of a run on `task` with `algorithm`: the
    /// versions of those that the laboratory does not bring.
    pub fn versions(&self, task: &Task, algorithm: &str) -> (Option<u32>, Option<u32>) {
        let kind = self.kinds.iter().find(|kind| kind.name() == algorithm);
        let own = kind.filter(|kind| ALGORITHMS.iter().all(|ours| ours.name() != kind.name()));
        (
            (!task.is_ours()).then(|| task.version_number()),
            own.map(|kind| kind.version()),
        )
    }
}
