//! Found while a target for fuzzing was written: columns of a record with different numbers
//! of updates were read, and the chain of digests then looked for entries that are not there.

use trpo_lab::columns::Curve;

#[test]
fn columns_of_different_lengths_are_refused_by_name() {
    for (curve, problem) in [
        (
            r#"{"kl_mean": [0.1, null], "outcome": ["accepted"]}"#,
            "column `outcome` has 1 entries where the first has 2",
        ),
        // Random damage found it: the message named a type of this program.
        (
            r#"{"kl_mean": [0.1, "accepted"]}"#,
            "a column is a list of numbers and nulls, or of words",
        ),
        (
            r#"{"outcome": [], "kl_mean": [0.1]}"#,
            "column `kl_mean` has 1 entries where the first has 0",
        ),
    ] {
        let read = serde_json::from_str::<Curve>(curve);
        let message = read.unwrap_err().to_string();
        assert!(message.starts_with(problem), "{message}");
    }
    let whole = r#"{"kl_mean":[0.1,null],"outcome":["accepted","none"],"words":["",""]}"#;
    let read: Curve = serde_json::from_str(whole).unwrap();
    assert_eq!(serde_json::to_string(&read).unwrap(), whole);
}
