//! What the updates of our algorithms record.

use super::{EPISODES, LENGTH_MEAN, RETURN_MEAN, STEP};
use crate::algo::{a2c, critic, equal_kl, natural, population, ppo, step, trpo, vine, vpg};
use crate::columns::Column;

/// Every column that an algorithm of the laboratory records; no algorithm records
/// all of them.
pub const COLUMNS: &[Column] = &[
    STEP,
    EPISODES,
    RETURN_MEAN,
    LENGTH_MEAN,
    step::OUTCOME,
    step::SURROGATE_BEFORE,
    step::SURROGATE_AFTER,
    step::IMPROVEMENT,
    step::KL_MEAN,
    step::KL_MAX,
    step::ENTROPY,
    step::GRADIENT_NORM,
    step::STEP_NORM,
    step::LOG_STD,
    natural::CG_ITERATIONS,
    natural::CG_RESIDUAL,
    natural::X_F_X,
    natural::X_FC_X,
    natural::BETA,
    natural::EXPECTED_IMPROVEMENT,
    natural::TRUST_RADIUS,
    trpo::BACKTRACKS,
    ppo::CLIP_FRACTION,
    ppo::EPOCHS,
    ppo::KL_COEFFICIENT,
    vpg::LEARNING_RATE,
    vine::Q_VALUES,
    vine::BRANCH_STEPS,
    vine::Q_DEVIATION,
    population::FITNESS_BEST,
    population::FITNESS_MEAN,
    population::SIGMA,
    population::POPULATION,
    a2c::SHORTENED,
    equal_kl::SCALE,
    equal_kl::TRIALS,
    critic::LOSS_BEFORE,
    critic::LOSS_AFTER,
    critic::EXPLAINED_VARIANCE,
];
