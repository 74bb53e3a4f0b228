//! The algorithms that the laboratory brings: one line each.

use super::kind::{AnyKind, kind};
use super::{a2c, cem, cma_es, equal_kl, npg, ppo, rwr, trpo, vine, vpg};

/// Every one of them.
pub const ALGORITHMS: &[&dyn AnyKind] = &[
    kind::<trpo::Trpo>(),
    kind::<npg::Npg>(),
    kind::<vpg::Vpg>(),
    kind::<ppo::Ppo>(),
    kind::<rwr::Rwr>(),
    kind::<vine::Vine>(),
    kind::<cem::Cem>(),
    kind::<cma_es::CmaEs>(),
    kind::<a2c::A2c>(),
    kind::<equal_kl::EqualKl>(),
];
