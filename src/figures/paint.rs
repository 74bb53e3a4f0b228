//! One skeleton for all figures: a picture painted where it was arranged.

use plotters::style::RGBAColor;

use super::arrange::{Arrangement, Place, ticks};
use super::canvas::{Align, Canvas, Painted, Pen, TextLook, escape};
use super::panel::Placed;
use super::picture::{Block, Panel, Picture, Ticks};
use super::style::GRID;

/// Paints everything.
pub(super) fn paint(canvas: &Canvas, picture: &Picture, places: &Arrangement) -> Painted {
    let mut number = 0;
    for (place, block) in picture.blocks.iter().enumerate() {
        titles(canvas, places, place)?;
        for row in 0..block.panels.len() {
            let attributes = format!("class=\"panel\" data-panel=\"{number}\"");
            let at = At { place, row };
            canvas.group(&attributes, || panel(canvas, block, places, at))?;
            number += 1;
        }
    }
    if !picture.x_name.is_empty() {
        canvas.text(&picture.x_name, places.x_name, places.letters.name())?;
    }
    if let Some(first) = places.frames.first().and_then(|frames| frames.first()) {
        places.direct.paint(canvas, *first, places.letters)?;
    }
    let legend = &places.legend;
    match &places.place {
        Place::Aside(at) => legend.paint_column(canvas, *at)?,
        Place::Below(rows, top) => legend.paint_rows(canvas, rows, places.size.0, *top)?,
    }
    let (lines, mut baseline) = (&places.note.0, places.note.1);
    for line in lines {
        let look = places.letters.detail();
        canvas.text(line, (places.size.0 / 2.0, baseline), look)?;
        baseline += 1.3 * look.size;
    }
    Ok(())
}

/// Which panel.
#[derive(Clone, Copy)]
struct At {
    place: usize,
    row: usize,
}

/// The lines above a block; the last of them just above its first panel.
fn titles(canvas: &Canvas, places: &Arrangement, place: usize) -> Painted {
    let Some(frame) = places.frames[place].first() else {
        return Ok(());
    };
    let titles = &places.titles[place];
    let center = (frame.left + frame.right) / 2.0;
    let mut baseline = frame.top - 4.0;
    if !titles.plain.is_empty() {
        let look = places.letters.name();
        canvas.text(&titles.plain, (center, baseline), look)?;
        baseline -= 1.25 * look.size;
    }
    let look = places.letters.title();
    for line in titles.bold.iter().rev() {
        canvas.text(line, (center, baseline), look)?;
        baseline -= 1.25 * look.size;
    }
    Ok(())
}

/// A panel: its axes, then its marks.
fn panel(canvas: &Canvas, block: &Block, places: &Arrangement, at: At) -> Painted {
    let panel = &block.panels[at.row];
    let placed = Placed {
        canvas,
        frame: places.frames[at.place][at.row],
        x: panel.x.scale,
        y: panel.y.scale,
        size: places.letters,
    };
    let is_first = at.place.is_multiple_of(places.columns);
    let is_lowest = at.row + 1 == block.panels.len();
    canvas.group("class=\"axis y\"", || {
        vertical(&placed, panel, is_first || places.own_numbers)?;
        match is_first {
            true => y_name(&placed, panel, places),
            false => Ok(()),
        }
    })?;
    canvas.group("class=\"axis x\"", || horizontal(&placed, panel, is_lowest))?;
    canvas.group("class=\"marks\"", || {
        panel
            .marks
            .iter()
            .try_for_each(|mark| match mark.series.is_empty() {
                true => (mark.paint)(&placed),
                false => {
                    let attributes =
                        format!("class=\"series\" data-series=\"{}\"", escape(&mark.series));
                    canvas.group(&attributes, || (mark.paint)(&placed))
                }
            })
    })
}

/// The pen of the grid.
const FINE: Pen = Pen {
    color: RGBAColor(GRID.0, GRID.1, GRID.2, 1.0),
    width: 0.5,
    dash: &[],
};

/// Lines across the panel, and their numbers or names left of it.
fn vertical(placed: &Placed<'_>, panel: &Panel, numbered: bool) -> Painted {
    let frame = placed.frame;
    let look = TextLook {
        align: Align::End,
        ..placed.size.tick()
    };
    for (value, name) in ticks(&panel.y, frame.bottom - frame.top, placed.size, false) {
        let y = placed.at(0.0, value).1;
        placed
            .canvas
            .line(&[(frame.left, y), (frame.right, y)], FINE)?;
        if numbered {
            let at = (frame.left - 4.0, y + 0.36 * look.size);
            placed.canvas.text(&name, at, look)?;
        }
    }
    Ok(())
}

/// The name of the vertical axis.
fn y_name(placed: &Placed<'_>, panel: &Panel, places: &Arrangement) -> Painted {
    if panel.y.name.is_empty() {
        return Ok(());
    }
    let look = TextLook {
        upward: true,
        ..placed.size.name()
    };
    let middle = (placed.frame.top + placed.frame.bottom) / 2.0;
    placed
        .canvas
        .text(&panel.y.name, (places.y_names, middle), look)
}

/// Lines up the panel, and below the lowest one their numbers and name.
fn horizontal(placed: &Placed<'_>, panel: &Panel, is_lowest: bool) -> Painted {
    let frame = placed.frame;
    let look = placed.size.tick();
    for (value, name) in ticks(&panel.x, frame.right - frame.left, placed.size, true) {
        let x = placed.at(value, 0.0).0;
        // Rows have lines of their own, of which names are no values.
        if !matches!(panel.x.ticks, Ticks::Named(_)) {
            placed
                .canvas
                .line(&[(x, frame.top), (x, frame.bottom)], FINE)?;
        }
        if is_lowest {
            let at = (x, frame.bottom + look.size + 2.5);
            placed.canvas.text(&name, at, look)?;
        }
    }
    if is_lowest && !panel.x.name.is_empty() {
        let name = placed.size.name();
        let at = (
            (frame.left + frame.right) / 2.0,
            frame.bottom + look.size + 3.5 + 1.2 * name.size,
        );
        placed.canvas.text(&panel.x.name, at, name)?;
    }
    Ok(())
}
