//! The JSON Schema of a record: a template, and the settings as the code
//! declares them.

use serde_json::{Value, json};

use crate::algo::critic::CriticSettings;
use crate::config::CommonSettings;
use crate::lab::Lab;
use crate::settings::KeyDoc;

/// Everything but the settings.
const TEMPLATE: &str = include_str!("../schema/record.template.json");

/// The schema of the records of `lab`.
pub fn of_records(lab: &Lab) -> Value {
    // The template is a part of the program, and a test reads it.
    let mut schema: Value = serde_json::from_str(TEMPLATE).expect("the template is JSON");
    let groups = &mut schema["$defs"];
    groups["common"] = group(
        "What is shared by every algorithm.",
        CommonSettings::documentation(),
    );
    groups["critic"] = group(
        "Settings of the critic's fit.",
        CriticSettings::documentation(),
    );
    let mut algorithms = Vec::new();
    for kind in lab.algorithms() {
        let name = kind.name();
        groups[name] = group(&format!("Settings of `{name}`."), kind.keys());
        algorithms.push(json!({
            "description": kind.summary(),
            "type": "object",
            "properties": {name: {"$ref": format!("#/$defs/{name}")}},
            "required": [name],
            "additionalProperties": false,
        }));
    }
    groups["config"]["properties"]["algorithm"]["oneOf"] = algorithms.into();
    schema
}

fn group(description: &str, keys: Vec<KeyDoc>) -> Value {
    let required = keys.iter().filter(|key| key.is_always_written);
    let required: Vec<&str> = required.map(|key| key.key).collect();
    let properties = keys.iter().map(|key| {
        // What a limit says of itself is JSON, and a test reads all of it.
        let mut schema: Value = serde_json::from_str(key.schema).expect("a limit is JSON");
        schema["description"] = key.meaning.clone().into();
        (key.key.to_owned(), schema)
    });
    json!({
        "description": description,
        "type": "object",
        "properties": properties.collect::<serde_json::Map<_, _>>(),
        "required": required,
        "additionalProperties": false,
    })
}
