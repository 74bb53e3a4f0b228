//! How far the bound that TRPO comes from reaches (Schulman et al. 2015, theorem 1 and
//! algorithm 1), in random finite processes that are solved exactly.
//!
//! Along the natural direction of the uniform policy: what a step does, what the surrogate
//! L says of it, and what L - C max KL promises. And iterations: the policy that the bound
//! promises most for, again and again, beside steps whose mean divergence is at most delta.
//! Gains are shares of what the best policy gains over the uniform one.

use rayon::iter::{IntoParallelRefIterator, ParallelIterator};

use super::kind::{Context, Row, Study, StudyError};
use crate::diagnostics::Quantity;
use crate::rng::{Purpose, Streams};
use crate::settings::{Limit, at_least_one, positive};
use crate::tabular::bound::point;
use crate::tabular::improve::{constrained, natural, penalised};
use crate::tabular::mdp::{Mdp, Shape, Solved, Table};

/// What a step does, along the step.
pub const RETURN: Quantity = gain("return", "what the policy gains");
/// What the surrogate says of it.
pub const SURROGATE: Quantity = gain("surrogate", "what L says that it gains");
/// What the bound promises.
pub const BOUND: Quantity = gain("bound", "what L - C max KL promises that it gains");
/// After the iterations of the constraint.
pub const REACHED: Quantity = gain("reached", "gain after the iterations of the constraint");
/// Iterations that the penalty needs for it.
pub const NEEDED: Quantity = Quantity {
    name: "penalty_iterations",
    meaning: "iterations of the penalty until it has gained as much",
    unit: "iterations",
};
/// The same against those of the constraint.
pub const ORDERS: Quantity = Quantity {
    name: "orders_of_magnitude",
    meaning: "log10 of the iterations of the penalty less that of the constraint's",
    unit: "",
};

/// Points along a step.
pub const STEP: &str = "step";
/// Iterations of the constraint.
pub const CONSTRAINT: &str = "constraint";
/// Iterations of the penalty.
pub const PENALTY: &str = "penalty";

/// One of those at a discount.
pub fn case(what: &str, gamma: f64) -> String {
    format!("{what}, discount {gamma}")
}

const fn gain(name: &'static str, meaning: &'static str) -> Quantity {
    Quantity {
        name,
        meaning,
        unit: "share",
    }
}

crate::settings! {
    /// Settings of the study.
    pub struct BoundSettings {
        /// States of a process.
        states: usize = 30, at_least_one();
        /// Actions.
        actions: usize = 4, at_least_one();
        /// States to which an action can lead, at most the number of states.
        branching: usize = 3, at_least_one();
        /// Discounts, each of which is looked at in every process.
        gammas: Vec<f64> = vec![0.8, 0.9, 0.95], discounts();
        /// Radius of the constraint, on the mean divergence.
        delta: f64 = 0.01, positive();
        /// Iterations of the constraint.
        iterations: usize = 10, at_least_one();
        /// Iterations after which the penalty is given up.
        most: usize = 100_000, at_least_one();
    }
}

fn discounts() -> Limit<Vec<f64>> {
    Limit {
        check: |gammas| {
            let is_one = |gamma: &f64| *gamma > 0.0 && *gamma < 1.0;
            match !gammas.is_empty() && gammas.iter().all(is_one) {
                true => Ok(()),
                false => Err(format!("must be numbers between 0 and 1, not {gammas:?}")),
            }
        },
        schema: r#"{"type": "array", "items": {"type": "number"}, "minItems": 1}"#,
    }
}

/// The study.
#[derive(Debug)]
pub struct Bound;

impl Study for Bound {
    type Settings = BoundSettings;
    const KIND: &'static str = "bound";
    const MEANING: &'static str = "in random finite processes, one a seed: the return, L and \
         L - C max KL along a natural step, and how many iterations of the penalty gain what \
         those of the constraint gain";
    const REPETITION: &'static str = "process";
    const QUANTITIES: &'static [Quantity] = &[RETURN, SURROGATE, BOUND, REACHED, NEEDED, ORDERS];
    const SHOWN: &'static [Quantity] = &[REACHED, NEEDED, ORDERS];

