//! Groups of settings that document and check themselves.
//!
//! [`settings!`](crate::settings!) declares a struct once: its keys, their
//! meaning, their defaults and the values they may take. From that come the
//! deserialiser (which refuses unknown keys), the check and the help of
//! `trpo-lab algos`.

use std::fmt::{Debug, Display};

use serde::Serialize;
use serde::de::DeserializeOwned;

/// A group of settings, as [`settings!`](crate::settings!) declares it.
pub trait Group:
    Serialize + DeserializeOwned + Default + Clone + PartialEq + Debug + Send + Sync + 'static
{
    /// Every key with its default and meaning.
    fn documentation() -> Vec<KeyDoc>;

    /// Refuses values that make no sense.
    ///
    /// # Errors
    /// If there is one.
    fn check(&self) -> Result<(), Invalid>;
}

/// The documentation of one key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyDoc {
    /// Name of the key inside its group.
    pub key: &'static str,
    /// Its default, as it would be written in an experiment file.
    pub default: String,
    /// What it means.
    pub meaning: String,
    /// The JSON Schema of its values.
    pub schema: &'static str,
    /// Whether a record has it whatever its value.
    pub is_always_written: bool,
}

/// A key whose value is impossible.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{key}` {message}")]
pub struct Invalid {
    /// The key, with its group: `trpo.delta`.
    pub key: String,
    /// What a possible value is, and what was given.
    pub message: String,
}

impl Invalid {
    /// An impossible value of `key`.
    pub fn new(key: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            key: key.into(),
            message: message.into(),
        }
    }

    /// The same complaint, with the key inside `group`.
    pub fn inside(self, group: &str) -> Self {
        Self {
            key: format!("{group}.{}", self.key),
            ..self
        }
    }
}

/// The outcome of checking one value: an error says what is possible.
pub type Check = Result<(), String>;

/// The values that a key may take.
pub struct Limit<T> {
    /// Refuses all others.
    pub check: fn(&T) -> Check,
    /// The same as a JSON Schema.
    pub schema: &'static str,
}

/// A type all of whose values a key may take.
pub trait Described {
    /// Its JSON Schema.
    const SCHEMA: &'static str;
}

impl Described for bool {
    const SCHEMA: &'static str = r#"{"type": "boolean"}"#;
}

/// Accepts every value.
pub const fn any<T: Described>() -> Limit<T> {
    Limit {
        check: |_| Ok(()),
        schema: T::SCHEMA,
    }
}

/// Accepts finite numbers greater than 0.
pub const fn positive() -> Limit<f64> {
    Limit {
        check: |&value| require(value.is_finite() && value > 0.0, &value, "a number above 0"),
        schema: r#"{"type": "number", "exclusiveMinimum": 0}"#,
    }
}

/// Accepts finite numbers of at least 0.
pub const fn not_negative() -> Limit<f64> {
    Limit {
        check: |&value| {
            let holds = value.is_finite() && value >= 0.0;
            require(holds, &value, "a number of at least 0")
        },
        schema: r#"{"type": "number", "minimum": 0}"#,
    }
}

/// Accepts whole numbers of at least 10.
pub const fn at_least_ten() -> Limit<usize> {
    Limit {
        check: |&value| require(value >= 10, &value, "at least 10"),
        schema: r#"{"type": "integer", "minimum": 10}"#,
    }
}

/// Accepts finite numbers.
pub const fn finite() -> Limit<f64> {
    Limit {
        check: |&value| require(value.is_finite(), &value, "a finite number"),
        schema: r#"{"type": "number"}"#,
    }
}

/// Accepts numbers in [0, 1].
pub const fn share() -> Limit<f64> {
    Limit {
        check: |value| require((0.0..=1.0).contains(value), value, "a number from 0 to 1"),
        schema: r#"{"type": "number", "minimum": 0, "maximum": 1}"#,
    }
}

