//! Command line of trpo-lab.
fn main() {}
