//! A file that says it is a policy is refused, or gives a policy that acts and that is the
//! same after it was written and read again. Digests are not compared here
//! (`cfg(fuzzing)`): nothing would come past them.

#![no_main]

use libfuzzer_sys::fuzz_target;
use trpo_lab::exec::Exec;
use trpo_lab::saved::SavedPolicy;

fuzz_target!(|bytes: &[u8]| {
    let Ok(policy) = SavedPolicy::from_bytes(bytes) else {
        return;
    };
    let mut agent = policy.agent(&Exec::default());
    let observation = vec![0.5; agent.observation_dim()];
    agent.act(&observation).expect("an observation that fits");
    let written = policy.to_bytes().expect("a policy that was read");
    let again = SavedPolicy::from_bytes(&written).expect("a policy that was written");
    assert_eq!(again.to_bytes().expect("a policy that was read"), written);
});