/// Accepts numbers strictly between 0 and 1.
pub const fn open_share() -> Limit<f64> {
    Limit {
        check: |&value| {
            let holds = value > 0.0 && value < 1.0;
            require(holds, &value, "a number between 0 and 1")
        },
        schema: r#"{"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1}"#,
    }
}

/// Accepts counts of at least 1.
pub const fn at_least_one() -> Limit<usize> {
    Limit {
        check: |&value| require(value >= 1, &value, "at least 1"),
        schema: r#"{"type": "integer", "minimum": 1}"#,
    }
}

/// Fails with "must be {what}, not {value}" unless `holds`.
pub fn require(holds: bool, value: &impl Display, what: &str) -> Check {
    if holds {
        Ok(())
    } else {
        Err(format!("must be {what}, not {value}"))
    }
}

/// Whether `value` is that of a type that says nothing: 0, none or the first.
/// For keys that are left out of a record then.
pub fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// Whether `value` is true, for keys that are left out of a record then.
pub fn is_true(value: &bool) -> bool {
    *value
}

/// Whether a factor changes nothing, for keys that are left out of a record then.
pub fn is_one(value: &f64) -> bool {
    *value == 1.0
}

/// The default of a key as TOML would write it.
pub fn written<T: serde::Serialize>(value: &T) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

/// Declares a group of settings: `key: type = default, limit;` with a doc
/// comment for each. A key younger than the records that stand is left out of
/// them by `#[serde(skip_serializing_if = "...")]` where it has its default, so
/// that their digests hold.
#[macro_export]
macro_rules! settings {
    (
        $(#[$meta:meta])*
        pub struct $name:ident {
            $(
                $(#[doc = $doc:literal])+
                $(#[serde($serde:meta)])?
                $key:ident : $type:ty = $default:expr, $limit:expr;
            )+
        }
    ) => {
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
        #[serde(deny_unknown_fields, default)]
        pub struct $name {
            $( $(#[doc = $doc])+ $(#[serde($serde)])? pub $key: $type, )+
        }

        impl Default for $name {
            fn default() -> Self {
                Self { $( $key: $default, )+ }
            }
        }

        impl $name {
            /// Every key with its default and meaning.
            pub fn documentation() -> Vec<$crate::settings::KeyDoc> {
                let defaults = Self::default();
                vec![$( $crate::settings::KeyDoc {
                    key: stringify!($key),
                    default: $crate::settings::written(&defaults.$key),
                    meaning: [$($doc),+].map(str::trim).join(" "),
                    schema: {
                        let limit: $crate::settings::Limit<$type> = $limit;
                        limit.schema
                    },
                    is_always_written: true $( && stringify!($serde).is_empty() )?,
                } ),+]
            }

            /// Refuses values that make no sense.
            pub fn check(&self) -> Result<(), $crate::settings::Invalid> {
                $( ($limit.check)(&self.$key)
                    .map_err(|message| $crate::settings::Invalid::new(stringify!($key), message))?; )+
                Ok(())
            }
        }

        impl $crate::settings::Group for $name {
            fn documentation() -> Vec<$crate::settings::KeyDoc> {
                Self::documentation()
            }

            fn check(&self) -> Result<(), $crate::settings::Invalid> {
                self.check()
            }
        }
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    settings! {
        /// A group for the test.
        pub struct Example {
            /// How far
            /// to go.
            distance: f64 = 2.5, positive();
            /// Whether to go at all.
            go: bool = true, any();
        }
    }

    #[test]
    fn a_group_documents_and_checks_itself() {
        let docs = Example::documentation();
        assert_eq!(docs[0].meaning, "How far to go.");
        assert_eq!(docs[0].default, "2.5");
        let wrong = Example {
            distance: f64::NAN,
            go: true,
        };
        let error = wrong.check().unwrap_err().inside("example");
        assert_eq!(
            error.to_string(),
            "`example.distance` must be a number above 0, not NaN"
        );
        assert!(serde_json::from_str::<Example>(r#"{"speed": 1}"#).is_err());
    }
}
