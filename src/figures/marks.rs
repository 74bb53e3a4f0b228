//! Published scores in learning curves: marks in the colour of the algorithm and
//! filled in a way of its own, a shape for every source.
//!
//! A score published for about as many steps as a run has, or for more, stands
//! in a strip right of the panel, a column for each source: at the end of the
//! axis they would hide one another and the lines. One for fewer steps stands
//! in the panel, at its steps. A score far off the curves would flatten them:
//! it stands at the edge with an arrow, and its number in the table.

use plotters::style::{Color, RGBAColor};

use super::canvas::{Align, Painted, Point, TextLook};
use super::data::Summary;
use super::panel::{Frame, Placed as Panel};
use super::reach::{Reach, STACK};
use super::scale::Name;
use super::shapes::{Fill, Placed, RADIUS};
use super::style::{SOFT_INK, STRIP};
use crate::summary::SummaryError;
use crate::summary::published::{self, Mark, Published, Source};

/// Share of the steps of a run from which on a score stands in the strip.
const AT_THE_END: f64 = 0.95;
/// How much smaller a mark inside another is.
const NESTED: f64 = 0.58;
/// Distance below which marks lie on one another.
const TOUCH: f64 = 1.9;
/// Width of a column, and space between panel and strip.
const COLUMN: f64 = 7.6;
const PAD: f64 = 3.8;
/// From the last value of the scale to the end of its piece of the strip, and
/// from there to the piece of marks that lie beyond.
const EDGE: f64 = 4.2;
const CUT: f64 = 1.9;

/// The marks of one figure.
pub(super) struct Marks {
    pub(super) sources: Vec<Source>,
    /// By task, in the order of the manifest.
    pub(super) scores: Vec<Vec<Drawn>>,
    /// The algorithms that have any, with how their marks are filled.
    pub(super) fills: Vec<(String, &'static str)>,
    pub(super) strip: f64,
}

/// One score that is drawn.
#[derive(Debug, Clone, Copy)]
pub(super) struct Drawn {
    /// Place of its source.
    pub(super) source: usize,
    color: RGBAColor,
    fill: Fill,
    pub(super) steps: f64,
    value: f64,
    /// In the strip, not in the panel.
    aside: bool,
}

impl Marks {
    /// Those of the algorithms and tasks of an experiment.
    ///
    /// # Errors
    /// If the published scores with which the program was built make no sense.
    pub fn of(summary: &Summary) -> Result<Self, SummaryError> {
        let manifest = &summary.manifest;
        let published = Published::built_in()?;
        let mut marks = Self {
            sources: Vec::new(),
            scores: vec![Vec::new(); manifest.tasks.len()],
            fills: Vec::new(),
            strip: 0.0,
        };
        if !published::concerns(manifest) {
            return Ok(marks);
        }
        for source in published.sources().iter().filter(|s| s.mark.is_some()) {
            let place = marks.sources.len();
            let found: Vec<Vec<Drawn>> = (manifest.tasks.iter())
                .map(|env| drawn(summary, &published, source, env, place))
                .collect();
            if found.iter().any(|scores| !scores.is_empty()) {
                marks.sources.push(source.clone());
            }
            for (scores, found) in marks.scores.iter_mut().zip(found) {
                scores.extend(found);
            }
        }
        if marks.scores.iter().flatten().any(|score| score.aside) {
            marks.strip = PAD + COLUMN * marks.sources.len() as f64 + 3.0;
        }
        if !marks.sources.is_empty() {
            let algorithms = published::algorithms(manifest);
            let names = algorithms.iter().map(|name| summary.family(name).0);
            let fills = Fill::ALL.iter().cycle().map(|(_, said)| *said);
            marks.fills = names.zip(fills).collect();
        }
        Ok(marks)
    }

    /// Width of the strip right of every panel; 0 if there is none.
    pub fn strip(&self) -> f64 {
        self.strip
    }

    /// The vertical scale over the values of the curves and the marks of a task.
    pub fn reach(&self, task: usize, curves: &[f64]) -> Reach {
        let column = |place| {
            let own = self.scores[task].iter().filter(|s| s.source == place);
            own.map(|score| score.value).collect()
        };
        let columns: Vec<Vec<f64>> = (0..self.sources.len()).map(column).collect();
        Reach::of(curves, &columns)
    }

