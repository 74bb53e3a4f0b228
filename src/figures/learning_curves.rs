//! Learning curves: a block for every task, a line for every variant. Where the
//! policy was evaluated while it trained, the curve is that of the evaluations, and
//! the return of the exploring policy stands small below it.

use std::rc::Rc;

use super::FigureError;
use super::canvas::Pen;
use super::crowd::Crowd;
use super::data::{Drawn, RunLine, Summary};
use super::kind::{Kind, Of, View};
use super::marks::Marks;
use super::picture::{Axis, Block, Curve, Key, Mark, Panel, Picture, Tall, Value};
use super::scale::{Name, Scale};
use super::style::{BANDS_UP_TO, FAILED, FAILED_RUNS, RUN, RUNS};
use crate::format::{list, number};
use crate::summary::BandRow;
use crate::summary::curves::rule;

pub(super) const KIND: Kind = Kind {
    name: "learning_curves",
    needs: "a run in which an episode ended",
    of: Of::Comparisons,
    make: picture,
};

/// What the figure draws.
struct Shown<'a> {
    summary: &'a Summary,
    /// Of too many variants for a look each.
    crowd: Option<Crowd>,
    variants: Vec<Drawn>,
    /// Whether there are few enough for bands, and enough runs.
    banded: bool,
    marks: Rc<Marks>,
    /// Whether the training return stands below.
    trains: bool,
}

fn picture(view: &View<'_>) -> Result<Option<Picture>, FigureError> {
    let summary = view.summary;
    let manifest = &summary.manifest;
    let mut variants = summary.shown(|env, variant| !summary.band(env, variant).is_empty());
    if variants.is_empty() {
        return Ok(None);
    }
    let crowd = Crowd::of(summary, &variants);
    if let Some(crowd) = &crowd {
        crowd.dress(manifest, &mut variants);
    }
    let shown = Shown {
        summary,
        crowd,
        banded: variants.len() <= BANDS_UP_TO && manifest.seeds.len() > 1,
        marks: Rc::new(Marks::of(summary)?),
        trains: variants.iter().any(|variant| {
            let mut tasks = manifest.tasks.iter();
            tasks.any(|env| !summary.training(env, &variant.id).is_empty())
        }),
        variants,
    };
    let blocks = (0..manifest.tasks.len()).map(|task| shown.block(task));
    Ok(Some(Picture {
        name: KIND.name.to_owned(),
        title: "Learning curves".to_owned(),
        caption: shown.caption(),
        alt: shown.alt(),
        blocks: blocks.collect(),
        columns: match manifest.tasks.len() {
            2 | 4 => 2,
            1 | 3 | 5 | 6 => 3,
            _ => 4,
        },
        x_name: "Environment steps".to_owned(),
        keys: shown.keys(),
        note: shown.note(),
    }))
}

