//! Step-size sensitivity: the final return along every sweep, and the share of
//! runs that collapse.

use plotters::style::Color;

use super::FigureError;
use super::canvas::Pen;
use super::data::Summary;
use super::kind::{Kind, Of, View};
use super::palette::{family, looks, unknown};
use super::picture::{Axis, Block, Key, Mark, Panel, Picture, Series, Tall, Ticks, Value};
use super::scale::{Name, Scale};
use super::style::INK;
use crate::experiment::plan::Metric;
use crate::experiment::plan::Sweep;
use crate::format::{capital, list};
use crate::summary::LEARNT;
use crate::summary::sweeps::{SweepPoint, SweepResults};

pub(super) const KIND: Kind = Kind {
    name: "step_size",
    needs: "a sweep",
    of: Of::Sweeps,
    make: picture,
};

fn picture(view: &View<'_>) -> Result<Option<Picture>, FigureError> {
    let summary = view.summary;
    let has_points = |env: &&String| {
        let mut results = summary.statistics.sweeps.iter();
        results.any(|found| found.env == **env && !found.points.is_empty())
    };
    let tasks: Vec<&String> = summary.manifest.tasks.iter().filter(has_points).collect();
    if tasks.is_empty() {
        return Ok(None);
    }
    let lines = lines(summary);
    let groups = groups(&lines);
    let blocks = tasks.iter().flat_map(|env| {
        let scale = returns(summary, env);
        let groups = groups.iter();
        let blocks = groups.map(move |group| block(summary, env, group, scale));
        blocks.chain(realised(summary, env, &lines, scale))
    });
    // Each task begins a line of its own.
    let last = realised(summary, tasks[0], &lines, Scale::linear([]));
    let all = groups.len() + usize::from(last.is_some());
    let columns = match all {
        0..=4 => all,
        _ if all.is_multiple_of(2) => all / 2,
        _ => all,
    };
    let shared = groups.iter().filter(|group| group.len() > 1).flatten();
    let keys = shared.map(|line| Key::line(&line.id, &line.label, line.pen, false));
    Ok(Some(Picture {
        name: KIND.name.to_owned(),
        title: "Step-size sensitivity".to_owned(),
        caption: format!(
            "{} against the setting of the sweep, and below it the share of runs that collapse: \
             that end with less than half of what they had gained over the random policy at \
             their peak, the interval of their final evaluation included, if that was at least \
             {LEARNT} of the way to the reference. {} Points: mean over seeds; bars: its 95% t \
             interval; runs that diverged have collapsed and have the random policy's return, \
             which the dashed line shows, or their last point if that was worse. Last, where \
             divergences are recorded, the same points against how far updates really went: \
             the square root of twice the median over runs and updates of the mean KL \
             divergence.",
            summary.manifest.headline.meaning(),
            summary.sample()
        ),
        alt: alt(summary),
        blocks: blocks.collect(),
        columns,
        x_name: String::new(),
        keys: keys.collect(),
        note: format!(
            "{} a point; point: mean; bar: 95% t interval; dashed: random policy; below: share of runs \
             that collapse",
            summary.n()
        ),
    }))
}

fn results<'s>(summary: &'s Summary, env: &str, sweep: &Sweep) -> Option<&'s SweepResults> {
    let mut results = summary.statistics.sweeps.iter();
    results.find(|found| found.name == sweep.name && found.env == env)
}

/// A sweep as it is drawn.
struct Line<'s> {
    sweep: &'s Sweep,
    id: String,
    label: String,
    pen: Pen,
    /// Beside all others.
    among_all: Pen,
}

/// Every sweep. Sweeps of one algorithm over one key are called by their own names and have
/// colours of their own; another sweep of an algorithm over another key is lighter.
fn lines(summary: &Summary) -> Vec<Line<'_>> {
    let sweeps = &summary.manifest.analysis.sweeps;
    let algorithm = |sweep: &Sweep| {
        let first = sweep.steps.first().map(|step| step.variant.as_str());
        family(&summary.manifest, first.unwrap_or_default())
    };
    let alike = |a: &Sweep, b: &Sweep| algorithm(a) == algorithm(b) && a.over == b.over;
    let line = |(place, sweep): (usize, &'_ Sweep)| {
        let same: Vec<&Sweep> = sweeps.iter().filter(|other| alike(other, sweep)).collect();
        if same.len() > 1 {
            let names: Vec<&str> = same.iter().map(|sweep| sweep.name.as_str()).collect();
            let looks = looks(&names).into_iter();
            let own = looks.zip(&same).find(|(_, other)| other.name == sweep.name);
            let pen = own.map_or_else(unknown, |((_, pen), _)| pen);
            return (sweep.name.clone(), sweep.name.clone(), pen, pen);
        }
        let (label, pen) = summary.family(algorithm(sweep));
        let before = sweeps[..place].iter();
        let is_first = !before
            .into_iter()
            .any(|other| algorithm(other) == algorithm(sweep));
        let among_all = match is_first {
            true => pen,
            false => Pen {
                color: pen.color.mix(0.55),
                dash: &[],
                ..pen
            },
        };
        (algorithm(sweep).to_owned(), label, pen, among_all)
    };
    let made = sweeps.iter().enumerate();
    made.map(|(place, sweep)| {
        let (id, label, pen, among_all) = line((place, sweep));
        Line {
            sweep,
            id,
            label,
            pen,
            among_all,
        }
    })
    .collect()
}

