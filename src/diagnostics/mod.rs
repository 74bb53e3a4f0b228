//! What is measured of runs beside what they record: a run is made again up to some of
//! its updates, and something is found out there that would cost too much in every run,
//! or that no result may depend on.
//!
//! | file | what it holds |
//! |---|---|
//! | `kind` | what a diagnostic is, and one that is asked, with its settings |
//! | `made` | the files of what was found, and what of it is missing |
//! | `paired` | returns of policies in the same episodes |
//! | [`falls`] | how often an update makes the policy worse |
//! | [`full_steps`] | what the line search of TRPO changes, update by update |
//! | [`gradient_noise`] | the noise of the gradient by single path and by the vine |
//!
//! A new one is a file and a line in [`DIAGNOSTICS`].

pub mod falls;
pub mod full_steps;
pub mod gradient_noise;
mod kind;
mod made;
mod paired;

pub use kind::{AnyDiagnostic, Diagnostic, DiagnosticError, Finding, Quantity, Question, Rerun};
pub use made::{Missing, missing, rows};

use crate::experiment::diagnostic::Asked;
use crate::experiment::plan::{Cell, Plan};
use crate::format::list;
use crate::lab::Lab;
use crate::suggest::{did_you_mean, nearest};

/// Every diagnostic, in the order of the manual.
pub const DIAGNOSTICS: &[&dyn AnyDiagnostic] = &[
    kind::diagnostic::<falls::Falls>(),
    kind::diagnostic::<full_steps::FullSteps>(),
    kind::diagnostic::<gradient_noise::GradientNoise>(),
];

/// The diagnostic of this name.
pub fn find(name: &str) -> Option<&'static dyn AnyDiagnostic> {
    let mut all = DIAGNOSTICS.iter().copied();
    all.find(|diagnostic| diagnostic.name() == name)
}

/// The quantity of this name, and the diagnostic that finds it.
pub fn quantity(name: &str) -> Option<(&'static Quantity, &'static dyn AnyDiagnostic)> {
    DIAGNOSTICS.iter().find_map(|&diagnostic| {
        let mut all = diagnostic.quantities().iter();
        let found = all.find(|quantity| quantity.name == name)?;
        Some((found, diagnostic))
    })
}

/// What is asked of the runs of one variant on one task, with its settings.
///
/// # Errors
/// If there is no such diagnostic, or its settings make no sense.
pub fn question(asked: &Asked) -> Result<Box<dyn Question>, String> {
    let Some(found) = find(&asked.name) else {
        let names = DIAGNOSTICS.iter().map(|diagnostic| diagnostic.name());
        let names: Vec<&str> = names.collect();
        let meant = did_you_mean(nearest(&asked.name, names.iter().copied()));
        return Err(format!(
            "there is no diagnostic `{}`{meant}; there are {}",
            asked.name,
            list(&names)
        ));
    };
    found.question(&asked.settings)
}

/// Environment steps that the diagnostics of `plan` make at most beside those of
/// training.
pub fn most_steps(lab: &Lab, plan: &Plan) -> usize {
    let asked = plan.analysis.diagnostics.iter();
    let of_cell = |asked: &Asked, cell: &Cell| {
        let longest = lab.task_of(&cell.config).ok()?.spec().time_limit as usize;
        Some(question(asked).ok()?.most_steps(&cell.config, longest))
    };
    let each = asked.flat_map(|asked| {
        let cells = plan.cells.iter();
        let its = cells.filter(|cell| asked.is_of(&cell.variant, &cell.env));
        its.filter_map(move |cell| of_cell(asked, cell))
    });
    each.fold(0, usize::saturating_add)
        .saturating_mul(plan.seeds.len())
}

/// Refuses what cannot be measured of the runs of `plan`: the number of what is asked,
/// from 0, and what is wrong with it.
///
/// # Errors
/// The first that makes no sense.
pub fn check(plan: &Plan) -> Result<(), (usize, String)> {
    for (place, asked) in plan.analysis.diagnostics.iter().enumerate() {
        checked(plan, asked).map_err(|problem| (place, problem))?;
        let before = &plan.analysis.diagnostics[..place];
        if before.iter().any(|other| other.name == asked.name) {
            let problem = format!("`{}` is asked already; name it once", asked.name);
            return Err((place, problem));
        }
    }
    Ok(())
}

fn checked(plan: &Plan, asked: &Asked) -> Result<(), String> {
    let question = question(asked)?;
    for (kind, given, known) in [
        ("variant", &asked.variants, &plan.variants),
        ("task", &asked.tasks, &plan.tasks),
    ] {
        for name in given {
            if !known.contains(name) {
                let meant = did_you_mean(nearest(name, known.iter().map(String::as_str)));
                return Err(format!("there is no {kind} `{name}`{meant}"));
            }
        }
    }
    let cells = plan.cells.iter();
    for cell in cells.filter(|cell| asked.is_of(&cell.variant, &cell.env)) {
        let fits = question.fits(&cell.config);
        fits.map_err(|problem| format!("`{}` on {}: {problem}", cell.variant, cell.env))?;
        if question.normalises() && !plan.analysis.references.contains_key(&cell.env) {
            return Err(format!(
                "`{}` normalises returns, and {} has no reference; give `random` and `reference` \
                 in `[reference.\"{}\"]`",
                asked.name, cell.env, cell.env
            ));
        }
    }
    Ok(())
}