impl Shown<'_> {
    /// The runs that are drawn as thin lines.
    fn runs(&self, env: &str, variant: &str) -> &[RunLine] {
        match self.banded {
            true => self.summary.runs(env, variant),
            false => &[],
        }
    }

    fn all_runs(&self) -> impl Iterator<Item = &RunLine> {
        let tasks = self.summary.manifest.tasks.iter();
        let cells = tasks.flat_map(|env| self.variants.iter().map(move |v| (env, v)));
        cells.flat_map(|(env, variant)| self.runs(env, &variant.id))
    }

    fn has_failures(&self) -> bool {
        self.all_runs().any(|run| run.has_failed)
    }

    fn block(&self, task: usize) -> Block {
        let env = &self.summary.manifest.tasks[task];
        let mut panels = vec![self.evaluation(task)];
        if self.trains {
            panels.push(self.training(env));
        }
        Block {
            title: env.clone(),
            subtitle: String::new(),
            panels,
        }
    }

    /// The curves themselves.
    fn evaluation(&self, task: usize) -> Panel {
        let env = &self.summary.manifest.tasks[task];
        let curves = self.curves(|variant| self.summary.band(env, variant));
        let ends = curves.iter().flat_map(|curve| &curve.values);
        let ends = ends.flat_map(|v| match self.banded {
            true => [Some(v.y), v.low, v.high],
            false => [Some(v.y), None, None],
        });
        let runs = self.variants.iter().flat_map(|v| self.runs(env, &v.id));
        let points = runs.flat_map(|run| run.pieces.iter().flatten());
        let values: Vec<f64> = ends.flatten().chain(points.map(|point| point.1)).collect();
        let reach = self.marks.reach(task, &values);
        let steps = self.summary.steps(env);
        let mut panel = Panel {
            tall: Tall::Share(0.7, 62.0, 190.0),
            x: Axis::steps(steps),
            y: Axis::round("Return", reach.scale, Name::Number),
            strip: self.marks.strip(),
            marks: Vec::new(),
            series: Vec::new(),
        };
        for failed in [false, true] {
            for variant in self.variants.iter().rev() {
                panel
                    .marks
                    .extend(thin(self.runs(env, &variant.id), variant, failed));
            }
        }
        if let Some(threshold) = self.summary.threshold(env) {
            panel.marks.push(Mark::level(threshold, ""));
        }
        panel.add_curves(curves);
        let marks = Rc::clone(&self.marks);
        panel.marks.push(Mark::new("", move |placed| {
            marks.draw(placed, task, reach, steps)
        }));
        panel
    }

    /// The return of the exploring policy.
    fn training(&self, env: &str) -> Panel {
        let mut curves = self.curves(|variant| self.summary.training(env, variant));
        for curve in &mut curves {
            curve.pen.width = curve.pen.width.min(0.7);
        }
        let values = curves
            .iter()
            .flat_map(|curve| &curve.values)
            .map(|value| value.y);
        let mut panel = Panel {
            tall: Tall::Share(0.28, 26.0, 70.0),
            x: Axis::steps(self.summary.steps(env)),
            y: Axis::round("Training", Scale::linear(values), Name::Number),
            strip: 0.0,
            marks: Vec::new(),
            series: Vec::new(),
        };
        panel.add_curves(curves);
        panel
    }

    fn curves<'r>(&self, rows: impl Fn(&str) -> &'r [BandRow]) -> Vec<Curve> {
        let value = |row: &BandRow| Value {
            x: row.step as f64,
            y: row.mean,
            low: row.low,
            high: row.high,
            n: Some(row.n),
        };
        let curve = |variant: &Drawn| Curve {
            id: variant.id.clone(),
            label: variant.label.clone(),
            pen: variant.pen,
            banded: self.banded,
            values: rows(&variant.id).iter().map(value).collect(),
        };
        self.variants.iter().map(curve).collect()
    }

    fn keys(&self) -> Vec<Key> {
        let variants = self.variants.iter();
        let mut keys: Vec<Key> = match &self.crowd {
            Some(crowd) => crowd.keys(),
            None => variants
                .map(|variant| Key::line(&variant.id, &variant.label, variant.pen, self.banded))
                .collect(),
        };
        if self.has_failures() {
            keys.push(Key::line(
                "",
                "run that failed",
                Pen {
                    width: 0.5,
                    ..FAILED
                },
                false,
            ));
        }
        if self.has_thresholds() {
            keys.push(Key::line("", "threshold", super::panel::LEVEL, false));
        }
        keys.extend(self.marks.keys());
        keys
    }

    fn has_thresholds(&self) -> bool {
        let mut tasks = self.summary.manifest.tasks.iter();
        tasks.any(|env| self.summary.threshold(env).is_some())
    }

    fn note(&self) -> String {
        let mut note = format!("{}; line: mean", self.summary.n());
        note += self.crowd.as_ref().map_or("", Crowd::note);
        if self.banded {
            note += "; band: 95% bootstrap interval of the mean";
        }
        if self.all_runs().next().is_some() {
            note += "; thin lines: runs";
        }
        if self.trains {
            note += "; below, small: training return of the exploring policy";
        }
        note + &self.marks.note()
    }

    fn caption(&self) -> String {
        let manifest = &self.summary.manifest;
        let mut lines = "Lines: mean over seeds".to_owned();
        lines += self.crowd.as_ref().map_or("", Crowd::note);
        if self.all_runs().next().is_some() {
            lines += "; thin lines: runs";
        }
        if self.has_failures() {
            lines +=
                ", those that diverged or whose final evaluation is that of a failure in black";
        }
        if self.banded {
            lines += "; bands: 95% percentile bootstrap interval of the mean, which is too narrow \
                 for few seeds and decides nothing";
        }
        if self.has_thresholds() {
            lines += "; dashed: the threshold of the task";
        }
        let diverged = match self.summary.statistics.count(|counts| counts.diverged) {
            0 => "",
            _ => {
                " A run that diverged has from then on the worse of the random policy's return \
                 and its own last point."
            }
        };
        let training = match self.trains {
            true => {
                " Below, smaller: the training return of the exploring policy, by bins of 2% of \
                 the steps, in which every step has the return of its episode."
            }
            false => "",
        };
        format!(
            "Return against environment steps on {} {} {lines}. A line begins where every run has \
             a value.{diverged}{training}{}{}",
            self.summary.sample(),
            rule(manifest),
            self.summary.departures(&self.variants),
            self.marks.caption(manifest)
        )
    }

    /// Means at the end, highest first.
    fn alt(&self) -> String {
        let task = |env: &String| {
            let last = |variant: &Drawn| {
                let row = self.summary.band(env, &variant.id).last()?;
                Some((row.mean, variant.label.clone()))
            };
            let mut ends: Vec<(f64, String)> = self.variants.iter().filter_map(last).collect();
            ends.sort_by(|a, b| b.0.total_cmp(&a.0));
            let ends = ends
                .iter()
                .map(|(mean, label)| format!("{label} {}", number(*mean, 1)));
            format!("{env}: {}", list(&ends.collect::<Vec<_>>()))
        };
        let tasks: Vec<String> = self.summary.manifest.tasks.iter().map(task).collect();
        format!("Mean return at the end of training. {}.", tasks.join("; "))
    }
}

/// A thin line for every run of a variant that failed, or that did not.
fn thin(runs: &[RunLine], variant: &Drawn, failed: bool) -> Vec<Mark> {
    let own = Pen {
        width: RUN,
        dash: &[],
        ..variant.pen
    };
    let (pen, opacity) = match failed {
        true => (FAILED, FAILED_RUNS),
        false => (own, RUNS),
    };
    let pieces: Vec<Vec<(f64, f64)>> = (runs.iter())
        .filter(|run| run.has_failed == failed)
        .flat_map(|run| run.pieces.clone())
        .collect();
    if pieces.is_empty() {
        return Vec::new();
    }
    // One opacity for all of them: where they cross it is no darker.
    vec![Mark::new(&variant.id, move |panel| {
        panel.canvas.group(opacity, || {
            let mut pieces = pieces.iter();
            pieces.try_for_each(|piece| panel.line(piece, pen))
        })
    })]
}
