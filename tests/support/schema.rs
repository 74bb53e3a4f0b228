//! A small check of JSON Schemas, draft 2020-12: the keywords that
//! `schema/record.schema.json` uses, and a panic at any other. The libraries
//! for it bring thirty crates into the build.

use serde_json::Value;

/// What only informs.
const ANNOTATIONS: [&str; 4] = ["$schema", "$defs", "title", "description"];

/// The only pattern that is used.
const DIGEST: &str = "^[0-9a-f]{64}$";

/// What `value` breaks of `schema`, each with the path of its place; empty if
/// nothing.
pub fn problems(schema: &Value, value: &Value) -> Vec<String> {
    let mut found = Vec::new();
    Check { root: schema }.check(schema, value, "", &mut found);
    found
}

struct Check<'a> {
    root: &'a Value,
}

impl Check<'_> {
    fn check(&self, schema: &Value, value: &Value, path: &str, found: &mut Vec<String>) {
        for (keyword, rule) in schema.as_object().expect("a schema is an object") {
            let holds = match keyword.as_str() {
                "$ref" => {
                    let target = rule.as_str().and_then(|link| link.strip_prefix('#'));
                    let target = target.and_then(|pointer| self.root.pointer(pointer));
                    self.check(target.expect("a link inside"), value, path, found);
                    true
                }
                "type" => match rule {
                    Value::Array(types) => types.iter().any(|name| is_type(name, value)),
                    name => is_type(name, value),
                },
                "const" => value == rule,
                "enum" => list(rule).contains(value),
                "pattern" => {
                    assert_eq!(rule, DIGEST, "a pattern that this check does not know");
                    let is_hex = |byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
                    value
                        .as_str()
                        .is_none_or(|text| text.len() == 64 && text.bytes().all(is_hex))
                }
                "minLength" => value
                    .as_str()
                    .is_none_or(|text| text.chars().count() as f64 >= number(rule)),
                "minimum" => value.as_f64().is_none_or(|n| n >= number(rule)),
                "maximum" => value.as_f64().is_none_or(|n| n <= number(rule)),
                "exclusiveMinimum" => value.as_f64().is_none_or(|n| n > number(rule)),
                "exclusiveMaximum" => value.as_f64().is_none_or(|n| n < number(rule)),
                "items" => {
                    for (place, item) in value.as_array().into_iter().flatten().enumerate() {
                        self.check(rule, item, &format!("{path}/{place}"), found);
                    }
                    true
                }
                "properties" => {
                    for (name, rule) in rule.as_object().unwrap() {
                        if let Some(inner) = value.get(name) {
                            self.check(rule, inner, &format!("{path}/{name}"), found);
                        }
                    }
                    true
                }
                "required" => list(rule)
                    .iter()
                    .all(|name| !value.is_object() || value.get(name.as_str().unwrap()).is_some()),
                "additionalProperties" => {
                    let known = schema.get("properties").and_then(Value::as_object);
                    let is_known = |name: &String| known.is_some_and(|all| all.contains_key(name));
                    let others = value.as_object().into_iter().flatten();
                    for (name, inner) in others.filter(|(name, _)| !is_known(name)) {
                        let path = format!("{path}/{name}");
                        match rule {
                            Value::Bool(true) => {}
                            Value::Bool(false) => found.push(format!("{path}: unknown")),
                            rule => self.check(rule, inner, &path, found),
                        }
                    }
                    true
                }
                "anyOf" => self.fitting(rule, value) > 0,
                "oneOf" => self.fitting(rule, value) == 1,
                known if ANNOTATIONS.contains(&known) => true,
                other => panic!("`{other}` is a keyword that this check does not know"),
            };
            if !holds {
                found.push(format!("{path}: {keyword} {rule}"));
            }
        }
    }

    /// How many of `schemas` the value fits.
    fn fitting(&self, schemas: &Value, value: &Value) -> usize {
        let fits = |schema: &&Value| {
            let mut found = Vec::new();
            self.check(schema, value, "", &mut found);
            found.is_empty()
        };
        list(schemas).iter().filter(fits).count()
    }
}

fn is_type(name: &Value, value: &Value) -> bool {
    match name.as_str().unwrap() {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        "number" => value.is_number(),
        "integer" => value.as_f64().is_some_and(|number| number.fract() == 0.0),
        other => panic!("`{other}` is no type"),
    }
}

fn list(value: &Value) -> &[Value] {
    value.as_array().expect("a list")
}

fn number(value: &Value) -> f64 {
    value.as_f64().expect("a number")
}
