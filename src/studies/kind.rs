//! What a study is.

use std::fmt::Debug;
use std::marker::PhantomData;

use crate::diagnostics::Quantity;
use crate::experiment::interrupt::Interrupt;
use crate::kernels::Kernel;
use crate::ordered::Ordered;
use crate::settings::{Group, Invalid};
use crate::summary::StudyRow;

/// A number of a repetition.
pub type Row = StudyRow;

/// An experiment in which nothing is trained as usual.
pub trait Study: 'static {
    /// Its settings, declared with [`settings!`](crate::settings!).
    type Settings: Group;

    /// Its name in experiment files.
    const KIND: &'static str;
    /// What it does, for the manual.
    const MEANING: &'static str;
    /// What one repetition is called, of which each seed makes one.
    const REPETITION: &'static str;
    /// What is measured.
    const QUANTITIES: &'static [Quantity];
    /// Which of them stand in the table on its page; the others are drawn.
    const SHOWN: &'static [Quantity] = Self::QUANTITIES;
    /// Whether it measures times, which no other machine measures again.
    const IS_TIMED: bool = false;

    /// Refuses settings that do not go together.
    ///
    /// # Errors
    /// Why not.
    fn check(_: &Self::Settings) -> Result<(), String> {
        Ok(())
    }

    /// The rows of all repetitions, in the order of the seeds.
    ///
    /// # Errors
    /// Why there are none.
    fn make(settings: &Self::Settings, context: &Context<'_>) -> Result<Vec<Row>, StudyError>;
}

/// What a study is made with.
pub struct Context<'a> {
    /// Seeds of its repetitions.
    pub seeds: &'a [u64],
    /// Instructions of networks.
    pub kernel: Kernel,
    /// Asks to stop.
    pub interrupt: &'a Interrupt,
    /// Is told when a repetition is done.
    pub tell: &'a (dyn Fn() + Sync),
    /// Rows that stand, of this kind of CPU.
    pub standing: &'a [Row],
}

impl Context<'_> {
    /// A repetition is done.
    pub fn done(&self) {
        (self.tell)();
    }

    /// The largest number of a quantity that stands.
    pub fn best(&self, case: &str, quantity: Quantity) -> Option<f64> {
        let rows = self.standing.iter();
        let rows = rows.filter(|row| row.case == case && row.quantity == quantity.name);
        rows.map(|row| row.value).reduce(f64::max)
    }

    /// Whether somebody asked to stop.
    pub fn is_stopped(&self) -> bool {
        self.interrupt.is_asked()
    }
}

/// Why there are no rows.
#[derive(Debug, thiserror::Error)]
pub enum StudyError {
    /// Somebody asked to stop.
    #[error("stopped before all of it was made; nothing is kept, give the command again")]
    Stopped,
    /// A repetition does not end.
    #[error("{0}")]
    Unfinished(String),
    /// The machine is too busy for times to mean something.
    #[error("the machine is busy, so that nothing is written: {0}; measure on an idle machine")]
    Busy(String),
    /// What is measured fails.
    #[error("{0}")]
    Failed(String),
}

impl Row {
    /// The number of one quantity.
    pub fn new(case: &str, at: f64, repetition: u64, quantity: Quantity, value: f64) -> Self {
        Self {
            case: case.to_owned(),
            at,
            repetition,
            quantity: quantity.name.to_owned(),
            value,
        }
    }
}

/// Any [`Study`].
pub trait AnyStudy: Debug + Send + Sync {
    /// [`Study::KIND`].
    fn kind(&self) -> &'static str;
    /// [`Study::MEANING`].
    fn meaning(&self) -> &'static str;
    /// [`Study::REPETITION`].
    fn repetition(&self) -> &'static str;
    /// [`Study::QUANTITIES`].
    fn quantities(&self) -> &'static [Quantity];
    /// [`Study::SHOWN`].
    fn shown(&self) -> &'static [Quantity];
    /// [`Study::IS_TIMED`].
    fn is_timed(&self) -> bool;
    /// It with settings.
    ///
    /// # Errors
    /// If they make no sense.
    fn asked(&self, settings: &Ordered) -> Result<Box<dyn Asked>, String>;
}

/// A study with its settings.
pub trait Asked: Debug + Send + Sync {
    /// [`Study::make`].
    ///
    /// # Errors
    /// As there.
    fn make(&self, context: &Context<'_>) -> Result<Vec<Row>, StudyError>;
    /// Every setting, defaults included.
    fn settings(&self) -> Ordered;
}

/// `S` as a value.
pub(super) const fn study<S: Study>() -> &'static dyn AnyStudy {
    &Of::<S>(PhantomData)
}

struct Of<S>(PhantomData<fn() -> S>);

impl<S: Study> Debug for Of<S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(S::KIND)
    }
}

impl<S: Study> AnyStudy for Of<S> {
    fn kind(&self) -> &'static str {
        S::KIND
    }

    fn meaning(&self) -> &'static str {
        S::MEANING
    }

    fn repetition(&self) -> &'static str {
        S::REPETITION
    }

    fn quantities(&self) -> &'static [Quantity] {
        S::QUANTITIES
    }

    fn shown(&self) -> &'static [Quantity] {
        S::SHOWN
    }

    fn is_timed(&self) -> bool {
        S::IS_TIMED
    }

    fn asked(&self, settings: &Ordered) -> Result<Box<dyn Asked>, String> {
        // Plain data: writing it to memory cannot fail.
        let text = serde_json::to_string(settings).unwrap_or_default();
        let settings: S::Settings = serde_json::from_str(&text).map_err(|error| {
            let said = crate::words::of_json(&error);
            // The place is one in text that nobody wrote.
            let said = said
                .split_once(" at line ")
                .map_or(&*said, |(said, _)| said);
            format!("`settings`: {said}")
        })?;
        let inside = |invalid: Invalid| invalid.inside("settings").to_string();
        settings.check().map_err(inside)?;
        S::check(&settings)?;
        Ok(Box::new(With::<S>(settings)))
    }
}

struct With<S: Study>(S::Settings);

impl<S: Study> Debug for With<S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl<S: Study> Asked for With<S> {
    fn make(&self, context: &Context<'_>) -> Result<Vec<Row>, StudyError> {
        S::make(&self.0, context)
    }

    fn settings(&self) -> Ordered {
        // Plain data: writing it to memory and reading it again cannot fail.
        Ordered::of(&self.0).unwrap_or(Ordered::Null)
    }
}
