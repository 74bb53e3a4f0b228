//! What an algorithm says of itself, and how it is made from its settings.

use std::any::Any;
use std::fmt::{self, Debug};
use std::marker::PhantomData;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use toml::de::ValueDeserializer;

use super::algorithm::{Algorithm, Stateful};
use super::schedule::Schedule;
use crate::common::CommonSettings;
use crate::ordered::Ordered;
use crate::rng::Streams;
use crate::settings::{Group, Invalid, KeyDoc};

/// How a variant of an algorithm looks in every figure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Look {
    /// The name of the variant; the first of an algorithm is its own.
    pub variant: &'static str,
    /// What it is called in figures.
    pub label: &'static str,
    /// Red, green and blue.
    pub color: [u8; 3],
    /// The number of its dashes, from 0 for none to 7, which tell it apart in grey.
    pub dash: usize,
}

/// What keeps a step of the policy small.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StepLimit {
    /// Nothing but a learning rate that was chosen beforehand.
    Nothing,
    /// An objective, a rate or a model that follows the divergence and promises
    /// no bound.
    Indirect,
    /// The constraint KL <= delta, which every step fulfils.
    TrustRegion,
}

/// A kind of algorithm: its name, its settings, and how it begins.
pub trait Kind: 'static {
    /// Its settings, declared with [`settings!`](crate::settings!).
    type Settings: Group;
    /// What makes its updates.
    type Algorithm: Algorithm + Serialize + DeserializeOwned + Clone + 'static;

    /// Its name in experiment files and records.
    const NAME: &'static str;
    /// A line for `trpo-lab algos`.
    const SUMMARY: &'static str;
    /// To be raised with every change that changes results. It stands in the
    /// configurations of an algorithm that the laboratory does not bring, and
    /// so in digests.
    const VERSION: u32 = 1;
    /// Whether it goes on from states that it kept, so that a task must be able to
    /// keep its state.
    const BRANCHES: bool = false;
    /// How it looks; where there is none, figures choose.
    const LOOKS: &'static [Look] = &[];

    /// The algorithm before its first update, for a policy with this number of
    /// parameters.
    fn new(settings: &Self::Settings, parameters: usize, streams: &Streams) -> Self::Algorithm;

    /// Refuses what is shared with other algorithms where this one, with these
    /// settings, makes no sense with it. The key of the complaint is that of the
    /// setting to change: `gamma`, or one of its own with its group.
    ///
    /// # Errors
    /// If there is such a setting.
    fn fits(_: &Self::Settings, _common: &CommonSettings) -> Result<(), Invalid> {
        Ok(())
    }

    /// delta, for one that has a trust region.
    fn trust_radius(_: &Self::Settings) -> Option<Schedule> {
        None
    }

    /// How it differs, with these settings, from what goes by its name.
    fn departure(_: &Self::Settings) -> Option<&'static str> {
        None
    }

    /// What keeps a step of the policy small.
    fn step_limit(_: &Self::Settings) -> StepLimit {
        StepLimit::Indirect
    }

    /// Number of updates of a run of `steps` environment steps in batches of
    /// `batch`; `None` where updates vary in length: then they are made until
    /// the counted steps reach `steps`.
    fn updates(_: &Self::Settings, steps: usize, batch: usize) -> Option<usize> {
        Some(steps.div_ceil(batch))
    }

    /// Nominal cost of the policy's part of an update: how often a row of the
    /// batch goes forward and back through the policy, at most. A search of
    /// settings compares it with that of the defaults.
    fn passes(_: &Self::Settings) -> f64 {
        1.0
    }
}

/// Any [`Kind`].
pub trait AnyKind: Send + Sync {
    /// [`Kind::NAME`].
    fn name(&self) -> &'static str;
    /// [`Kind::SUMMARY`].
    fn summary(&self) -> &'static str;
    /// [`Kind::VERSION`].
    fn version(&self) -> u32;
    /// [`Kind::LOOKS`].
    fn looks(&self) -> &'static [Look];
    /// Its keys, with defaults and meanings.
    fn keys(&self) -> Vec<KeyDoc>;
    /// Reads settings from JSON.
    ///
    /// # Errors
    /// If they are not settings of this kind.
    fn read_json(&self, text: &str) -> Result<Box<dyn AnySettings>, serde_json::Error>;
    /// Reads settings from TOML.
    ///
    /// # Errors
    /// If they are not settings of this kind.
    fn read_toml(
        &self,
        table: ValueDeserializer<'_>,
    ) -> Result<Box<dyn AnySettings>, toml::de::Error>;
}

