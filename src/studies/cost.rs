//! What updates cost: wall time of the policy step of each algorithm, and of the fit of the
//! critic, as rows, widths, iterations of the conjugate gradient and epochs grow.
//!
//! Every seed is a block, in which everything is measured once, on one thread that keeps to
//! one core; between blocks a probe says how fast the core is (see `quiet`). Work is on
//! random numbers of the shape of a MuJoCo task, 17 observations and 6 actions: what a step
//! costs does not depend on them, but for the line search, whose attempts are told.

use std::time::Instant;

use super::kind::{Context, Row, Study, StudyError};
use super::quiet::{Watch, peak, pin, stolen};
use crate::algo::critic::{Critic, CriticSettings};
use crate::algo::npg::{Npg, NpgSettings};
use crate::algo::on_policy::OnPolicy;
use crate::algo::ppo::{Ppo, PpoSettings};
use crate::algo::trpo::{Trpo, TrpoSettings};
use crate::algo::vpg::{Vpg, VpgSettings};
use crate::algo::{Kind, PolicyStep};
use crate::diagnostics::Quantity;
use crate::env::ActionSpace;
use crate::exec::Exec;
use crate::kernels::Kernel;
use crate::policy::Policy;
use crate::rng::{Purpose, Rng, Streams};
use crate::rollout::batch::Batch;
use crate::settings::{Limit, at_least_one};

/// How long a step takes.
pub const SECONDS: Quantity = Quantity {
    name: "seconds",
    meaning: "time",
    unit: "s",
};
/// How fast the core was.
pub const PEAK: Quantity = Quantity {
    name: "peak",
    meaning: "fused multiply-adds that the core can do, before and after the block",
    unit: "GFLOP/s",
};

/// The case of the probes.
pub const PROBE: &str = "probe";

/// Along what the cost is measured: what it is called, and of which steps.
pub const ALONG: [(&str, &[&str]); 4] = [
    ("rows", &["trpo", "npg", "ppo", "vpg", "critic"]),
    ("width", &["trpo", "npg", "ppo", "vpg", "critic"]),
    ("iterations", &["trpo"]),
    ("epochs", &["ppo"]),
];

/// A step along something.
pub fn case(step: &str, along: &str) -> String {
    format!("{step} by {along}")
}

const OBSERVATIONS: usize = 17;
const ACTIONS: usize = 6;

/// Time over which short steps are repeated, in seconds.
const SHORTEST: f64 = 0.03;

crate::settings! {
    /// Settings of the study.
    pub struct CostSettings {
        /// Rows of a batch.
        rows: Vec<usize> = vec![2048, 4096, 10_240, 20_480, 40_960, 102_400, 204_800], sizes();
        /// Widths of both hidden layers.
        widths: Vec<usize> = vec![16, 32, 64, 128, 256, 512], sizes();
        /// Iterations of the conjugate gradient.
        iterations: Vec<usize> = vec![1, 2, 5, 10, 20, 50], sizes();
        /// Epochs of PPO.
        epochs: Vec<usize> = vec![1, 2, 5, 10, 20, 50], sizes();
        /// Rows where something else grows.
        usual_rows: usize = 8192, at_least_one();
        /// Width where something else grows.
        usual_width: usize = 64, at_least_one();
    }
}

fn sizes() -> Limit<Vec<usize>> {
    Limit {
        check: |sizes| match sizes.iter().all(|&size| size >= 1) && !sizes.is_empty() {
            true => Ok(()),
            false => Err(format!(
                "must be whole numbers of at least 1, not {sizes:?}"
            )),
        },
        schema: r#"{"type": "array", "items": {"type": "integer", "minimum": 1}, "minItems": 1}"#,
    }
}

impl CostSettings {
    /// Where along it the cost is measured.
    fn places(&self, along: &str) -> &[usize] {
        match along {
            "rows" => &self.rows,
            "width" => &self.widths,
            "iterations" => &self.iterations,
            _ => &self.epochs,
        }
    }
}

