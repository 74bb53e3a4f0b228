//! What algorithms that draw parameter vectors share: a generation is played,
//! judged and recorded.

use super::bench::Bench;
use super::error::UpdateError;
use super::step::{Diverged, LOG_STD};
use crate::columns::{Column, Row};
use crate::common::CommonSettings;
use crate::rollout::episodes::Acting;
use crate::settings::Invalid;

/// Fitness of the best vector of the generation.
pub const FITNESS_BEST: Column = Column::number("fitness_best", "Best fitness");
/// Mean fitness of the generation.
pub const FITNESS_MEAN: Column = Column::number("fitness_mean", "Mean fitness");
/// Mean standard deviation of the parameters from which the next generation is
/// drawn.
pub const SIGMA: Column = Column::number("sigma", "Deviation of parameters");
/// Parameter vectors of the generation.
pub const POPULATION: Column = Column::number("population", "Population");

/// A generation as it was played.
pub struct Judged {
    /// The vectors, projected.
    pub vectors: Vec<Vec<f64>>,
    /// The mean undiscounted return of each.
    pub fitness: Vec<f64>,
}

/// Refuses observations that are normalised: the same parameters would be
/// another policy in every generation, and the mean of a generation that of
/// policies which never played.
pub fn fits(name: &str, common: &CommonSettings) -> Result<(), Invalid> {
    if common.reward_factor != 1.0 {
        return Err(Invalid::new(
            "reward_factor",
            format!("must be 1 with `{name}`, which sees returns and no rewards"),
        ));
    }
    if !common.normalize_observations {
        return Ok(());
    }
    Err(Invalid::new(
        "normalize_observations",
        format!(
            "must be false with `{name}`: it compares parameter vectors over generations, and \
             while the statistics of observations move the same vector is another policy"
        ),
    ))
}

/// The parameters of the policy, where a distribution begins.
pub fn center(bench: &Bench<'_>) -> Vec<f64> {
    bench.policy.theta().into_iter().map(f64::from).collect()
}

/// Lets every vector of `drawn` play `episodes` episodes of its stochastic
/// policy. What is played, judged and given back is its projection: a log
/// standard deviation outside of its range stands at the end of it, so that the
/// distribution learns what was played.
///
/// # Errors
/// If a parameter or a return is not finite, or the task fails.
pub fn judge(
    bench: &mut Bench<'_>,
    mut drawn: Vec<Vec<f64>>,
    episodes: usize,
) -> Result<Judged, UpdateError> {
    let mut thetas = Vec::with_capacity(drawn.len());
    for vector in &mut drawn {
        let theta = projected(bench, vector);
        for &parameter in &theta {
            Diverged::unless_finite(SIGMA, f64::from(parameter))?;
        }
        thetas.push(theta);
    }
    let returns = bench.generation(&thetas, episodes, Acting::Sample)?;
    let mean = |returns: &Vec<f64>| returns.iter().sum::<f64>() / returns.len() as f64;
    let fitness: Vec<f64> = returns.iter().map(mean).collect();
    for &fitness in &fitness {
        Diverged::unless_finite(FITNESS_MEAN, fitness)?;
    }
    Ok(Judged {
        vectors: drawn,
        fitness,
    })
}

/// `vector` as parameters of the policy; those that had to be projected are
/// changed in it too.
fn projected(bench: &Bench<'_>, vector: &mut [f64]) -> Vec<f32> {
    let rounded: Vec<f32> = vector.iter().map(|&x| x as f32).collect();
    let mut theta = rounded.clone();
    bench.policy.project(&mut theta);
    for ((x, &before), &after) in vector.iter_mut().zip(&rounded).zip(&theta) {
        if after != before && !before.is_nan() {
            *x = f64::from(after);
        }
    }
    theta
}

/// Makes `mean` the policy with which the run goes on.
pub fn settle(bench: &mut Bench<'_>, mean: &[f64]) {
    let theta = projected(bench, &mut mean.to_vec());
    bench.policy.set_theta(&theta);
}

/// What an update records.
pub fn row(bench: &Bench<'_>, fitness: &[f64], deviation: f64) -> Row {
    let best = fitness.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let mean = fitness.iter().sum::<f64>() / fitness.len() as f64;
    Row::default()
        .with(FITNESS_BEST, best)
        .with(FITNESS_MEAN, mean)
        .with(SIGMA, deviation)
        .with(POPULATION, fitness.len() as f64)
        .with(LOG_STD, bench.policy.mean_log_std())
}
