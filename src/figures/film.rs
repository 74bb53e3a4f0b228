//! Episodes as pictures: a GIF, or frames in a row as papers print them.

use std::collections::HashMap;

use plotters::style::{Color, RGBColor};

use super::FigureError;
use super::canvas::{Align, Canvas, Letters, Medium, Painted, TextLook};
use super::output::{self, Format, Words};
use super::panel::Frame;
use super::scenes::{self, COLORS, Scene, Stage};
use super::style::{GRID, SOFT_INK};
use super::theme::{PAPER, Theme, mixed};
use crate::format::number;

/// Size of a picture of a film, in points.
const SIZE: (f64, f64) = (150.0, 106.0);
/// Pixels in an inch.
const DPI: f64 = 120.0;
/// Height of the line above a scene.
const LINE: f64 = 11.0;
/// How long the end of an episode is seen, in hundredths of a second.
const END: u16 = 100;
/// Shades between the paper and each colour.
const SHADES: u32 = 40;

/// One moment of an episode.
#[derive(Debug, Clone, PartialEq)]
pub struct Moment {
    /// What the task shows.
    pub observation: Vec<f64>,
    /// Steps made before.
    pub step: usize,
    /// Sum of their rewards.
    pub total: f64,
}

/// Names of the tasks that can be drawn.
pub fn drawable() -> Vec<&'static str> {
    scenes::tasks()
}

fn scene(task: &str) -> Result<&'static Scene, FigureError> {
    scenes::of(task).ok_or_else(|| {
        let known = crate::format::list(&drawable());
        FigureError::Drawing(format!("{task} cannot be drawn; {known} can"))
    })
}

fn medium() -> Medium {
    Medium {
        theme: Theme::Light,
        letters: Letters::Outlines,
        variables: false,
    }
}

/// A moment on a part of a canvas, with a line above.
fn show(canvas: &Canvas, frame: Frame, scene: &Scene, moment: &Moment, size: f64) -> Painted {
    let said = |text: &str, at: f64, align: Align| {
        let look = TextLook {
            size,
            align,
            color: SOFT_INK,
            bold: false,
            upward: false,
        };
        canvas.text(text, (at, frame.top + 0.75 * LINE), look)
    };
    said(
        &format!("step {}", moment.step),
        frame.left + 3.0,
        Align::Start,
    )?;
    let total = number(moment.total, 1);
    said(&format!("return {total}"), frame.right - 3.0, Align::End)?;
    let below = Frame {
        top: frame.top + LINE,
        ..frame
    };
    (scene.draw)(
        &Stage::new(canvas, below, scene.window),
        &moment.observation,
    )
}

/// An episode as a GIF that repeats; the same episodes give the same bytes.
///
/// # Errors
/// If the task cannot be drawn, or there is no moment.
pub fn gif(task: &str, episodes: &[Vec<Moment>], comment: &str) -> Result<Vec<u8>, FigureError> {
    let scene = scene(task)?;
    let palette = Palette::new();
    let mut film: Option<Film> = None;
    for episode in episodes {
        let last = episode.len().saturating_sub(1);
        let shown = episode.iter().enumerate();
        for (i, moment) in shown.filter(|(i, _)| i.is_multiple_of(scene.every) || *i == last) {
            let frame = Frame {
                left: 0.0,
                top: 0.0,
                right: SIZE.0,
                bottom: SIZE.1,
            };
            let words = Words {
                title: task,
                description: "",
                origin: &[],
            };
            let drawing = output::svg(SIZE, &words, medium(), |canvas| {
                show(canvas, frame, scene, moment, 7.0)
            })?;
            let (width, pixels) = output::pixels(&drawing.svg, DPI)?;
            let indices = pixels.iter().map(|pixel| palette.nearest(*pixel)).collect();
            let delay = if i == last { END } else { scene.delay };
            match &mut film {
                Some(film) => film.add(indices, delay)?,
                None => film = Some(Film::begin(&palette, width, indices, delay, comment)?),
            }
        }
    }
    let empty = || FigureError::Drawing("an episode without a moment".to_owned());
    film.ok_or_else(empty)?.end()
}

