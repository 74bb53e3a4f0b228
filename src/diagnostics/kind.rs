//! What a diagnostic is.

use std::fmt::Debug;
use std::marker::PhantomData;

use crate::algo::UpdateError;
use crate::config::RunConfig;
use crate::env::Reference;
use crate::env::vector::BeginError;
use crate::exec::Exec;
use crate::experiment::manifest::RunEntry;
use crate::experiment::rerun::{Until, confirm};
use crate::lab::Lab;
use crate::ordered::Ordered;
use crate::settings::{Group, Invalid};
use crate::threads::Team;
use crate::train::{Observer, StartError, Trainer};

/// Something that is measured of a run.
pub trait Diagnostic: 'static {
    /// Its settings, declared with [`settings!`](crate::settings!).
    type Settings: Group;

    /// Its name in experiment files.
    const NAME: &'static str;
    /// What it does, for the manual.
    const MEANING: &'static str;
    /// What it finds, names that no other diagnostic has.
    const QUANTITIES: &'static [Quantity];
    /// Those that are drawn.
    const DRAWN: &'static [Quantity];
    /// Whether it normalises returns, so that a task must have a reference.
    const NORMALISES: bool = false;

    /// Refuses runs of which it cannot be measured.
    ///
    /// # Errors
    /// Why not.
    fn fits(settings: &Self::Settings, config: &RunConfig) -> Result<(), String>;

    /// Environment steps that it makes at most beside those of the run, where no episode
    /// takes more than `longest`.
    fn most_steps(settings: &Self::Settings, config: &RunConfig, longest: usize) -> usize;

    /// What it finds in a run.
    ///
    /// # Errors
    /// If the run is not the one that was listed, or a task fails.
    fn measure(
        settings: &Self::Settings,
        run: &mut Rerun<'_>,
    ) -> Result<Vec<Finding>, DiagnosticError>;
}

/// What a diagnostic finds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quantity {
    /// Its name in claims and tables.
    pub name: &'static str,
    /// What it is.
    pub meaning: &'static str,
    /// Its unit; empty of plain numbers.
    pub unit: &'static str,
}

/// A number of a run.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Finding {
    /// Updates that the policy had made.
    pub update: usize,
    /// The quantity.
    pub quantity: Quantity,
    /// The number; none where it cannot be told.
    pub value: Option<f64>,
}

impl Finding {
    /// What was found when the policy had made `update` updates.
    pub fn all(
        update: usize,
        found: impl IntoIterator<Item = (Quantity, Option<f64>)>,
    ) -> Vec<Self> {
        let one = |(quantity, value)| Self {
            update,
            quantity,
            value,
        };
        found.into_iter().map(one).collect()
    }
}

/// Why nothing is found.
#[derive(Debug, thiserror::Error)]
pub enum DiagnosticError {
    /// The run cannot begin.
    #[error(transparent)]
    Start(#[from] StartError),
    /// Copies of the task cannot be had.
    #[error(transparent)]
    Begin(#[from] BeginError),
    /// What is measured fails.
    #[error(transparent)]
    Measure(#[from] UpdateError),
    /// Returns on the task cannot be normalised.
    #[error("the task has no reference, with which returns are normalised")]
    NoReference,
    /// The run that was made is not the one that is listed.
    #[error(
        "made again it is not the run that the manifest lists, the first difference lies from \
         update {0} on; make the results again with `trpo-lab reproduce`"
    )]
    Differs(usize),
}

/// A run that is made again.
pub struct Rerun<'a> {
    trainer: Trainer,
    lab: &'a Lab,
    listed: &'a RunEntry,
    reference: Option<&'a Reference>,
}

impl<'a> Rerun<'a> {
    /// The run that `listed` says was made of `config`, before its first update, on a task
    /// whose returns are judged by `reference`.
    ///
    /// # Errors
    /// If it cannot begin.
    pub fn new(
        lab: &'a Lab,
        config: &RunConfig,
        listed: &'a RunEntry,
        reference: Option<&'a Reference>,
    ) -> Result<Self, DiagnosticError> {
        Ok(Self {
            trainer: Trainer::new(lab, config, listed.seed)?.with_exec(&Exec {
                kernel: lab.kernel(),
                team: Team::default(),
            }),
            lab,
            listed,
            reference,
        })
    }

    /// The run as it stands.
    pub fn trainer(&self) -> &Trainer {
        &self.trainer
    }