/// The study.
#[derive(Debug)]
pub struct Cost;

impl Study for Cost {
    type Settings = CostSettings;
    const KIND: &'static str = "cost";
    const MEANING: &'static str = "wall time of policy steps and of the critic's fit as rows, \
         widths, iterations of the conjugate gradient and epochs grow, in alternating blocks on \
         one core; refused on a busy machine";
    const REPETITION: &'static str = "block";
    const QUANTITIES: &'static [Quantity] = &[SECONDS, PEAK];
    const IS_TIMED: bool = true;

    fn make(settings: &CostSettings, context: &Context<'_>) -> Result<Vec<Row>, StudyError> {
        pin();
        let tasks = tasks(settings);
        let stolen = stolen();
        let mut watch = Watch::new(|| peak(context.kernel));
        let mut rows = Vec::new();
        // Memory and clock settle.
        block(&tasks[..1], 0, context)?;
        for (number, &seed) in context.seeds.iter().enumerate() {
            let made = watch.block(context.seeds.len(), || block(&tasks, number, context))?;
            let (times, speed) = made;
            rows.push(Row::new(PROBE, 0.0, seed, PEAK, 1e-9 * speed));
            let named = tasks.iter().zip(times);
            rows.extend(named.map(|(task, seconds)| {
                Row::new(&task.case, task.at as f64, seed, SECONDS, seconds)
            }));
            context.done();
        }
        watch.finish(context.best(PROBE, PEAK).map(|peak| 1e9 * peak), stolen())?;
        Ok(rows)
    }
}

/// Something whose time is taken.
struct Task {
    case: String,
    at: usize,
    step: &'static str,
    size: Size,
}

/// How large it is.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Size {
    rows: usize,
    width: usize,
    iterations: usize,
    epochs: usize,
}

fn tasks(settings: &CostSettings) -> Vec<Task> {
    let usual = Size {
        rows: settings.usual_rows,
        width: settings.usual_width,
        iterations: TrpoSettings::default().cg_iterations,
        epochs: PpoSettings::default().epochs,
    };
    let mut tasks = Vec::new();
    for (along, steps) in ALONG {
        for &step in steps {
            tasks.extend(settings.places(along).iter().map(|&at| {
                let mut size = usual;
                match along {
                    "rows" => size.rows = at,
                    "width" => size.width = at,
                    "iterations" => size.iterations = at,
                    _ => size.epochs = at,
                }
                Task {
                    case: case(step, along),
                    at,
                    step,
                    size,
                }
            }));
        }
    }
    tasks
}

/// The time of every task, in their order. Every other block goes the other way round, so
/// that what drifts favours none.
fn block(tasks: &[Task], number: usize, context: &Context<'_>) -> Result<Vec<f64>, StudyError> {
    let mut seconds = vec![0.0; tasks.len()];
    let mut order: Vec<usize> = (0..tasks.len()).collect();
    if number % 2 == 1 {
        order.reverse();
    }
    for place in order {
        if context.is_stopped() {
            return Err(StudyError::Stopped);
        }
        seconds[place] = tasks[place].seconds(number as u64, context.kernel)?;
    }
    Ok(seconds)
}

impl Task {
    /// Seconds of one step.
    fn seconds(&self, seed: u64, kernel: Kernel) -> Result<f64, StudyError> {
        let Size {
            rows,
            width,
            iterations,
            epochs,
        } = self.size;
        let problem = Problem::new(rows, width, seed, &kernel.into());
        match self.step {
            "trpo" => problem.policy_step::<Trpo>(&TrpoSettings {
                cg_iterations: iterations,
                cg_tolerance: 0.0,
                ..TrpoSettings::default()
            }),
            "npg" => problem.policy_step::<Npg>(&NpgSettings {
                cg_iterations: iterations,
                cg_tolerance: 0.0,
                ..NpgSettings::default()
            }),
            "ppo" => problem.policy_step::<Ppo>(&PpoSettings {
                epochs,
                ..PpoSettings::default()
            }),
            "vpg" => problem.policy_step::<Vpg>(&VpgSettings::default()),
            _ => problem.critic(),
        }
    }
}