/// Moments in a row, in one of the formats of figures.
///
/// # Errors
/// If the task cannot be drawn.
pub fn strip(task: &str, moments: &[Moment], format: Format) -> Result<Vec<u8>, FigureError> {
    let scene = scene(task)?;
    let each = super::style::PAGE / moments.len().max(1) as f64;
    let [left, right, bottom, top] = scene.window;
    let height = LINE + (each - 4.0) * (top - bottom) / (right - left);
    let size = (super::style::PAGE, height.ceil());
    let words = Words {
        title: task,
        description: "Moments of one episode, from left to right.",
        origin: &[],
    };
    let drawn = |letters| {
        let medium = Medium {
            letters,
            ..medium()
        };
        output::svg(size, &words, medium, |canvas| {
            for (i, moment) in moments.iter().enumerate() {
                let frame = Frame {
                    left: each * i as f64 + 2.0,
                    right: each * (i + 1) as f64 - 2.0,
                    top: 0.0,
                    bottom: size.1,
                };
                show(canvas, frame, scene, moment, (each / 18.0).clamp(3.5, 7.0))?;
                if i > 0 {
                    let at = frame.left - 2.0;
                    let ends = ((at - 0.2, 2.0), (at + 0.2, size.1 - 2.0));
                    canvas.rectangle(ends.0, ends.1, GRID.to_rgba())?;
                }
            }
            Ok(())
        })
    };
    match format {
        Format::Svg => Ok(drawn(Letters::Outlines)?.svg.into_bytes()),
        Format::Png => output::png(&drawn(Letters::Outlines)?.svg, 300.0, &[]),
        Format::Pdf => output::pdf(&drawn(Letters::Text)?.svg, size, &words),
    }
}

/// Every colour that a scene can have: the paper, and each colour mixed with it.
struct Palette {
    colors: Vec<[u8; 3]>,
    known: std::cell::RefCell<HashMap<[u8; 3], u8>>,
}

impl Palette {
    fn new() -> Self {
        let plain = |RGBColor(r, g, b): RGBColor| [r, g, b];
        let mut colors = vec![plain(PAPER)];
        for color in COLORS {
            let shades = (1..=SHADES).map(|i| f64::from(i) / f64::from(SHADES));
            colors.extend(shades.map(|share| plain(mixed(PAPER, color, share))));
        }
        Self {
            colors,
            known: Default::default(),
        }
    }

    fn nearest(&self, pixel: [u8; 3]) -> u8 {
        let far = |color: &[u8; 3]| {
            let parts = color.iter().zip(pixel);
            parts
                .map(|(x, y)| (i32::from(*x) - i32::from(y)).pow(2))
                .sum::<i32>()
        };
        *self.known.borrow_mut().entry(pixel).or_insert_with(|| {
            let all = self.colors.iter().enumerate();
            let best = all.min_by_key(|(_, color)| far(color));
            best.map_or(0, |(place, _)| place as u8)
        })
    }
}

/// A GIF under construction: each picture is the part that has changed.
struct Film {
    encoder: gif::Encoder<Vec<u8>>,
    width: usize,
    before: Vec<u8>,
}

fn failed(error: gif::EncodingError) -> FigureError {
    FigureError::Drawing(error.to_string())
}

