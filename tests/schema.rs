//! `schema/record.schema.json` describes the records that are really written.

#[path = "support/schema.rs"]
mod schema;

use serde_json::{Value, json};
use trpo_lab::algo::{ALGORITHMS, AlgorithmConfig};
use trpo_lab::config::{CommonSettings, RunConfig};
use trpo_lab::lab::Lab;
use trpo_lab::record::{RunRecord, SCHEMA, Status};
use trpo_lab::train::train;

fn the_schema() -> Value {
    serde_json::from_str(include_str!("../schema/record.schema.json")).unwrap()
}

/// The record of a short run of every algorithm, on both kinds of actions.
fn records() -> Vec<RunRecord> {
    let mut made = Vec::new();
    for (env, kind) in ["CartPole-v1", "Pendulum-v1"]
        .into_iter()
        .flat_map(|env| ALGORITHMS.iter().map(move |kind| (env, kind)))
    {
        let can_anneal = kind.keys().iter().any(|key| key.key == "anneal");
        let settings = match (env, kind.name()) {
            ("CartPole-v1", "a2c") => json!({"horizon": 4}),
            (_, "a2c") => json!({"horizon": 4, "trust_region": true}),
            ("Pendulum-v1", _) if can_anneal => json!({"anneal": true}),
            _ => json!({}),
        };
        let algorithm = AlgorithmConfig::read(ALGORITHMS, kind.name(), &settings.to_string());
        let config = RunConfig {
            common: CommonSettings {
                // Batches that end before the first episode of Pendulum does.
                steps: 640,
                batch: 128,
                copies: 4,
                hidden: vec![8],
                evaluation_episodes: 2,
                // Left out of the records of one task, and there in the other's.
                evaluation_points: if env == "CartPole-v1" { 0 } else { 2 },
                ..Default::default()
            },
            ..RunConfig::new(env, algorithm.unwrap().unwrap())
        };
        made.push(train(&config, 3));
    }
    made
}

fn problems(record: &impl serde::Serialize) -> Vec<String> {
    schema::problems(&the_schema(), &serde_json::to_value(record).unwrap())
}

#[test]
fn every_record_fits_the_schema() {
    let mut records = records();
    for mut record in [records[0].clone(), records[ALGORITHMS.len() + 1].clone()] {
        record.evaluation = None;
        record.status = Status::Failed {
            error: "out of memory".to_owned(),
        };
        records.push(record.clone());
        record.status = Status::Diverged {
            update: 0,
            quantity: "kl_mean".to_owned(),
        };
        record.curve = Default::default();
        records.push(record);
    }
    for mut record in records {
        // What the runner adds.
        record.provenance.kernel = "avx2".to_owned();
        record.config.from = Some("0f".repeat(32));
        let name = format!("{} {}", record.config.env, record.config.algorithm.name());
        assert_eq!(problems(&record), [""; 0], "{name}");
    }
}

#[test]
fn the_schema_refuses_what_is_no_record() {
    let mut good = records().remove(0);
    good.provenance.kernel = "portable".to_owned();
    let good = serde_json::to_value(good).unwrap();
    for (pointer, value, expected) in [
        ("/schema", json!(SCHEMA + 1), "/schema: const"),
        ("/seed", json!(-1), "/seed: minimum"),
        ("/seed", json!(0.5), "/seed: type"),
        ("/digest", json!("abc"), "/digest: pattern"),
        ("/status", json!({"kind": "done"}), "/status: oneOf"),
        ("/status/update", json!(3), "/status: oneOf"),
        ("/evaluation", json!([]), "/evaluation: oneOf"),
        ("/points", json!([{"step": 0}]), "/points/0"),
        (
            "/curve/kl_mean",
            json!([1.0, "NaN"]),
            "/curve/kl_mean/1: type",
        ),
        ("/curve/other", json!([1.0, "word"]), "/curve/other: anyOf"),
        ("/curve/outcome", json!(["lost"]), "/curve/outcome/0: enum"),
        (
            "/episodes/length/0",
            json!(-2),
            "/episodes/length/0: minimum",
        ),
        ("/episodes/colour", json!([]), "/episodes/colour: unknown"),
        (
            "/config/common/gamma",
            json!(1.5),
            "/config/common/gamma: maximum",
        ),
        (
            "/config/algorithm",
            json!({"trop": {}}),
            "/config/algorithm: oneOf",
        ),
        (
            "/provenance/kernel",
            json!("sse"),
            "/provenance/kernel: enum",
        ),
    ] {
        let mut bad = good.clone();
        let (parent, name) = pointer.rsplit_once('/').unwrap();
        match bad.pointer_mut(parent).unwrap() {
            Value::Array(list) => list[name.parse::<usize>().unwrap()] = value,
            object => object[name] = value,
        }
        let found = schema::problems(&the_schema(), &bad);
        assert!(
            found.iter().any(|p| p.starts_with(expected)),
            "{pointer}: {found:?}"
        );
    }
    for name in [
        "schema", "config", "status", "curve", "episodes", "numerics", "digest",
    ] {
        let mut bad = good.clone();
        bad.as_object_mut().unwrap().remove(name);
        let found = schema::problems(&the_schema(), &bad);
        assert!(
            found.iter().any(|p| p.contains("required")),
            "{name}: {found:?}"
        );
    }
}

/// The schema is made of the template and of what the code says of its keys.
#[test]
fn the_committed_schema_is_that_of_the_program() {
    let made = trpo_lab::schema::of_records(&Lab::standard());
    assert!(
        made == the_schema(),
        "schema/record.schema.json is not that of this program; if that is meant: \
         trpo-lab schema > schema/record.schema.json"
    );
}

/// A description for every column that any algorithm records.
#[test]
fn the_schema_lists_every_column() {
    let schema = the_schema();
    for record in records() {
        for (name, _) in record.curve.columns() {
            let column = &schema["properties"]["curve"]["properties"][name];
            assert!(
                column["description"].is_string(),
                "`{name}` is not described"
            );
        }
    }
}
