//! Performance profiles: which share of runs, and of tasks, scores how much.

use super::canvas::Point;
use super::compared::Compared;
use super::data::Drawn;
use super::kind::{Kind, Of, View};
use super::picture::{Axis, Block, Key, Mark, Panel, Picture, Series, Tall, Ticks, Value};
use super::scale::{Name, Scale};
use super::style::BAND;
use crate::format::{capital, list, number};
use crate::scores::Named;
use crate::scores::results::Profile;
use plotters::style::Color;

pub(super) const KIND: Kind = Kind {
    name: "performance_profiles",
    needs: "all tasks of the experiment, one of them at least with references, and two to eight \
            variants",
    of: Of::WholeComparisons,
    make: |view: &View<'_>| Ok(view.compared.as_ref().and_then(picture)),
};

/// Scores below this are cut off where some algorithm's runs go further.
const LOWEST: f64 = -0.25;

/// Profiles that differ by less than this everywhere say nothing.
const SAME: f64 = 0.02;

/// `None` of a single algorithm, of so many that their lines would hide one another,
/// and of profiles that are the same everywhere.
pub(super) fn picture(compared: &Compared<'_>) -> Option<Picture> {
    let profiles = &compared.results.performance_profiles;
    let tau = &profiles.tau;
    let both = [&profiles.run_score, &profiles.average_score];
    let of = |named: &'_ Named<Profile>| -> Vec<Profile> {
        let profiles = compared.looks.iter().filter_map(|look| named.get(&look.id));
        profiles.cloned().collect()
    };
    let runs = of(both[0]);
    if !compared.lines || runs.len() < 2 {
        return None;
    }
    let x = Scale::exactly(LOWEST.min(0.0), 1.0);
    let (from, to) = where_they_differ(tau, &runs)?;
    let margin = 0.04 * (to - from).max(0.05);
    let lowest = match compared.results.references.is_some() {
        true => (from - margin).max(LOWEST),
        false => from - margin,
    };
    let x = x.between(lowest, to + margin);
    let banded = runs.iter().any(|profile| profile.low.is_some());
    let blocks = both
        .iter()
        .zip(["Runs", "Task means"])
        .map(|(named, title)| Block {
            title: title.to_owned(),
            subtitle: String::new(),
            panels: vec![panel(compared, tau, &of(named), x)],
        });
    let keys = compared.looks.iter();
    let keys = keys.map(|look| Key::line(&look.id, &look.label, look.pen, banded));
    let score = compared.score();
    let cut = match lowest > from - margin {
        true => " Lower scores than shown are cut off.",
        false => "",
    };
    let band = if banded {
        "; band: 95% bootstrap interval at each τ"
    } else {
        ""
    };
    Some(Picture {
        name: KIND.name.to_owned(),
        title: "Performance profiles".to_owned(),
        caption: format!(
            "Share of runs (left) and of tasks, by the mean over runs (right), with a {score} \
             above τ, on {} Each interval is for its τ alone. A line that lies above another \
             everywhere is better everywhere. The axis shows where the lines differ.{cut}",
            compared.sample()
        ),
        alt: alt(compared, tau, &runs),
        blocks: blocks.collect(),
        columns: 2,
        x_name: format!("{} τ", capital(&score)),
        keys: keys.collect(),
        note: format!("{}; line: share above τ{band}", compared.n()),
    })
}

/// The first and the last score at which any two profiles differ; `None` if none do
/// by much.
fn where_they_differ(tau: &[f64], profiles: &[Profile]) -> Option<(f64, f64)> {
    let spread = |k: usize| {
        let at = || profiles.iter().map(|profile| profile.point[k]);
        at().fold(0.0, f64::max) - at().fold(1.0, f64::min)
    };
    let differs = |k: &usize| spread(*k) > SAME;
    let first = (0..tau.len()).find(differs)?;
    let last = (0..tau.len()).rev().find(differs)?;
    Some((
        tau[first.saturating_sub(1)],
        tau[(last + 1).min(tau.len() - 1)],
    ))
}