/// The settings of any [`Kind`].
pub trait AnySettings: Debug + Send + Sync {
    /// Refuses values that make no sense.
    ///
    /// # Errors
    /// If there is one.
    fn check(&self) -> Result<(), Invalid>;
    /// [`Kind::fits`].
    ///
    /// # Errors
    /// If they make no sense with what is shared.
    fn fits(&self, common: &CommonSettings) -> Result<(), Invalid>;
    /// As they are written.
    fn written(&self) -> Ordered;
    /// [`Kind::new`].
    fn build(&self, parameters: usize, streams: &Streams) -> Box<dyn Stateful>;
    /// The algorithm in a state from [`Stateful::save`].
    ///
    /// # Errors
    /// If that is none of its states.
    fn restore(&self, state: &Ordered) -> Result<Box<dyn Stateful>, serde_json::Error>;
    /// [`Kind::trust_radius`].
    fn trust_radius(&self) -> Option<Schedule>;
    /// [`Kind::LOOKS`].
    fn looks(&self) -> &'static [Look];
    /// [`Kind::BRANCHES`].
    fn branches(&self) -> bool;
    /// [`Kind::departure`].
    fn departure(&self) -> Option<&'static str>;
    /// [`Kind::step_limit`].
    fn step_limit(&self) -> StepLimit;
    /// [`Kind::updates`].
    fn updates(&self, steps: usize, batch: usize) -> Option<usize>;
    /// [`Kind::passes`].
    fn passes(&self) -> f64;
    /// The settings themselves.
    fn any(&self) -> &dyn Any;
}

/// `K` as a value.
pub const fn kind<K: Kind>() -> &'static dyn AnyKind {
    &Of::<K>(PhantomData)
}

struct Of<K>(PhantomData<fn() -> K>);

impl<K: Kind> AnyKind for Of<K> {
    fn name(&self) -> &'static str {
        K::NAME
    }

    fn summary(&self) -> &'static str {
        K::SUMMARY
    }

    fn version(&self) -> u32 {
        K::VERSION
    }

    fn looks(&self) -> &'static [Look] {
        K::LOOKS
    }

    fn keys(&self) -> Vec<KeyDoc> {
        K::Settings::documentation()
    }

    fn read_json(&self, text: &str) -> Result<Box<dyn AnySettings>, serde_json::Error> {
        Ok(settings::<K>(serde_json::from_str(text)?))
    }

    fn read_toml(
        &self,
        table: ValueDeserializer<'_>,
    ) -> Result<Box<dyn AnySettings>, toml::de::Error> {
        Ok(settings::<K>(K::Settings::deserialize(table)?))
    }
}

/// The settings of a `K` as those of any kind.
pub(super) fn settings<K: Kind>(settings: K::Settings) -> Box<dyn AnySettings> {
    Box::new(With::<K>(settings))
}

struct With<K: Kind>(K::Settings);

impl<K: Kind> Debug for With<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl<K: Kind> AnySettings for With<K> {
    fn check(&self) -> Result<(), Invalid> {
        self.0.check()
    }

    fn fits(&self, common: &CommonSettings) -> Result<(), Invalid> {
        K::fits(&self.0, common)
    }

    fn written(&self) -> Ordered {
        // A group of settings is plain data with keys that are texts.
        Ordered::of(&self.0).expect("settings are plain data")
    }

    fn build(&self, parameters: usize, streams: &Streams) -> Box<dyn Stateful> {
        Box::new(K::new(&self.0, parameters, streams))
    }

    fn restore(&self, state: &Ordered) -> Result<Box<dyn Stateful>, serde_json::Error> {
        let state: K::Algorithm = serde_json::from_str(&serde_json::to_string(state)?)?;
        Ok(Box::new(state))
    }

    fn trust_radius(&self) -> Option<Schedule> {
        K::trust_radius(&self.0)
    }

    fn looks(&self) -> &'static [Look] {
        K::LOOKS
    }

    fn branches(&self) -> bool {
        K::BRANCHES
    }

    fn departure(&self) -> Option<&'static str> {
        K::departure(&self.0)
    }

    fn step_limit(&self) -> StepLimit {
        K::step_limit(&self.0)
    }

    fn updates(&self, steps: usize, batch: usize) -> Option<usize> {
        K::updates(&self.0, steps, batch)
    }

    fn passes(&self) -> f64 {
        K::passes(&self.0)
    }

    fn any(&self) -> &dyn Any {
        &self.0
    }
}
