//! The commands: arguments in, printed tables and an exit code out.

pub mod check_env;
pub mod envs;
mod table;