    /// The strip, its marks, and those inside the panel.
    pub fn draw(&self, panel: &Panel<'_>, task: usize, reach: Reach, steps: f64) -> Painted {
        self.draw_strip(panel, task, reach, steps)?;
        let (marks, arrows) = self.placed(panel, task, reach);
        for (tip, up) in arrows {
            let back = if up { 3.8 } else { -3.8 };
            let head = [
                (tip.0 - 2.4, tip.1 + back),
                tip,
                (tip.0 + 2.4, tip.1 + back),
            ];
            panel.canvas.polygon(&head, SOFT_INK.to_rgba())?;
        }
        marks.iter().try_for_each(|mark| mark.paint(panel.canvas))
    }

    /// The ground of the strip, cut where marks that lie beyond the scale begin.
    fn draw_strip(&self, panel: &Panel<'_>, task: usize, reach: Reach, steps: f64) -> Painted {
        let Frame {
            top, right, bottom, ..
        } = panel.frame;
        let scores = &self.scores[task];
        let aside: Vec<f64> = scores.iter().filter(|s| s.aside).map(|s| s.steps).collect();
        if aside.is_empty() {
            return Ok(());
        }
        let (left, end) = (right + PAD, right + self.strip);
        let (mut upper, mut lower) = (top, bottom);
        let mut pieces = Vec::new();
        if scores.iter().any(|score| score.value > reach.high) {
            upper = panel.at(0.0, reach.high).1 - EDGE;
            pieces.push((top, upper - CUT));
        }
        if scores.iter().any(|score| score.value < reach.low) {
            lower = panel.at(0.0, reach.low).1 + EDGE;
            pieces.push((lower + CUT, bottom));
        }
        pieces.push((upper, lower));
        for (top, bottom) in pieces {
            panel
                .canvas
                .rectangle((left, top), (end, bottom), STRIP.to_rgba())?;
        }
        if aside.iter().any(|&at| at * AT_THE_END > steps) {
            let look = TextLook {
                align: Align::End,
                ..panel.size.tick()
            };
            let at = (end, bottom + look.size + 2.5);
            panel.canvas.text(&Name::Steps.between(&aside), at, look)?;
        }
        Ok(())
    }

    /// Where the marks of a task stand, the larger first, and the tips of
    /// arrows, with whether they point up.
    fn placed(
        &self,
        panel: &Panel<'_>,
        task: usize,
        reach: Reach,
    ) -> (Vec<Placed>, Vec<(Point, bool)>) {
        let Frame {
            top, right, bottom, ..
        } = panel.frame;
        let (mut placed, mut arrows) = (Vec::<Placed>::new(), Vec::new());
        for (place, source) in self.sources.iter().enumerate() {
            let own = self.scores[task].iter().filter(|s| s.source == place);
            let mut own: Vec<&Drawn> = own.collect();
            let column = right + PAD + 1.5 + (place as f64 + 0.5) * COLUMN;
            // Beyond the scale, the farthest next to the edge.
            let off = |score: &Drawn| (panel.at(0.0, score.value).1 - (top + bottom) / 2.0).abs();
            own.sort_by(|a, b| off(b).total_cmp(&off(a)));
            let (mut above, mut below) = (0, 0);
            for score in own {
                let (along, y) = panel.at(score.steps, score.value);
                let x = if score.aside { column } else { along };
                let stacked = |beyond: usize| 9.0 + STACK * (beyond - 1) as f64;
                let y = if score.value > reach.high {
                    above += 1;
                    arrows.extend((above == 1).then_some(((x, top + 1.1), true)));
                    top + stacked(above)
                } else if score.value < reach.low {
                    below += 1;
                    arrows.extend((below == 1).then_some(((x, bottom - 1.1), false)));
                    bottom - stacked(below)
                } else {
                    y
                };
                let touches = |m: &&Placed| (m.center.0 - x).hypot(m.center.1 - y) < TOUCH;
                let around = placed.iter().filter(touches).count();
                placed.push(Placed {
                    shape: source.mark.unwrap_or(Mark::Circle),
                    center: (x, y),
                    radius: RADIUS * NESTED.powi(around as i32),
                    color: score.color,
                    fill: score.fill,
                });
            }
        }
        placed.sort_by(|a, b| b.radius.total_cmp(&a.radius));
        (placed, arrows)
    }
}

/// The scores of a source on a task, of the algorithms of the experiment.
fn drawn(
    summary: &Summary,
    published: &Published,
    source: &Source,
    env: &str,
    place: usize,
) -> Vec<Drawn> {
    let end = AT_THE_END * summary.steps(env);
    let algorithms = published::algorithms(&summary.manifest);
    let fills = Fill::ALL.iter().cycle().map(|(fill, _)| *fill);
    let of = algorithms.iter().zip(fills).flat_map(|(&algorithm, fill)| {
        let scores = published.of(env, algorithm);
        let own = scores.filter(|(other, _)| *other == source);
        own.map(move |(_, score)| Drawn {
            source: place,
            color: summary.family(algorithm).1.color,
            fill,
            steps: score.steps as f64,
            value: score.value,
            aside: score.steps as f64 >= end,
        })
    });
    of.collect()
}

#[cfg(test)]
mod tests {
    use super::super::canvas::{Canvas, Letters, Medium};
    use super::super::scale::Scale;
    use super::super::style::Type;
    use super::super::theme::Theme;
    use super::*;