/// A policy, and a batch of what it might have seen and done.
struct Problem {
    streams: Streams,
    hidden: [usize; 2],
    policy: Policy<f32>,
    batch: Batch<f32>,
}

impl Problem {
    fn new(rows: usize, width: usize, seed: u64, exec: &Exec) -> Self {
        let streams = Streams::new(seed, "cost");
        let rng = &mut streams.stream(Purpose::Algorithm, 0);
        let actions = ActionSpace::Box {
            low: vec![-1.0; ACTIONS],
            high: vec![1.0; ACTIONS],
        };
        let hidden = [width; 2];
        let policy = Policy::new(OBSERVATIONS, &actions, &hidden, -0.5, rng).with_exec(exec);
        let normals = |count: usize, rng: &mut Rng| -> Vec<f32> {
            (0..count).map(|_| rng.normal() as f32).collect()
        };
        let batch = Batch {
            observations: normals(rows * OBSERVATIONS, rng),
            old_params: Vec::new(),
            actions: normals(rows * ACTIONS, rng),
            advantages: normals(rows, rng),
            targets: normals(rows, rng),
            values: normals(rows, rng),
        };
        Self {
            streams,
            hidden,
            policy,
            batch,
        }
    }

    /// A first step of a fresh algorithm from the same policy.
    fn policy_step<A>(&self, settings: &A::Settings) -> Result<f64, StudyError>
    where
        A: PolicyStep + Kind<Algorithm = OnPolicy<A>>,
    {
        let parameters = self.policy.theta().len();
        let fresh = || {
            let OnPolicy(algorithm) = A::new(settings, parameters, &self.streams);
            (self.policy.clone(), algorithm)
        };
        mean_time(fresh, |(policy, algorithm)| {
            let made = algorithm.policy_step(policy, &self.batch, 0.0);
            made.map(drop)
                .map_err(|error| StudyError::Failed(error.to_string()))
        })
    }

    fn critic(&self) -> Result<f64, StudyError> {
        let settings = CriticSettings::default();
        let exec = self.policy.exec();
        let new = || Critic::new(&settings, OBSERVATIONS, &self.hidden, &self.streams);
        let fresh = || new().with_exec(exec);
        mean_time(fresh, |critic| {
            critic.fit(&self.batch, 0.0);
            Ok(())
        })
    }
}

/// Mean seconds of `work` on what `fresh` gives, whose own time does not count.
fn mean_time<T>(
    fresh: impl Fn() -> T,
    work: impl Fn(&mut T) -> Result<(), StudyError>,
) -> Result<f64, StudyError> {
    let (mut all, mut times) = (0.0, 0);
    while all < SHORTEST {
        let mut it = fresh();
        let start = Instant::now();
        work(&mut it)?;
        all += start.elapsed().as_secs_f64();
        times += 1;
    }
    Ok(all / f64::from(times))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_step_is_measured_where_the_settings_say() {
        let settings = CostSettings {
            rows: vec![16, 32],
            widths: vec![8],
            iterations: vec![1, 2, 3],
            epochs: vec![1],
            usual_rows: 64,
            usual_width: 8,
        };
        let tasks = tasks(&settings);
        assert_eq!(tasks.len(), 5 * 2 + 5 + 3 + 1);
        let of = |case: &str| {
            tasks
                .iter()
                .filter(|task| task.case == case)
                .collect::<Vec<_>>()
        };
        assert_eq!(of("ppo by rows")[1].size.rows, 32);
        assert_eq!(
            of("trpo by iterations")[2].size,
            Size {
                iterations: 3,
                ..of("trpo by iterations")[0].size
            }
        );
        for task in &tasks {
            assert!(
                task.seconds(0, Kernel::default()).unwrap() > 0.0,
                "{}",
                task.case
            );
        }
    }
}
