//! A clock that stands still makes no record that cannot be read again.

use trpo_lab::experiment::provenance::speed;

#[test]
fn a_run_in_no_time_has_a_speed_that_json_can_hold() {
    // Was infinite, and of a run of no steps no number at all: both are `null` in JSON.
    for (steps, seconds) in [(4096, 0.0), (0, 0.0)] {
        let text = serde_json::to_string(&speed(steps, seconds)).unwrap();
        assert_eq!(serde_json::from_str::<f64>(&text).unwrap(), 0.0);
    }
    assert_eq!(speed(4096, 2.0), 2048.0);
}
