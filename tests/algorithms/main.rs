//! The algorithms beside those whose step is tested in tests/policy_steps.rs: one file
//! each, and one program, which is linked once.

#[path = "../common/mod.rs"]
mod common;

mod a2c;
mod black_box;
mod equal_kl;
mod rwr;
mod vine;