/// Sweeps over one key share a panel.
fn groups<'l, 's>(lines: &'l [Line<'s>]) -> Vec<Vec<&'l Line<'s>>> {
    let mut groups: Vec<Vec<&Line<'_>>> = Vec::new();
    for line in lines {
        match groups
            .iter_mut()
            .find(|group| group[0].sweep.over == line.sweep.over)
        {
            Some(group) => group.push(line),
            None => groups.push(vec![line]),
        }
    }
    groups
}

/// The points of a sweep by the length of its steps, sqrt(2 KL), in ascending order; none of
/// a sweep without two points at which divergences are known.
fn by_length(summary: &Summary, env: &str, sweep: &Sweep) -> Option<Vec<Value>> {
    let point = |point: &SweepPoint| {
        let x = point.kl_mean.filter(|kl| *kl > 0.0)?;
        Some(Value {
            x: (2.0 * x).sqrt(),
            ..value(point)
        })
    };
    let found = results(summary, env, sweep)?;
    let mut values: Vec<Value> = found.points.iter().filter_map(point).collect();
    values.sort_by(|a, b| a.x.total_cmp(&b.x));
    (values.len() > 1).then_some(values)
}

/// Returns of all sweeps of a task against how far their updates really went.
fn realised(summary: &Summary, env: &str, lines: &[Line<'_>], scale: Scale) -> Option<Block> {
    let known = lines.iter();
    let known = known.filter_map(|line| Some((line, by_length(summary, env, line.sweep)?)));
    let known: Vec<(&Line<'_>, Vec<Value>)> = known.collect();
    let all = known
        .iter()
        .flat_map(|(_, values)| values.iter().map(|value| value.x));
    let y = Axis::round(score(summary), scale, Name::Number);
    let mut panel = panel(Scale::log_around(all), y, Tall::Share(0.6, 55.0, 110.0));
    "Step √(2 KL) of an update".clone_into(&mut panel.x.name);
    for (line, values) in &known {
        let points = values.iter().map(|value| (value.x, value.y));
        let points: Vec<(f64, f64)> = points.collect();
        let pen = Pen {
            width: 0.8,
            ..line.among_all
        };
        panel.marks.push(Mark::line(&line.id, points.clone(), pen));
        panel.marks.push(Mark::new(&line.id, move |placed| {
            let mut points = points.iter();
            points.try_for_each(|&(x, y)| placed.dot(x, y, 1.4 * placed.size.line, pen.color))
        }));
        panel.series.push(Series {
            id: line.id.clone(),
            label: format!("{}, {}", line.label, setting(&line.sweep.over)),
            across: false,
            values: values.clone(),
        });
    }
    (!known.is_empty()).then(|| Block {
        title: env.to_owned(),
        subtitle: "all, by realised step".to_owned(),
        panels: vec![panel],
    })
}

/// What is drawn, in a word or two.
fn score(summary: &Summary) -> &'static str {
    match summary.manifest.headline {
        Metric::Area => "Area",
        Metric::Training => "Training return",
        Metric::Evaluation | Metric::Final => "Final return",
    }
}

/// One scale of returns for all sweeps of a task.
fn returns(summary: &Summary, env: &str) -> Scale {
    let found = summary
        .statistics
        .sweeps
        .iter()
        .filter(|found| found.env == env);
    let points = found.flat_map(|found| &found.points);
    let ends = points.flat_map(|point| {
        let ends = point.interval.map(|ends| [ends.low, ends.high]);
        ends.into_iter().flatten().chain([point.mean])
    });
    Scale::linear(ends.chain(summary.random(env)))
}

/// Returns above, collapses below, of the sweeps over one key on one task.
fn block(summary: &Summary, env: &str, group: &[&Line<'_>], scale: Scale) -> Block {
    let values = || {
        group
            .iter()
            .flat_map(|line| line.sweep.steps.iter().map(|step| step.value))
    };
    let x = match values().all(|value| value > 0.0) {
        true => Scale::log_around(values()),
        false => Scale::linear(values()),
    };
    let mut above = panel(
        x,
        Axis::round(score(summary), scale, Name::Number),
        Tall::Share(0.6, 55.0, 110.0),
    );
    if let Some(random) = summary.random(env) {
        above.marks.push(Mark::level(random, ""));
    }
    let shares = Axis {
        ticks: Ticks::Named(Scale::exactly(0.0, 1.0).ticks(2, Name::Percent)),
        ..Axis::round("Collapsed", Scale::exactly(0.0, 1.0), Name::Percent)
    };
    let mut below = panel(x, shares, Tall::Share(0.27, 30.0, 50.0));
    for (place, line) in group.iter().enumerate() {
        let found = results(summary, env, line.sweep);
        let points = found.map_or(&[][..], |found| &found.points);
        // Alone it needs no dashes.
        let pen = match group.len() {
            1 => Pen {
                dash: &[],
                ..line.pen
            },
            _ => line.pen,
        };
        above.marks.extend(estimates(points, &line.id, pen));
        above.series.push(Series {
            id: line.id.clone(),
            label: line.label.clone(),
            across: false,
            values: points.iter().map(value).collect(),
        });
        let beside = place as f64 - 0.5 * (group.len() - 1) as f64;
        below.marks.push(collapses(points, &line.id, (pen, beside)));
    }
    Block {
        title: env.to_owned(),
        subtitle: match group {
            [only] => format!("{}: {}", only.label, setting(&only.sweep.over)),
            _ => capital(&setting(&group[0].sweep.over)),
        },
        panels: vec![above, below],
    }
}

fn panel(x: Scale, y: Axis, tall: Tall) -> Panel {
    Panel {
        tall,
        x: Axis::round("", x, Name::Number),
        y,
        strip: 0.0,
        marks: Vec::new(),
        series: Vec::new(),
    }
}

fn value(point: &SweepPoint) -> Value {
    Value {
        x: point.value,
        y: point.mean,
        low: point.interval.map(|ends| ends.low),
        high: point.interval.map(|ends| ends.high),
        n: Some(point.runs as u64),
    }
}

/// Dots with the bars of their intervals, on a thin line.
fn estimates(points: &[SweepPoint], algorithm: &str, pen: Pen) -> Vec<Mark> {
    let values: Vec<Value> = points.iter().map(value).collect();
    let thin = Pen {
        width: 0.7,
        color: pen.color.mix(0.6),
        ..pen
    };
    let line = values
        .iter()
        .map(|value| (value.x, value.y))
        .collect::<Vec<_>>();
    let dots = Mark::new(algorithm, move |placed| {
        for value in &values {
            if let (Some(low), Some(high)) = (value.low, value.high) {
                let bar = Pen {
                    width: 1.1,
                    dash: &[],
                    ..pen
                };
                placed.line(&[(value.x, low), (value.x, high)], bar)?;
            }
            placed.dot(value.x, value.y, 1.9 * placed.size.line, pen.color)?;
        }
        Ok(())
    });
    match line.len() > 1 {
        true => vec![Mark::line(algorithm, line, thin), dots],
        false => vec![dots],
    }
}

/// The share of runs that collapse, as columns, so many of their widths right of their
/// place.
fn collapses(points: &[SweepPoint], algorithm: &str, (pen, beside): (Pen, f64)) -> Mark {
    let shares = points.iter().filter(|point| point.runs > 0);
    let shares = shares.map(|point| (point.value, point.collapsed as f64 / point.runs as f64));
    let shares: Vec<(f64, f64)> = shares.collect();
    Mark::new(algorithm, move |placed| {
        let frame = placed.frame;
        let floor = Pen {
            color: INK.to_rgba().mix(0.5),
            width: 0.45,
            dash: &[],
        };
        let ends = [(frame.left, frame.bottom), (frame.right, frame.bottom)];
        placed.canvas.line(&ends, floor)?;
        let half = 2.6 * placed.size.line;
        for &(x, share) in &shares {
            let (place, top) = placed.at(x, share);
            if placed.contains((place, top)) {
                let place = place + 2.0 * half * beside;
                let corner = (place + half, frame.bottom);
                placed
                    .canvas
                    .rectangle((place - half, top), corner, pen.color.mix(0.85))?;
            }
        }
        Ok(())
    })
}

/// Where runs collapse.
fn alt(summary: &Summary) -> String {
    let results = summary.statistics.sweeps.iter().map(|found| {
        let runs: usize = found.points.iter().map(|point| point.runs).sum();
        let collapsed: usize = found.points.iter().map(|point| point.collapsed).sum();
        format!("{} on {} {collapsed} of {runs}", found.name, found.env)
    });
    format!(
        "Runs that collapse along each sweep: {}.",
        list(&results.collect::<Vec<_>>())
    )
}

/// What a setting is called in text.
pub(super) fn setting(key: &str) -> String {
    match key.rsplit('.').next() {
        Some("delta") => "trust radius δ".to_owned(),
        Some("clip") => "clipping ε".to_owned(),
        Some("epochs") if key.starts_with("critic.") => "epochs of the critic".to_owned(),
        Some(last) => last.replace('_', " "),
        None => key.to_owned(),
    }
}
