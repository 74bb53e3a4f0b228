//! Step-size sensitivity: the final return along every sweep, and the share of
//! runs that collapse.

use plotters::style::Color;

use super::FigureError;
use super::canvas::Pen;
use super::data::Summary;
use super::kind::{Kind, Of, View};
use super::palette::family;
use super::picture::{Axis, Block, Mark, Panel, Picture, Series, Tall, Ticks, Value};
use super::scale::{Name, Scale};
use super::style::INK;
use crate::experiment::plan::Metric;
use crate::experiment::plan::Sweep;
use crate::format::list;
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
    let sweeps = &summary.manifest.analysis.sweeps;
    let has_points = |env: &&String| {
        let mut results = summary.statistics.sweeps.iter();
        results.any(|found| found.env == **env && !found.points.is_empty())
    };
    let tasks: Vec<&String> = summary.manifest.tasks.iter().filter(has_points).collect();
    if tasks.is_empty() {
        return Ok(None);
    }
    let blocks = tasks.iter().flat_map(|env| {
        let scale = returns(summary, env);
        let sweeps = sweeps.iter();
        let blocks = sweeps.map(move |sweep| block(summary, env, sweep, scale));
        blocks.chain(realised(summary, env, scale))
    });
    // Each task begins a line of its own.
    let all = sweeps.len() + usize::from(realised(summary, tasks[0], Scale::linear([])).is_some());
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
        columns: if all > 4 { all.div_ceil(2) } else { all },
        x_name: String::new(),
        keys: Vec::new(),
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

/// A sweep by how far its updates really went.
struct Realised<'s> {
    algorithm: &'s str,
    label: String,
    pen: Pen,
    /// By ascending length of the step, sqrt(2 KL), which is x.
    values: Vec<Value>,
}

impl<'s> Realised<'s> {
    /// `None` of a sweep without two points at which divergences are known.
    /// Sweep `number`, from 0, of its algorithm.
    fn of(summary: &'s Summary, env: &str, (number, sweep): (usize, &'s Sweep)) -> Option<Self> {
        let algorithm = family(&summary.manifest, &sweep.steps.first()?.variant);
        let (label, pen) = summary.family(algorithm);
        let pen = match number {
            0 => pen,
            // Another sweep of the same algorithm.
            _ => Pen {
                color: pen.color.mix(0.55),
                dash: &[],
                ..pen
            },
        };
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
        (values.len() > 1).then(|| Self {
            algorithm,
            label: format!("{label}, {}", setting(&sweep.over)),
            pen,
            values,
        })
    }
}

/// Returns of all sweeps of a task against how far their updates really went.
fn realised(summary: &Summary, env: &str, scale: Scale) -> Option<Block> {
    let sweeps = &summary.manifest.analysis.sweeps;
    let algorithm = |sweep: &Sweep| {
        let first = sweep.steps.first().map(|step| step.variant.as_str());
        family(&summary.manifest, first.unwrap_or_default())
    };
    let lines = sweeps.iter().enumerate().filter_map(|(place, sweep)| {
        let before = sweeps[..place].iter();
        let number = before
            .filter(|other| algorithm(other) == algorithm(sweep))
            .count();
        Realised::of(summary, env, (number, sweep))
    });
    let lines: Vec<Realised<'_>> = lines.collect();
    let all = lines
        .iter()
        .flat_map(|line| line.values.iter().map(|value| value.x));
    let y = Axis::round(score(summary), scale, Name::Number);
    let mut panel = panel(Scale::log_around(all), y, Tall::Share(0.6, 55.0, 110.0));
    "Step √(2 KL) of an update".clone_into(&mut panel.x.name);
    for line in &lines {
        let points = line.values.iter().map(|value| (value.x, value.y));
        let points: Vec<(f64, f64)> = points.collect();
        let pen = Pen {
            width: 0.8,
            ..line.pen
        };
        panel
            .marks
            .push(Mark::line(line.algorithm, points.clone(), pen));
        panel.marks.push(Mark::new(line.algorithm, move |placed| {
            let mut points = points.iter();
            points.try_for_each(|&(x, y)| placed.dot(x, y, 1.4 * placed.size.line, pen.color))
        }));
    }
    let series = |line: &Realised<'_>| Series {
        id: line.algorithm.to_owned(),
        label: line.label.clone(),
        across: false,
        values: line.values.clone(),
    };
    panel.series = lines.iter().map(series).collect();
    (!lines.is_empty()).then(|| Block {
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

/// Returns above, collapses below, of one sweep on one task.
fn block(summary: &Summary, env: &str, sweep: &Sweep, scale: Scale) -> Block {
    let points = results(summary, env, sweep).map_or(&[][..], |found| &found.points);
    let first = sweep.steps.first().map_or("", |step| step.variant.as_str());
    let algorithm = family(&summary.manifest, first);
    let (label, pen) = summary.family(algorithm);
    let pen = Pen { dash: &[], ..pen };
    let values = || sweep.steps.iter().map(|step| step.value);
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
    above.marks.extend(estimates(points, algorithm, pen));
    above.series.push(Series {
        id: algorithm.to_owned(),
        label: label.clone(),
        across: false,
        values: points.iter().map(value).collect(),
    });
    let shares = Axis {
        ticks: Ticks::Named(Scale::exactly(0.0, 1.0).ticks(2, Name::Percent)),
        ..Axis::round("Collapsed", Scale::exactly(0.0, 1.0), Name::Percent)
    };
    let mut below = panel(x, shares, Tall::Share(0.27, 30.0, 50.0));
    below.marks.push(collapses(points, algorithm, pen));
    Block {
        title: env.to_owned(),
        subtitle: format!("{label}: {}", setting(&sweep.over)),
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
                let bar = Pen { width: 1.1, ..pen };
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

/// The share of runs that collapse, as columns.
fn collapses(points: &[SweepPoint], algorithm: &str, pen: Pen) -> Mark {
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
        Some(last) => last.replace('_', " "),
        None => key.to_owned(),
    }
}
