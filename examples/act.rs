//! Acts with the policy of a file, on observations that it reads: a line of numbers each.
//!
//!     cargo run --release --no-default-features --features act --example act -- POLICY
//!
//! It needs neither what trains nor what draws; a program of one's own depends on
//! `trpo-lab` in the same way.

use std::error::Error;
use std::io::{BufRead, stdin};
use std::path::Path;

use trpo_lab::env::Action;
use trpo_lab::saved::Agent;

fn main() -> Result<(), Box<dyn Error>> {
    let path = std::env::args().nth(1).ok_or("which policy? act POLICY")?;
    let mut agent = Agent::read(Path::new(&path))?;
    for line in stdin().lock().lines() {
        let line = line?;
        let observation: Result<Vec<f64>, _> = line.split_whitespace().map(str::parse).collect();
        match agent.act(&observation?)? {
            Action::Discrete(index) => println!("{index}"),
            Action::Continuous(point) => println!("{point:?}"),
        }
    }
    Ok(())
}