    fn check(settings: &BoundSettings) -> Result<(), String> {
        let BoundSettings {
            states,
            actions,
            branching,
            ..
        } = *settings;
        if !(2..=200).contains(&states) || !(2..=50).contains(&actions) {
            return Err(format!(
                "`states` must be from 2 to 200 and `actions` from 2 to 50, not {states} and \
                 {actions}"
            ));
        }
        match branching > states {
            true => Err(format!(
                "`branching` must be at most `states`, {states}, not {branching}"
            )),
            false => Ok(()),
        }
    }

    fn make(settings: &BoundSettings, context: &Context<'_>) -> Result<Vec<Row>, StudyError> {
        let made = context.seeds.par_iter().map(|&seed| {
            let gammas = settings.gammas.iter();
            let rows = gammas.map(|&gamma| of_process(settings, gamma, seed, context));
            let rows = rows.collect::<Result<Vec<_>, StudyError>>()?.concat();
            context.done();
            Ok(rows)
        });
        let made: Vec<Vec<Row>> = made.collect::<Result<_, StudyError>>()?;
        Ok(made.concat())
    }
}

/// The process of a seed, what is known of the uniform policy, and what the best gains.
struct Process {
    seed: u64,
    mdp: Mdp,
    first: Solved,
    range: f64,
}

impl Process {
    fn gain(&self, eta: f64) -> f64 {
        (eta - self.first.eta) / self.range
    }

    fn row(&self, what: &str, at: f64, quantity: Quantity, value: f64) -> Row {
        let case = case(what, self.mdp.shape().gamma);
        Row::new(&case, at, self.seed, quantity, value)
    }
}

/// Processes of a seed differ by their discount alone.
fn of_process(
    settings: &BoundSettings,
    gamma: f64,
    seed: u64,
    context: &Context<'_>,
) -> Result<Vec<Row>, StudyError> {
    let shape = Shape {
        states: settings.states,
        actions: settings.actions,
        branching: settings.branching,
        gamma,
    };
    let mdp = Mdp::random(
        shape,
        &mut Streams::new(seed, "bound").stream(Purpose::Environment, 0),
    );
    let uniform = Table::uniform(shape);
    let first = mdp.solve(&uniform);
    let range = mdp.optimal() - first.eta;
    let process = Process {
        seed,
        mdp,
        first,
        range,
    };
    let mut rows = along(&process, &uniform);
    rows.extend(iterate(settings, &process, &uniform, context)?);
    Ok(rows)
}

/// Radii of steps: four in a factor of ten.
fn radii() -> impl Iterator<Item = f64> {
    (-40..=2).map(|quarter| libm::pow(10.0, f64::from(quarter) / 4.0))
}

/// The step, longer and longer.
fn along(process: &Process, policy: &Table) -> Vec<Row> {
    let Process { mdp, first, .. } = process;
    let of_radius = |radius: f64| {
        let found = point(mdp, (policy, first), &natural(policy, first, radius)?);
        let row = |quantity, eta| process.row(STEP, radius, quantity, process.gain(eta));
        Some([
            row(RETURN, found.eta),
            row(SURROGATE, found.surrogate),
            row(BOUND, found.bound),
        ])
    };
    radii().filter_map(of_radius).flatten().collect()
}

