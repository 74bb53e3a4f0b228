//! Statistics: functions on slices of finite numbers. They know no
//! reinforcement learning, no files and no clocks.

pub mod bootstrap;
pub mod estimates;

pub use bootstrap::{Bootstrap, Interval};
pub use estimates::{iqm, mean, quantile};
