//! The algorithms that the laboratory brings: one line each.

use super::kind::{AnyKind, kind};
use super::{a2c, npg, ppo, rwr, trpo, vpg};

/// Every one of them.
pub const ALGORITHMS: &[&dyn AnyKind] = &[
    kind::<trpo::Trpo>(),
    kind::<npg::Npg>(),
    kind::<vpg::Vpg>(),
    kind::<ppo::Ppo>(),
    kind::<rwr::Rwr>(),
    kind::<a2c::A2c>(),
];
