//! Performance profiles: which share of runs, and of tasks, scores how much.

use super::axes::{Labels, Panel};
use super::canvas::{self, Metadata, Painted, Pen, Point};
use super::compared::Compared;
use super::layout::{Grid, Legend};
use super::scale::{Name, Scale};
use super::style::BAND;
use super::{Caption, Figure, FigureError};
use crate::format::capital;
use crate::scores::results::Profile;

const TITLE: &str = "Performance profiles";

/// Scores below this are cut off where some algorithm's runs go further.
const LOWEST: f64 = -0.25;

/// `None` of so many algorithms that their lines would hide one another.
pub(super) fn figure(
    compared: &Compared<'_>,
    metadata: &Metadata,
) -> Result<Option<Figure>, FigureError> {
    if !compared.lines {
        return Ok(None);
    }
    let profiles = &compared.results.performance_profiles;
    let tau = &profiles.tau;
    let both = [&profiles.run_score, &profiles.average_score];
    let all = || {
        both.iter()
            .flat_map(|named| named.iter().map(|(_, profile)| profile))
    };
    let banded = all().any(|profile| profile.low.is_some());
    // From where the first line leaves 1 to where the last one reaches 0.
    let leaves = (0..tau.len()).find(|&k| all().any(|p| p.point[k] < 1.0));
    let ends = (0..tau.len()).find(|&k| all().all(|p| p.point[k] <= 0.0));
    let at = |place: Option<usize>, or: usize| tau.get(place.unwrap_or(or)).copied();
    let low = at(leaves, 0).unwrap_or(0.0);
    let high = at(ends, tau.len().saturating_sub(1))
        .unwrap_or(1.0)
        .max(1.0);
    let normalised = compared.results.references.is_some();
    let lowest = if normalised { low.max(LOWEST) } else { low };
    let margin = 0.03 * (high - lowest);
    let x = Scale::exactly(lowest.min(0.0) - margin, high + margin);
    let grid = Grid {
        tasks: 2,
        columns: 2,
        rows: 1,
        panel: (330.0, 205.0),
        gap: (34.0, 0.0),
        right: 20.0,
    };
    let mut legend = Legend::default();
    for (name, pen) in &compared.looks {
        legend.add(name.clone(), *pen, banded);
    }
    let score = compared.score();
    let axis = format!("{} τ", capital(&score));
    let svg = canvas::svg(grid.size(&legend), TITLE, metadata, |canvas| {
        for (place, named) in both.iter().enumerate() {
            let panel = Panel {
                canvas,
                frame: grid.frame(place, 0),
                x,
                y: Scale::exactly(-0.02, 1.02),
            };
            let ticks = Scale::exactly(0.0, 1.0).ticks(4, Name::Percent);
            panel.axes(Labels {
                title: Some(["Runs", "Task means"][place]),
                x: Some(&axis),
                x_numbers: true,
                x_as: Some(Name::Number),
                y: (place == 0).then_some("Share above τ"),
                y_numbers: place == 0,
                y_ticks: Some(&ticks),
                ..Labels::default()
            })?;
            let lines: Vec<(&Profile, Pen)> = named
                .iter()
                .zip(&compared.looks)
                .map(|((_, profile), (_, pen))| (profile, *pen))
                .collect();
            for (profile, pen) in lines.iter().rev() {
                band(&panel, tau, profile, *pen)?;
            }
            for (profile, pen) in lines.iter().rev() {
                panel.line(&steps(tau, &profile.point), *pen)?;
            }
        }
        grid.legend(canvas, &legend)
    })?;
    let cut = match lowest > low {
        true => " Lower scores than shown are cut off.",
        false => "",
    };
    let caption = Caption {
        name: "performance_profiles".to_owned(),
        alt: String::new(),
        title: TITLE.to_owned(),
        caption: format!(
            "Share of runs (left) and of tasks, by the mean over runs (right), with a {score} \
             above τ, on {} Each interval is for its τ alone. A line that lies above another \
             everywhere is better everywhere.{cut}",
            compared.sample()
        ),
    };
    Ok(Some(Figure { caption, svg }))
}

/// The corners of a function that has the value `values[k]` from `tau[k]` to
/// the next.
fn steps(tau: &[f64], values: &[f64]) -> Vec<Point> {
    let mut corners: Vec<Point> = Vec::with_capacity(2 * tau.len());
    for (&tau, &value) in tau.iter().zip(values) {
        if let Some(&(_, before)) = corners.last().filter(|(_, before)| *before != value) {
            corners.push((tau, before));
        }
        corners.push((tau, value));
    }
    corners
}

fn band(panel: &Panel<'_, '_>, tau: &[f64], profile: &Profile, pen: Pen) -> Painted {
    let (Some(low), Some(high)) = (&profile.low, &profile.high) else {
        return Ok(());
    };
    // Corners of both ends at once: a step wherever either has one.
    let mut corners: Vec<(f64, f64, f64)> = Vec::new();
    for ((&tau, &low), &high) in tau.iter().zip(low).zip(high) {
        if let Some(&(_, before_low, before_high)) = corners.last() {
            corners.push((tau, before_low, before_high));
        }
        corners.push((tau, low, high));
    }
    panel.band(&corners, pen, BAND)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn profiles_fall_in_steps() {
        let corners = steps(&[0.0, 0.5, 1.0], &[1.0, 0.5, 0.5]);
        assert_eq!(corners, [(0.0, 1.0), (0.5, 1.0), (0.5, 0.5), (1.0, 0.5)]);
    }
}