    /// A source of each shape, and these scores: source, steps, value.
    fn marks(scores: &[(usize, f64, f64)]) -> Marks {
        let published = Published::built_in().unwrap();
        let sources = published.sources().iter().filter(|s| s.mark.is_some());
        let score = |&(source, steps, value)| Drawn {
            source,
            color: SOFT_INK.to_rgba(),
            fill: Fill::Hollow,
            steps,
            value,
            aside: steps >= 95.0,
        };
        Marks {
            sources: sources.cloned().collect(),
            scores: vec![scores.iter().map(score).collect()],
            fills: Vec::new(),
            strip: 30.0,
        }
    }

    /// Where they stand beside curves from 0 to 100 in a panel of 200 x 200
    /// over 100 steps.
    fn placed(scores: &[(usize, f64, f64)]) -> (Reach, Vec<Placed>, Vec<(Point, bool)>) {
        let marks = marks(scores);
        let reach = marks.reach(0, &[0.0, 100.0, f64::NAN]);
        let canvas = Canvas::new(
            (300.0, 200.0),
            Medium {
                theme: Theme::Light,
                letters: Letters::Outlines,
                variables: false,
            },
        );
        let panel = Panel {
            canvas: &canvas,
            frame: Frame {
                left: 0.0,
                top: 0.0,
                right: 200.0,
                bottom: 200.0,
            },
            x: Scale::exactly(0.0, 100.0),
            y: reach.scale,
            size: Type::of_width(510.0),
        };
        marks.draw(&panel, 0, reach, 100.0).unwrap();
        let (marks, arrows) = marks.placed(&panel, 0, reach);
        (reach, marks, arrows)
    }

    #[test]
    fn marks_of_the_end_stand_right_of_the_panel_in_the_column_of_their_source() {
        let (reach, marks, arrows) =
            placed(&[(0, 100.0, 50.0), (2, 1000.0, 120.0), (1, 40.0, 50.0)]);
        assert!(arrows.is_empty());
        let y = |value| 200.0 * (1.0 - reach.scale.position(value));
        let column = |place: usize| 200.0 + PAD + 1.5 + (place as f64 + 0.5) * COLUMN;
        for (shape, x, y) in [
            (Mark::Circle, column(0), y(50.0)),
            (Mark::Diamond, column(2), y(120.0)),
            // Published for fewer steps: in the panel.
            (Mark::Square, 80.0, y(50.0)),
        ] {
            let mark = marks.iter().find(|mark| mark.shape == shape).unwrap();
            let off = (mark.center.0 - x).hypot(mark.center.1 - y);
            assert!(off < 1e-9, "{mark:?} is not at {x}, {y}");
        }
        assert!(marks.iter().all(|mark| mark.radius == RADIUS));
        assert!(y(120.0) > 0.0 && y(0.0) < 200.0);
    }

    #[test]
    fn what_lies_beyond_stands_at_the_edge_under_one_arrow() {
        let (reach, marks, arrows) =
            placed(&[(0, 100.0, 900.0), (0, 100.0, 800.0), (1, 100.0, -500.0)]);
        assert_eq!(arrows.len(), 2);
        assert_eq!((arrows[0].1, arrows[1].1), (true, false));
        let y = |value| 200.0 * (1.0 - reach.scale.position(value));
        // The curves keep most of the panel, and no mark stands among them.
        assert!(y(0.0) - y(100.0) > 100.0);
        let heights: Vec<f64> = marks.iter().map(|mark| mark.center.1).collect();
        assert!(
            heights[0] < heights[1] && heights[1] + RADIUS < y(100.0),
            "{heights:?}"
        );
        assert!(
            heights[2] - RADIUS > y(0.0) && heights[2] < 200.0,
            "{heights:?}"
        );
    }

    #[test]
    fn marks_that_coincide_stand_inside_one_another() {
        let (_, marks, _) = placed(&[(1, 100.0, 50.0); 3]);
        let radii: Vec<f64> = marks.iter().map(|mark| mark.radius).collect();
        assert_eq!(radii[0], RADIUS);
        assert!(
            radii.windows(2).all(|pair| pair[1] < 0.7 * pair[0]),
            "{radii:?}"
        );
    }
}
