//! A record is refused, or has a digest, a chain and its faults.

#![no_main]

use libfuzzer_sys::fuzz_target;
use trpo_lab::record::RunRecord;

fuzz_target!(|bytes: &[u8]| {
    let Ok(record) = serde_json::from_slice::<RunRecord>(bytes) else {
        return;
    };
    let _ = (record.compute_digest(), record.chain());
    let written = serde_json::to_vec(&record).expect("a record that was read");
    let again: RunRecord = serde_json::from_slice(&written).expect("a record that was written");
    assert_eq!(again, record);
    assert_eq!(again.compute_digest(), record.compute_digest());
});
