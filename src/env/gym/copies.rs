//! All copies of an environment of Gymnasium, in one process.

use std::sync::{Arc, Mutex, MutexGuard};

use super::frame::Incoming;
use super::id_of;
use super::worker::{Interpreter, Problem, Worker};
use crate::env::about::{About, MadeWith};
use crate::env::{
    Action, Actions, Copies, EnvError, EnvFailed, Fault, Outcome, Saved, Spec, Task, Transitions,
    Unavailable,
};
use crate::rng::Rng;

/// Why an episode was ended that the environment would have gone on with.
const NOT_FINITE: Fault = Fault("the environment gave a number that is not finite");

/// What Gymnasium's environment of the task `name`, made as `asked`, says of itself.
///
/// # Errors
/// If it cannot be had, or cannot be trained on.
pub fn describe(
    name: &str,
    asked: &MadeWith,
    interpreter: &Interpreter,
) -> Result<About, Unavailable> {
    let (_, about) = start(name, asked, interpreter)?;
    Ok(about)
}

fn start(
    name: &str,
    asked: &MadeWith,
    interpreter: &Interpreter,
) -> Result<(Worker, About), Unavailable> {
    let started = Worker::start(interpreter, id_of(name)?, asked);
    started.map_err(|problem| unavailable(name, &problem))
}

fn unavailable(name: &str, problem: &Problem) -> Unavailable {
    let problem = match problem {
        Problem::Refused(text) if text.ends_with("has no time limit") => format!(
            "{text}, and a run needs one: write `time_limit = 1000` into `[task.\"{name}\"]` of the \
             experiment file, or give --time-limit 1000 to `train`"
        ),
        problem => problem.to_string(),
    };
    Unavailable::Task {
        id: name.to_owned(),
        problem,
    }
}

/// The task `name`, whose environment is made as `asked` and said `about` of itself.
/// All its copies, of training and evaluation, live in one process, which is started
/// for the first of them and ends with the task.
pub fn task(name: &str, asked: MadeWith, about: Arc<About>, interpreter: Interpreter) -> Task {
    let spec = about.spec(name);
    let (expected, of) = (Arc::clone(&about), asked.clone());
    let started: Mutex<Option<Arc<Mutex<Worker>>>> = Mutex::new(None);
    let make = move |streams: Vec<Rng>| -> Result<Box<dyn Copies>, Unavailable> {
        let spec = expected.spec(spec.id.as_ref());
        let mut started = started.lock().unwrap_or_else(|e| e.into_inner());
        let worker = match &*started {
            Some(worker) => Arc::clone(worker),
            None => {
                let (worker, now) = start(&spec.id, &of, &interpreter)?;
                if now != *expected {
                    return Err(changed(&spec.id, &expected, &now));
                }
                let worker = Arc::new(Mutex::new(worker));
                Arc::clone(started.insert(worker))
            }
        };
        drop(started);
        let bridge = Bridge::begin(worker, spec.clone(), streams);
        let bridge = bridge.map_err(|problem| unavailable(&spec.id, &problem))?;
        Ok(Box::new(bridge))
    };
    let spec = about.spec(name);
    Task::of_copies(spec, make)
        .ours()
        .of_gymnasium(asked, about)
}

/// That the environment is not what it was a moment ago.
fn changed(name: &str, before: &About, now: &About) -> Unavailable {
    Unavailable::Task {
        id: name.to_owned(),
        problem: format!(
            "it has changed since this command began: it was {before:?} and is {now:?}; give the \
             command again"
        ),
    }
}

/// Copies of an environment of Gymnasium. Every episode of a copy begins with
/// `reset(seed=)` of 31 bits from its stream.
pub struct Bridge {
    worker: Arc<Mutex<Worker>>,
    spec: Spec,
    group: u32,
    streams: Vec<Rng>,
    /// The seed of the next episode of every copy.
    seeds: Vec<u32>,
    /// What every copy shows, \[copies\]\[dim\].
    shown: Vec<f64>,
    /// The copies of the present step, and their actions.
    active: Vec<u32>,
    actions: Vec<f32>,
    /// Copies that gave a number that is not finite and have not been begun anew.
    broken: Vec<usize>,
}

impl Bridge {
    /// One copy for each of `streams`, in a process of its own.
    ///
    /// # Errors
    /// If the environment cannot be had.
    pub fn new(
        name: &str,
        asked: &MadeWith,
        interpreter: &Interpreter,
        streams: Vec<Rng>,
    ) -> Result<Self, Unavailable> {
        let (worker, about) = start(name, asked, interpreter)?;
        let worker = Arc::new(Mutex::new(worker));
        Self::begin(worker, about.spec(name), streams)
            .map_err(|problem| unavailable(name, &problem))
    }