/// Both ways from the uniform policy: the constraint for its iterations, the penalty until
/// it has gained as much.
fn iterate(
    settings: &BoundSettings,
    process: &Process,
    uniform: &Table,
    context: &Context<'_>,
) -> Result<Vec<Row>, StudyError> {
    let mut rows = Vec::new();
    let mut note = |case, iteration: usize, gain| {
        rows.push(process.row(case, iteration as f64, RETURN, gain));
    };
    let (mut policy, mut reached) = (uniform.clone(), 0.0);
    for iteration in 1..=settings.iterations {
        policy = constrained(&policy, &process.mdp.solve(&policy), settings.delta);
        reached = process.gain(process.mdp.solve(&policy).eta);
        note(CONSTRAINT, iteration, reached);
    }
    let (mut policy, mut solved) = (uniform.clone(), process.first.clone());
    let mut needed = 0;
    let mut shown = 1.0;
    while process.gain(solved.eta) < reached {
        if context.is_stopped() {
            return Err(StudyError::Stopped);
        }
        if needed == settings.most {
            return Err(StudyError::Unfinished(format!(
                "process {}: {needed} iterations of the penalty do not gain what {} of the \
                 constraint gain; make `most` larger",
                process.seed, settings.iterations
            )));
        }
        policy = penalised(&process.mdp, &policy, &solved);
        solved = process.mdp.solve(&policy);
        needed += 1;
        // Ten in a factor of ten are enough for a line.
        if needed as f64 >= shown || process.gain(solved.eta) >= reached {
            note(PENALTY, needed, process.gain(solved.eta));
            shown = (shown * 1.26).max(needed as f64 + 1.0);
        }
    }
    let orders = libm::log10(needed as f64 / settings.iterations as f64);
    rows.extend([
        process.row(CONSTRAINT, 0.0, REACHED, reached),
        process.row(PENALTY, 0.0, NEEDED, needed as f64),
        process.row(PENALTY, 0.0, ORDERS, orders),
    ]);
    Ok(rows)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::interrupt::Interrupt;
    use crate::kernels::Kernel;

    fn made(settings: &BoundSettings, seeds: &[u64]) -> Result<Vec<Row>, StudyError> {
        Bound::make(
            settings,
            &Context {
                seeds,
                kernel: Kernel::default(),
                interrupt: &Interrupt::new(),
                tell: &|| {},
                standing: &[],
            },
        )
    }

    fn small() -> BoundSettings {
        BoundSettings {
            states: 8,
            actions: 3,
            gammas: vec![0.5, 0.8],
            iterations: 3,
            ..BoundSettings::default()
        }
    }

    /// Every point keeps the bound, the surrogate is the return for short steps, and the
    /// penalty needs more iterations the further the future counts.
    #[test]
    fn what_is_drawn_is_what_the_theorem_says() {
        let rows = made(&small(), &[3]).unwrap();
        let of = |case: &str, quantity: Quantity| -> Vec<&Row> {
            let is_it = |row: &&Row| row.case == case && row.quantity == quantity.name;
            rows.iter().filter(is_it).collect()
        };
        let step = case(STEP, 0.8);
        let (returns, bounds) = (of(&step, RETURN), of(&step, BOUND));
        assert_eq!((returns.len(), bounds.len()), (43, 43));
        for (is, promised) in returns.iter().zip(&bounds) {
            assert!(is.value >= promised.value - 1e-10, "{is:?} {promised:?}");
        }
        let said = of(&step, SURROGATE)[0].value;
        assert!((said / returns[0].value - 1.0).abs() < 1e-3);
        let needed = |gamma| of(&case(PENALTY, gamma), NEEDED)[0].value;
        assert!(needed(0.8) > needed(0.5), "{} {}", needed(0.8), needed(0.5));
        let last = of(&case(PENALTY, 0.8), RETURN).last().unwrap().value;
        assert!(last >= of(&case(CONSTRAINT, 0.8), REACHED)[0].value);
    }

    #[test]
    fn what_does_not_end_is_an_error_and_no_number() {
        let settings = BoundSettings { most: 2, ..small() };
        let error = made(&settings, &[3]).unwrap_err().to_string();
        assert!(error.contains("make `most` larger"), "{error}");
    }
}
