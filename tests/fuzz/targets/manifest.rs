//! A manifest is refused, or answers what is asked of it.

#![no_main]

use libfuzzer_sys::fuzz_target;
use trpo_lab::experiment::manifest::Manifest;

fuzz_target!(|bytes: &[u8]| {
    let Ok(manifest) = serde_json::from_slice::<Manifest>(bytes) else {
        return;
    };
    let _ = (
        manifest.digest(),
        manifest.is_complete(),
        manifest.fewest_runs(),
    );
    let _ = (
        manifest.without_runs().count(),
        manifest.agreement(&manifest.runs),
    );
    let written = serde_json::to_vec(&manifest).expect("a manifest that was read");
    let again: Manifest = serde_json::from_slice(&written).expect("a manifest that was written");
    assert!(again.has_same_results(&manifest));
});