    /// One copy for each of `streams`, in the process `worker`.
    fn begin(worker: Arc<Mutex<Worker>>, spec: Spec, streams: Vec<Rng>) -> Result<Self, Problem> {
        let count = streams.len();
        let mut bridge = Self {
            group: 0,
            seeds: vec![0; count],
            shown: vec![0.0; count * spec.observation_dim],
            active: Vec::with_capacity(count),
            actions: Vec::with_capacity(count * spec.actions.width()),
            broken: Vec::new(),
            worker,
            spec,
            streams,
        };
        let first: Vec<u32> = bridge.streams.iter_mut().map(seed).collect();
        bridge.seeds = bridge.streams.iter_mut().map(seed).collect();
        let mut shown = std::mem::take(&mut bridge.shown);
        {
            let mut worker = bridge.worker();
            let reply = worker.ask(b'N', b'O', |request| {
                for seed in first {
                    request.number(seed);
                }
            })?;
            let group = rows(reply, &mut shown);
            drop(worker);
            bridge.group = bridge.understood(group)?;
        }
        bridge.shown = shown;
        Ok(bridge)
    }

    fn worker(&self) -> MutexGuard<'_, Worker> {
        self.worker.lock().unwrap_or_else(|e| e.into_inner())
    }

    /// What a reply holds, or the end of the process.
    fn understood<T>(&self, reply: Result<T, &'static str>) -> Result<T, Problem> {
        reply.map_err(|problem| self.worker().fail(problem.to_owned()))
    }

    fn failed(&self, problem: &Problem) -> EnvFailed {
        EnvFailed {
            id: self.spec.id.to_string(),
            problem: problem.to_string(),
        }
    }

    /// What `env.unwrapped.state` of copy `i` is, for environments that have one: to
    /// compare dynamics from the same state.
    ///
    /// # Errors
    /// If it has none, which ends the process.
    ///
    /// # Panics
    /// If there is no copy `i`.
    pub fn state(&mut self, i: usize) -> Result<Vec<f64>, EnvFailed> {
        assert!(i < self.seeds.len(), "there is no copy {i}");
        let group = self.group;
        let mut worker = self.worker();
        let reply = worker.ask(b'Q', b'V', |request| {
            request.number(group).number(i as u32);
        });
        let state = reply.map(|reply| {
            let reals = Incoming::new(reply).reals(reply.len() / 8);
            reals.into_iter().flatten().collect()
        });
        drop(worker);
        state.map_err(|problem| self.failed(&problem))
    }

    /// Sends the step of the active copies, and writes what came of it.
    fn exchange(&mut self, out: &mut Transitions) -> Result<(), Problem> {
        let worker = Arc::clone(&self.worker);
        let mut worker = worker.lock().unwrap_or_else(|e| e.into_inner());
        let (group, active) = (self.group, &self.active);
        let reply = worker.ask(b'S', b'T', |request| {
            request.number(group).number(active.len() as u32);
            for &copy in active {
                request.number(copy);
            }
            for &copy in active {
                request.number(self.seeds[copy as usize]);
            }
            request.reals(&self.actions);
        })?;
        match self.read(reply, out) {
            Ok(()) => Ok(()),
            Err(problem) => Err(worker.fail(problem.to_owned())),
        }
    }

    /// Reads the reply to a step.
    fn read(&mut self, reply: &[u8], out: &mut Transitions) -> Result<(), &'static str> {
        const SHORT: &str = "a reply to a step that is too short";
        let (count, dim) = (self.active.len(), self.spec.observation_dim);
        let mut reply = Incoming::new(reply);
        let rewards = reply.reals(count).ok_or(SHORT)?;
        let mut nexts = reply.reals(count * dim).ok_or(SHORT)?;
        let flags = reply.bytes(count).ok_or(SHORT)?;
        for ((&copy, reward), &flag) in self.active.iter().zip(rewards).zip(flags) {
            let i = copy as usize;
            let row = i * dim..(i + 1) * dim;
            let next = &mut out.next_observations[row.clone()];
            let mut is_finite = reward.is_finite();
            for (x, given) in next.iter_mut().zip(&mut nexts) {
                *x = given;
                is_finite &= given.is_finite();
            }
            let mut outcome = Outcome {
                reward,
                terminated: flag & 1 != 0,
                truncated: flag & 2 != 0,
                fault: None,
            };
            let has_begun = outcome.ended();
            if !is_finite {
                next.fill(0.0);
                outcome = Outcome {
                    reward: 0.0,
                    terminated: true,
                    truncated: false,
                    fault: Some(NOT_FINITE),
                };
            }
            out.outcomes[i] = outcome;
            let shown = &mut self.shown[row.clone()];
            if has_begun {
                let first = reply.reals(dim).ok_or(SHORT)?;
                first_row(shown, first)?;
                self.seeds[i] = seed(&mut self.streams[i]);
            } else {
                shown.copy_from_slice(next);
                if !is_finite {
                    self.broken.push(i);
                }
            }
            out.observations[row.clone()].copy_from_slice(&self.shown[row]);
        }
        match reply.left() {
            0 => Ok(()),
            _ => Err("a reply to a step that is too long"),
        }
    }

    /// Begins an episode of the copies that left the finite numbers.
    fn begin_broken(&mut self, out: &mut Transitions) -> Result<(), Problem> {
        let broken = std::mem::take(&mut self.broken);
        let dim = self.spec.observation_dim;
        let mut first = vec![0.0; broken.len() * dim];
        let (group, seeds) = (self.group, &self.seeds);
        let mut worker = self.worker();
        let reply = worker.ask(b'B', b'O', |request| {
            request.number(group).number(broken.len() as u32);
            for &i in &broken {
                request.number(i as u32);
            }
            for &i in &broken {
                request.number(seeds[i]);
            }
        })?;
        let read = rows(reply, &mut first);
        drop(worker);
        self.understood(read)?;
        for (&i, row) in broken.iter().zip(first.chunks_exact(dim.max(1))) {
            self.shown[i * dim..(i + 1) * dim].copy_from_slice(row);
            out.observations[i * dim..(i + 1) * dim].copy_from_slice(row);
            self.seeds[i] = seed(&mut self.streams[i]);
        }
        Ok(())
    }
}