    /// The laboratory.
    pub fn lab(&self) -> &Lab {
        self.lab
    }

    /// Goes on until `update` updates are made, and says whether the run came so far.
    pub fn reach(&mut self, update: usize) -> bool {
        Until::new(update).reach(&mut self.trainer)
    }

    /// Goes on to the end of the run, or to where `observer` breaks off.
    pub fn go_on(&mut self, observer: &mut impl Observer) {
        let _ = self.trainer.run(observer);
    }

    /// The raw difference of returns that is 1 when it is normalised, above 0.
    ///
    /// # Errors
    /// [`DiagnosticError::NoReference`].
    pub fn range(&self) -> Result<f64, DiagnosticError> {
        let judge = self.reference.ok_or(DiagnosticError::NoReference)?;
        Ok((judge.reference - judge.random).abs())
    }

    /// Whether it is the listed run, as far as it was made.
    ///
    /// # Errors
    /// [`DiagnosticError::Differs`].
    fn confirm(&mut self) -> Result<(), DiagnosticError> {
        let made = self.trainer.updates();
        confirm(&mut self.trainer, self.listed, made).map_err(DiagnosticError::Differs)
    }
}

/// Any [`Diagnostic`].
pub trait AnyDiagnostic: Send + Sync {
    /// [`Diagnostic::NAME`].
    fn name(&self) -> &'static str;
    /// [`Diagnostic::MEANING`].
    fn meaning(&self) -> &'static str;
    /// [`Diagnostic::QUANTITIES`].
    fn quantities(&self) -> &'static [Quantity];
    /// [`Diagnostic::DRAWN`].
    fn drawn(&self) -> &'static [Quantity];
    /// It with settings.
    ///
    /// # Errors
    /// If they make no sense.
    fn question(&self, settings: &Ordered) -> Result<Box<dyn Question>, String>;
}

/// A diagnostic with its settings.
pub trait Question: Debug + Send + Sync {
    /// [`Diagnostic::fits`].
    ///
    /// # Errors
    /// Why not.
    fn fits(&self, config: &RunConfig) -> Result<(), String>;
    /// [`Diagnostic::NORMALISES`].
    fn normalises(&self) -> bool;
    /// [`Diagnostic::most_steps`].
    fn most_steps(&self, config: &RunConfig, longest: usize) -> usize;
    /// [`Diagnostic::measure`], of a run that proves to be the listed one.
    ///
    /// # Errors
    /// As there.
    fn measure(&self, run: &mut Rerun<'_>) -> Result<Vec<Finding>, DiagnosticError>;
}

/// `D` as a value.
pub(super) const fn diagnostic<D: Diagnostic>() -> &'static dyn AnyDiagnostic {
    &Of::<D>(PhantomData)
}

struct Of<D>(PhantomData<fn() -> D>);

impl<D: Diagnostic> AnyDiagnostic for Of<D> {
    fn name(&self) -> &'static str {
        D::NAME
    }

    fn meaning(&self) -> &'static str {
        D::MEANING
    }

    fn quantities(&self) -> &'static [Quantity] {
        D::QUANTITIES
    }

    fn drawn(&self) -> &'static [Quantity] {
        D::DRAWN
    }

    fn question(&self, settings: &Ordered) -> Result<Box<dyn Question>, String> {
        // Plain data: writing it to memory cannot fail.
        let text = serde_json::to_string(settings).unwrap_or_default();
        let settings: D::Settings =
            serde_json::from_str(&text).map_err(|error| format!("`settings`: {error}"))?;
        let inside = |invalid: Invalid| invalid.inside("settings").to_string();
        settings.check().map_err(inside)?;
        Ok(Box::new(With::<D>(settings)))
    }
}

struct With<D: Diagnostic>(D::Settings);

impl<D: Diagnostic> Debug for With<D> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl<D: Diagnostic> Question for With<D> {
    fn fits(&self, config: &RunConfig) -> Result<(), String> {
        D::fits(&self.0, config)
    }

    fn normalises(&self) -> bool {
        D::NORMALISES
    }

    fn most_steps(&self, config: &RunConfig, longest: usize) -> usize {
        D::most_steps(&self.0, config, longest)
    }

    fn measure(&self, run: &mut Rerun<'_>) -> Result<Vec<Finding>, DiagnosticError> {
        let found = D::measure(&self.0, run)?;
        run.confirm()?;
        Ok(found)
    }
}
