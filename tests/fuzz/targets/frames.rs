//! A frame of the bridge to Gymnasium is refused, or its numbers can be taken out.

#![no_main]

use libfuzzer_sys::fuzz_target;
use trpo_lab::env::gym::frame::{Incoming, read};

fuzz_target!(|bytes: &[u8]| {
    let (mut from, mut payload) = (bytes, Vec::new());
    while let Ok(kind) = read(&mut from, &mut payload) {
        let mut incoming = Incoming::new(&payload);
        let count = incoming.number().unwrap_or(0) as usize;
        let sum: f64 = incoming.reals(count).into_iter().flatten().sum();
        let _ = (kind, sum, incoming.bytes(count), incoming.left());
    }
});