/// A seed as Gymnasium takes it anywhere: 31 bits.
fn seed(stream: &mut Rng) -> u32 {
    stream.below(1 << 31) as u32
}

/// Reads a group and the first observations of episodes.
fn rows(reply: &[u8], rows: &mut [f64]) -> Result<u32, &'static str> {
    const SHORT: &str = "a reply to a reset that is too short";
    let mut reply = Incoming::new(reply);
    let group = reply.number().ok_or(SHORT)?;
    first_row(rows, reply.reals(rows.len()).ok_or(SHORT)?)?;
    match reply.left() {
        0 => Ok(group),
        _ => Err("a reply to a reset that is too long"),
    }
}

/// Writes a first observation, with which an episode must be able to begin.
fn first_row(row: &mut [f64], numbers: impl Iterator<Item = f64>) -> Result<(), &'static str> {
    row.iter_mut()
        .zip(numbers)
        .for_each(|(x, given)| *x = given);
    match row.iter().all(|x| x.is_finite()) {
        true => Ok(()),
        false => Err("`reset` gave an observation with a number that is not finite"),
    }
}

impl Copies for Bridge {
    fn observe(&mut self, observations: &mut [f64]) -> Result<(), EnvFailed> {
        observations.copy_from_slice(&self.shown);
        Ok(())
    }

    fn step(&mut self, actions: &Actions, out: &mut Transitions) -> Result<(), EnvFailed> {
        self.active.clear();
        self.actions.clear();
        for i in 0..actions.copies() {
            match actions.of(i) {
                None => continue,
                Some(Action::Discrete(index)) => self.actions.push(index as f32),
                Some(Action::Continuous(point)) => self.actions.extend_from_slice(point),
            }
            self.active.push(i as u32);
        }
        if self.active.is_empty() {
            return Ok(());
        }
        let stepped = self.exchange(out);
        let begun = stepped.and_then(|()| match self.broken.is_empty() {
            true => Ok(()),
            false => self.begin_broken(out),
        });
        begun.map_err(|problem| self.failed(&problem))
    }

    fn restore(&mut self, _: usize, _: &Saved) -> Result<(), EnvError> {
        Err(EnvError::Unkept {
            id: self.spec.id.to_string(),
        })
    }
}

impl Drop for Bridge {
    fn drop(&mut self) {
        let group = self.group;
        // A process that has failed is asked nothing more.
        let _ = self.worker().ask(b'C', b'D', |request| {
            request.number(group);
        });
    }
}
