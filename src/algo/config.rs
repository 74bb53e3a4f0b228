//! An algorithm with its settings, as it stands in configurations.

use std::fmt;
#[cfg(feature = "train")]
use std::sync::Arc;

use serde::de::{MapAccess, Visitor};
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

#[cfg(feature = "train")]
use super::kind::{AnyKind, AnySettings, Kind, Look, StepLimit, settings};
#[cfg(feature = "train")]
use super::registry::ALGORITHMS;
#[cfg(feature = "train")]
use super::schedule::Schedule;
#[cfg(feature = "train")]
use crate::common::CommonSettings;
use crate::ordered::Ordered;
#[cfg(feature = "train")]
use crate::settings::Invalid;

/// An algorithm with its settings; in JSON an object with one key, its name.
///
/// One that the laboratory does not bring is kept as it is written until
/// [`AlgorithmConfig::resolve`] finds its kind, so that anybody's records can be
/// read by any build.
#[derive(Clone)]
pub struct AlgorithmConfig {
    name: String,
    /// The settings as they are written.
    written: Ordered,
    #[cfg(feature = "train")]
    settings: Option<Arc<dyn AnySettings>>,
}

impl AlgorithmConfig {
    /// Its name, which is also that of its table of settings.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its settings as they are written.
    pub fn written(&self) -> &Ordered {
        &self.written
    }
}

#[cfg(feature = "train")]
impl AlgorithmConfig {
    /// `K` with `settings`.
    pub fn new<K: Kind>(own: K::Settings) -> Self {
        Self::from_settings(K::NAME, settings::<K>(own))
    }

    /// The algorithm called `name` with `settings` that its kind has read.
    pub fn from_settings(name: &str, settings: Box<dyn AnySettings>) -> Self {
        Self {
            name: name.to_owned(),
            written: settings.written(),
            settings: Some(settings.into()),
        }
    }

    /// The one of `kinds` called `name`, with the settings that `text` gives in
    /// JSON and defaults for the rest; `None` if there is no such kind.
    pub fn read(
        kinds: &[&'static dyn AnyKind],
        name: &str,
        text: &str,
    ) -> Option<Result<Self, serde_json::Error>> {
        let kind = kinds.iter().find(|kind| kind.name() == name)?;
        let read = kind.read_json(text);
        Some(read.map(|settings| Self::from_settings(name, settings)))
    }

    /// Finds the kind of an algorithm that was read by a build without it.
    ///
    /// # Errors
    /// If the kind does not take its settings.
    pub fn resolve(&mut self, kinds: &[&'static dyn AnyKind]) -> Result<(), serde_json::Error> {
        if self.settings.is_none() {
            let text = serde_json::to_string(&self.written)?;
            if let Some(found) = Self::read(kinds, &self.name, &text) {
                *self = found?;
            }
        }
        Ok(())
    }

    /// The settings of any kind; `None` of one that is not known.
    pub fn settings(&self) -> Option<&dyn AnySettings> {
        self.settings.as_deref()
    }

    /// The settings of a `K`; `None` of another algorithm.
    pub fn settings_of<K: Kind>(&self) -> Option<&K::Settings> {
        self.settings()?.any().downcast_ref()
    }

    /// Refuses values that make no sense.
    ///
    /// # Errors
    /// If there is one.
    pub fn check(&self) -> Result<(), Invalid> {
        match self.settings() {
            Some(settings) => settings.check().map_err(|error| error.inside(&self.name)),
            None => Ok(()),
        }
    }

    /// Refuses settings that all algorithms share where this one makes no sense
    /// with them; see [`Kind::fits`].
    ///
    /// # Errors
    /// If there is one.
    pub fn fits(&self, common: &CommonSettings) -> Result<(), Invalid> {
        self.settings()
            .map_or(Ok(()), |settings| settings.fits(common))
    }

    /// See [`Kind::trust_radius`]; none where the kind is not known.
    pub fn trust_radius(&self) -> Option<Schedule> {
        self.settings()?.trust_radius()
    }

    /// See [`Kind::step_limit`]; none where the kind is not known.
    pub fn step_limit(&self) -> Option<StepLimit> {
        self.settings().map(AnySettings::step_limit)
    }

    /// See [`Kind::LOOKS`]; none where the kind is not known.
    pub fn looks(&self) -> &'static [Look] {
        self.settings().map_or(&[], AnySettings::looks)
    }

    /// See [`Kind::BRANCHES`]; not where the kind is not known.
    pub fn branches(&self) -> bool {
        self.settings().is_some_and(AnySettings::branches)
    }

    /// See [`Kind::departure`]; none where the kind is not known.
    pub fn departure(&self) -> Option<&'static str> {
        self.settings()?.departure()
    }

    /// See [`Kind::updates`]; none where the kind is not known.
    pub fn updates(&self, steps: usize, batch: usize) -> Option<usize> {
        self.settings()?.updates(steps, batch)
    }

    /// See [`Kind::passes`]; none where the kind is not known.
    pub fn passes(&self) -> Option<f64> {
        self.settings().map(AnySettings::passes)
    }
}

/// As they are written.
impl PartialEq for AlgorithmConfig {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name && self.written == other.written
    }
}

impl fmt::Debug for AlgorithmConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple(&self.name).field(&self.written).finish()
    }
}

impl Serialize for AlgorithmConfig {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(1))?;
        map.serialize_entry(&self.name, &self.written)?;
        map.end()
    }
}

impl<'de> Deserialize<'de> for AlgorithmConfig {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct One;
        impl<'de> Visitor<'de> for One {
            type Value = AlgorithmConfig;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an algorithm: an object with its name as the only key")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let nothing = || de::Error::invalid_length(0, &self);
                let (name, written) = map.next_entry()?.ok_or_else(nothing)?;
                if map.next_key::<String>()?.is_some() {
                    return Err(de::Error::invalid_length(2, &self));
                }
                let read = AlgorithmConfig {
                    name,
                    written,
                    #[cfg(feature = "train")]
                    settings: None,
                };
                #[cfg(feature = "train")]
                let read = {
                    let mut read = read;
                    read.resolve(ALGORITHMS).map_err(de::Error::custom)?;
                    read
                };
                Ok(read)
            }
        }
        deserializer.deserialize_map(One)
    }
}