impl Film {
    fn begin(
        palette: &Palette,
        width: usize,
        first: Vec<u8>,
        delay: u16,
        comment: &str,
    ) -> Result<Self, FigureError> {
        let (w, h) = (width as u16, (first.len() / width) as u16);
        let colors: Vec<u8> = palette.colors.iter().flatten().copied().collect();
        let mut encoder = gif::Encoder::new(Vec::new(), w, h, &colors).map_err(failed)?;
        encoder.set_repeat(gif::Repeat::Infinite).map_err(failed)?;
        let comment = comment.as_bytes();
        let said = encoder.write_raw_extension(gif::AnyExtension(0xFE), &[comment]);
        said.map_err(|error| FigureError::Drawing(error.to_string()))?;
        let mut film = Self {
            encoder,
            width,
            before: Vec::new(),
        };
        film.write((0, 0), (width, first.len() / width), &first, delay)?;
        film.before = first;
        Ok(film)
    }

    fn add(&mut self, next: Vec<u8>, delay: u16) -> Result<(), FigureError> {
        let differs = |i: usize| next[i] != self.before[i];
        let changed: Vec<usize> = (0..next.len()).filter(|&i| differs(i)).collect();
        let rows = changed.iter().map(|i| i / self.width);
        let columns = changed.iter().map(|i| i % self.width);
        let ends = |(low, high): (usize, usize), x: usize| (low.min(x), high.max(x + 1));
        let (top, bottom) = rows.fold((usize::MAX, 0), ends);
        let (left, right) = columns.fold((usize::MAX, 0), ends);
        // A picture of nothing new still takes its time.
        let ((left, right), (top, bottom)) = match changed.is_empty() {
            true => ((0, 1), (0, 1)),
            false => ((left, right), (top, bottom)),
        };
        let rows = (top..bottom).flat_map(|row| {
            let start = row * self.width;
            next[start + left..start + right].iter().copied()
        });
        let part: Vec<u8> = rows.collect();
        self.write((left, top), (right - left, bottom - top), &part, delay)?;
        self.before = next;
        Ok(())
    }

    fn write(
        &mut self,
        (left, top): (usize, usize),
        (width, height): (usize, usize),
        pixels: &[u8],
        delay: u16,
    ) -> Result<(), FigureError> {
        let frame = gif::Frame {
            delay,
            left: left as u16,
            top: top as u16,
            width: width as u16,
            height: height as u16,
            buffer: pixels.into(),
            dispose: gif::DisposalMethod::Keep,
            ..gif::Frame::default()
        };
        self.encoder.write_frame(&frame).map_err(failed)
    }

    fn end(self) -> Result<Vec<u8>, FigureError> {
        let written = self.encoder.into_inner();
        written.map_err(|error| FigureError::Drawing(error.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn episode() -> Vec<Moment> {
        let moment = |step: usize| Moment {
            observation: vec![0.02 * step as f64, 0.0, 0.01 * step as f64, 0.0],
            step,
            total: step as f64,
        };
        (0..12).map(moment).collect()
    }

    #[test]
    fn two_films_of_one_episode_are_equal_and_hold_its_pictures() {
        let film = || gif("CartPole-v1", &[episode()], "of a test").unwrap();
        let bytes = film();
        assert_eq!(bytes, film());
        assert!(bytes.starts_with(b"GIF89a"));
        let mut decoder = gif::DecodeOptions::new().read_info(&bytes[..]).unwrap();
        let (mut frames, mut time) = (0, 0);
        while let Some(frame) = decoder.read_next_frame().unwrap() {
            frames += 1;
            time += frame.delay;
        }
        // Every second moment of twelve, and the last.
        assert_eq!((frames, time), (7, 6 * 4 + 100));
    }

    #[test]
    fn every_scene_draws_whatever_is_shown() {
        for task in drawable() {
            for observation in [vec![], vec![0.1; 6], vec![1e9; 6]] {
                let moment = Moment {
                    observation,
                    step: 3,
                    total: -2.5,
                };
                let moments = [moment.clone(), moment];
                let svg = strip(task, &moments, Format::Svg).unwrap();
                assert!(svg.starts_with(b"<svg"), "{task}");
            }
        }
        let problem = gif("Hopper-v5", &[episode()], "").unwrap_err().to_string();
        assert!(problem.contains("Hopper-v5 cannot be drawn; "), "{problem}");
    }
}
