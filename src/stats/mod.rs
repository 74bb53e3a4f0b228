//! Statistics: functions on slices and on matrices of runs by tasks. They know
//! no reinforcement learning, no files and no clocks.
//!
//! | file | what it holds |
//! |---|---|
//! | [`estimates`] | of one sample: mean, IQM, median, quantiles, moments |
//! | [`bootstrap`] | percentile intervals of one sample, bands of curves |
//! | [`scale`] | when two scores differ, and when that is rounding |
//! | [`matrix`] | scores on several tasks |
//! | [`aggregate`] | mean, median, IQM, optimality gap, profiles, P(X > Y) |
//! | [`stratified`] | their percentile intervals |
//! | `resample` | what one resample comes to, in linear time |
//! | [`mod@enumerate`] | the bootstrap without chance, for small samples |
//! | [`mod@welch`] | Welch's test, Holm's correction, effect size |
//! | [`mod@power`] | power of the two-sample t-test, runs needed |
//! | [`tolerance`] | where most runs land |
//! | [`efficiency`] | steps to a threshold, with censored runs |
//! | [`special`] | distribution functions |
//!
//! Samples are of finite numbers; what is undefined for a sample, such as a
//! spread of one value, is `None`.

pub mod aggregate;
pub mod bootstrap;
pub mod efficiency;
pub mod enumerate;
pub mod estimates;
pub mod matrix;
pub mod power;
mod resample;
pub mod scale;
pub mod special;
pub mod stratified;
pub mod tolerance;
pub mod welch;

pub use aggregate::Aggregates;
pub use bootstrap::{Bootstrap, Interval};
pub use enumerate::enumerate;
pub use estimates::{iqm, mean, median, moments, quantile};
pub use matrix::Matrix;
pub use power::{power, runs_needed};
pub use scale::Scale;
pub use stratified::{Estimate, Sample, Stratified};
pub use welch::{
    Welch, effect_size, effect_size_at, holm, pooled_std, pooled_std_at, welch, welch_at,
};
