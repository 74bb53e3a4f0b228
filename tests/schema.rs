//! `schema/record.schema.json` describes the records that are really written.

#[path = "support/schema.rs"]
mod schema;

use std::collections::BTreeMap;

use serde_json::{Value, json};
use trpo_lab::algo::AlgorithmConfig;
use trpo_lab::algo::critic::CriticSettings;
use trpo_lab::config::{CommonSettings, RunConfig};
use trpo_lab::record::{RunRecord, SCHEMA, Status};
use trpo_lab::settings::KeyDoc;
use trpo_lab::train::train;

fn the_schema() -> Value {
    serde_json::from_str(include_str!("../schema/record.schema.json")).unwrap()
}

/// The record of a short run of every algorithm, on both kinds of actions.
fn records() -> Vec<RunRecord> {
    let mut made = Vec::new();
    for (env, name) in ["CartPole-v1", "Pendulum-v1"]
        .into_iter()
        .flat_map(|env| AlgorithmConfig::NAMES.iter().map(move |name| (env, *name)))
    {
        let settings = match env {
            "CartPole-v1" => json!({}),
            _ => json!({"anneal": true}),
        };
        let algorithm = AlgorithmConfig::deserialize_settings(name, settings);
        let config = RunConfig {
            env: env.to_owned(),
            common: CommonSettings {
                // Batches that end before the first episode of Pendulum does.
                steps: 640,
                batch: 128,
                copies: 4,
                hidden: vec![8],
                evaluation_episodes: 2,
                ..Default::default()
            },
            critic: Default::default(),
            algorithm: algorithm.unwrap().unwrap(),
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
    for mut record in [records[0].clone(), records[5].clone()] {
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

/// Keys and their meanings stand in the code and in the schema: the same.
#[test]
fn the_schema_documents_every_setting_as_the_code_does() {
    let schema = the_schema();
    let mut groups = vec![
        ("common", CommonSettings::documentation()),
        ("critic", CriticSettings::documentation()),
    ];
    let algorithms = AlgorithmConfig::documentation().into_iter();
    groups.extend(algorithms.map(|(name, _, keys)| (name, keys)));
    for (group, keys) in groups {
        let group = &schema["$defs"][group]["properties"];
        let stands: BTreeMap<_, _> = group.as_object().unwrap().iter().collect();
        let stands = stands
            .into_iter()
            .map(|(key, rule)| (key.clone(), &rule["description"]));
        let stands: BTreeMap<String, &Value> = stands.collect();
        let meant = keys
            .into_iter()
            .map(|KeyDoc { key, meaning, .. }| (key.to_owned(), meaning));
        let meant: BTreeMap<String, Value> = meant.map(|(k, m)| (k, json!(m))).collect();
        assert_eq!(stands, meant.iter().map(|(k, m)| (k.clone(), m)).collect());
    }
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
