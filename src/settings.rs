//! Groups of settings that document and check themselves.
//!
//! [`settings!`](crate::settings!) declares a struct once: its keys, their
//! meaning, their defaults and the values they may take. From that come the
//! deserialiser (which refuses unknown keys), the check and the help of
//! `trpo-lab algos`.

use std::fmt::Display;

/// The documentation of one key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyDoc {
    /// Name of the key inside its group.
    pub key: &'static str,
    /// Its default, as it would be written in an experiment file.
    pub default: String,
    /// What it means.
    pub meaning: String,
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

/// Accepts every value.
pub fn any<T>(_: &T) -> Check {
    Ok(())
}

/// Accepts finite numbers greater than 0.
pub fn positive(value: &f64) -> Check {
    require(value.is_finite() && *value > 0.0, value, "a number above 0")
}

/// Accepts finite numbers of at least 0.
pub fn not_negative(value: &f64) -> Check {
    require(
        value.is_finite() && *value >= 0.0,
        value,
        "a number of at least 0",
    )
}

/// Accepts finite numbers.
pub fn finite(value: &f64) -> Check {
    require(value.is_finite(), value, "a finite number")
}

/// Accepts numbers in [0, 1].
pub fn share(value: &f64) -> Check {
    require((0.0..=1.0).contains(value), value, "a number from 0 to 1")
}

/// Accepts numbers strictly between 0 and 1.
pub fn open_share(value: &f64) -> Check {
    require(
        *value > 0.0 && *value < 1.0,
        value,
        "a number between 0 and 1",
    )
}

/// Accepts counts of at least 1.
pub fn at_least_one(value: &usize) -> Check {
    require(*value >= 1, value, "at least 1")
}

/// Fails with "must be {what}, not {value}" unless `holds`.
pub fn require(holds: bool, value: &impl Display, what: &str) -> Check {
    if holds {
        Ok(())
    } else {
        Err(format!("must be {what}, not {value}"))
    }
}

/// The default of a key as TOML would write it.
pub fn written<T: serde::Serialize>(value: &T) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

/// Declares a group of settings: `key: type = default, check;` with a doc
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
                $key:ident : $type:ty = $default:expr, $check:expr;
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
                } ),+]
            }

            /// Refuses values that make no sense.
            pub fn check(&self) -> Result<(), $crate::settings::Invalid> {
                $( ($check)(&self.$key)
                    .map_err(|message| $crate::settings::Invalid::new(stringify!($key), message))?; )+
                Ok(())
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
            distance: f64 = 2.5, positive;
            /// Whether to go at all.
            go: bool = true, any;
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
