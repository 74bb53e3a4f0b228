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
//! | [`statistic`] | which of them are estimated of every algorithm, as values |
//! | [`stratified`] | their percentile intervals |
//! | [`improvement`] | P(X > Y), runs drawn in pairs or independently |
//! | `resample` | what one resample comes to, in linear time |
//! | [`mod@enumerate`] | the bootstrap without chance, for small samples |
//! | [`difference`] | differences of means with their errors: paired, independent, over tasks |
//! | [`intervals`] | intervals of means, of shares and of their differences |
//! | [`tolerance`] | where most runs land |
//! | [`agreement`] | the order of means beside an order that is given |
//! | [`factorial`] | two-level designs, their rows and aliases |
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
pub mod improvement;
pub mod matrix;
mod resample;
pub mod scale;
pub mod statistic;
pub mod stratified;

/// What needs the distribution functions of statrs.
#[cfg(feature = "lab")]
mod distributions {
    pub use super::difference::Difference;
    pub use super::intervals::{clopper_pearson, newcombe, std_at_most, t_interval, unseen};
}
#[cfg(feature = "lab")]
pub mod agreement;
#[cfg(feature = "lab")]
pub mod difference;
#[cfg(feature = "lab")]
pub mod factorial;
#[cfg(feature = "lab")]
pub mod intervals;
#[cfg(feature = "lab")]
pub mod special;
#[cfg(feature = "lab")]
pub mod tolerance;
#[cfg(feature = "lab")]
pub use distributions::*;

pub use bootstrap::{Bootstrap, Interval};
pub use enumerate::enumerate;
pub use estimates::{iqm, mean, median, moments, quantile};
pub use improvement::Opponents;
pub use matrix::Matrix;
pub use scale::Scale;
pub use statistic::{AGGREGATES, Aggregates, Statistic};
pub use stratified::{Estimate, Sample, Stratified};