fn panel(compared: &Compared<'_>, tau: &[f64], profiles: &[Profile], x: Scale) -> Panel {
    let share = Scale::exactly(0.0, 1.0).ticks(4, Name::Percent);
    let mut panel = Panel {
        tall: Tall::Share(0.62, 70.0, 170.0),
        x: Axis::round("", x, Name::Number),
        y: Axis {
            ticks: Ticks::Named(share),
            ..Axis::round("Share above τ", Scale::exactly(-0.02, 1.02), Name::Percent)
        },
        strip: 0.0,
        marks: Vec::new(),
        series: Vec::new(),
    };
    let looks: Vec<(&Drawn, &Profile)> = compared.looks.iter().zip(profiles).collect();
    for (look, profile) in looks.iter().rev() {
        if let Some(corners) = band(tau, profile) {
            panel
                .marks
                .push(Mark::band(&look.id, corners, look.pen.color.mix(BAND)));
        }
    }
    for (look, profile) in looks.iter().rev() {
        panel
            .marks
            .push(Mark::line(&look.id, steps(tau, &profile.point), look.pen));
    }
    panel.series = looks
        .iter()
        .map(|(look, profile)| series(look, tau, profile))
        .collect();
    panel
}

fn series(look: &Drawn, tau: &[f64], profile: &Profile) -> Series {
    let end = |ends: &Option<Vec<f64>>, k: usize| ends.as_ref().map(|ends| ends[k]);
    let value = |(k, &x): (usize, &f64)| Value {
        x,
        y: profile.point[k],
        low: end(&profile.low, k),
        high: end(&profile.high, k),
        n: None,
    };
    Series {
        id: look.id.clone(),
        label: look.label.clone(),
        across: false,
        values: tau.iter().enumerate().map(value).collect(),
    }
}

/// The share of runs above nine tenths of the way to the reference.
fn alt(compared: &Compared<'_>, tau: &[f64], runs: &[Profile]) -> String {
    let at = tau.iter().position(|&tau| tau >= 0.9).unwrap_or(0);
    let shares =
        compared.looks.iter().zip(runs).map(|(look, profile)| {
            format!("{} {}%", look.label, number(100.0 * profile.point[at], 0))
        });
    let shares: Vec<String> = shares.collect();
    format!(
        "Share of runs with a {} of at least {}: {}.",
        compared.score(),
        number(tau.get(at).copied().unwrap_or(0.0), 2),
        list(&shares)
    )
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
    thinned(corners)
}

/// Points in the middle of a level say nothing.
fn thinned(points: Vec<Point>) -> Vec<Point> {
    let mut kept: Vec<Point> = Vec::with_capacity(points.len());
    for point in points {
        if let [.., before, last] = kept.as_mut_slice()
            && before.1 == last.1
            && last.1 == point.1
        {
            *last = point;
            continue;
        }
        kept.push(point);
    }
    kept
}

/// Corners of both ends at once: a step wherever either has one.
fn band(tau: &[f64], profile: &Profile) -> Option<Vec<(f64, f64, f64)>> {
    let (low, high) = (profile.low.as_ref()?, profile.high.as_ref()?);
    let mut corners: Vec<(f64, f64, f64)> = Vec::new();
    for ((&tau, &low), &high) in tau.iter().zip(low).zip(high) {
        match corners.last().copied() {
            Some((_, before_low, before_high)) if (before_low, before_high) == (low, high) => {
                if let [.., before, last] = corners.as_mut_slice()
                    && (before.1, before.2) == (low, high)
                {
                    last.0 = tau;
                    continue;
                }
            }
            Some((_, before_low, before_high)) => corners.push((tau, before_low, before_high)),
            None => {}
        }
        corners.push((tau, low, high));
    }
    Some(corners)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn profiles_fall_in_steps() {
        let corners = steps(&[0.0, 0.5, 1.0, 1.5], &[1.0, 0.5, 0.5, 0.5]);
        assert_eq!(corners, [(0.0, 1.0), (0.5, 1.0), (0.5, 0.5), (1.5, 0.5)]);
    }

    #[test]
    fn the_axis_shows_where_profiles_differ() {
        let profile = |point: &[f64]| Profile {
            point: point.to_vec(),
            low: None,
            high: None,
        };
        let tau = [0.0, 0.25, 0.5, 0.75, 1.0];
        let one = profile(&[1.0, 1.0, 0.5, 0.0, 0.0]);
        let other = profile(&[1.0, 1.0, 0.9, 0.0, 0.0]);
        assert_eq!(
            where_they_differ(&tau, &[one.clone(), other]),
            Some((0.25, 0.75))
        );
        assert_eq!(where_they_differ(&tau, &[one.clone(), one]), None);
    }
}
