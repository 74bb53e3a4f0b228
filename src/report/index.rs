//! The first page: the question, the answer, the claims, and where the rest is.

use super::block::{Block, Document, Span, Table, Text, Tone};
use super::chapter::Chapter;
use super::pictures::{All, Pictures};
use super::sections::{claim, claims, figure, link, words};
use super::takeaways;
use super::{Answer, CAUTION, LEFT_OUT, REGENERATE, Report};
use crate::figures::Caption;
use crate::format::count;

/// Figures of the main experiment beside the one of the answer; the others are on
/// its own page.
const FIGURES: usize = 3;

/// The page.
pub(super) fn document(report: &Report, all: &All) -> Document {
    let mut pictures = all.for_a_page();
    let main = &report.chapters[0];
    let mut blocks = vec![Block::heading(
        1,
        "results",
        Text::plain(&main.manifest.title),
    )];
    let mut captions = main.captions.iter();
    blocks.extend(notices(main));
    if let Some(answer) = &report.answer {
        blocks.push(Block::Text(Tone::Lead, Text::marked(&answer.first)));
        blocks.extend(takeaways::list(&report.claims));
        blocks.extend(answered(answer));
    }
    blocks.extend(
        captions
            .next()
            .map(|first| figure(main, first, false, &mut pictures)),
    );
    if let Some(answer) = &report.answer {
        blocks.extend(answer.behind(&main.notices(), vec![Block::Table(answer.pair.clone())]));
    }
    if !report.claims.is_empty() {
        blocks.extend(claims(&report.claims));
    }
    for entry in &report.claims {
        blocks.extend(claim(entry, report, &mut pictures));
    }
    blocks.extend(main_experiment(main, captions.as_slice(), &mut pictures));
    blocks.extend(experiments(report));
    blocks.push(Block::heading(
        2,
        "again",
        Text::plain("How they are made again"),
    ));
    blocks.push(Block::Text(Tone::Plain, Text::marked(REGENERATE)));
    blocks.push(Block::Text(Tone::Plain, Text::marked(CAUTION)));
    blocks.extend(left_out(report));
    Document {
        title: "Results of trpo-lab".to_owned(),
        folder: None,
        blocks,
    }
}

/// All variants on all tasks, and what its marks mean.
pub(super) fn answered(answer: &Answer) -> [Block; 2] {
    let note = "Mean of the score that was named before the runs, with its 95% interval. Marked: \
         better than every other of its task, equivalent to it, or as high as can be.";
    [
        Block::Table(answer.variants.clone()),
        Block::Text(Tone::Note, Text::plain(note)),
    ]
}

/// What is to be known of an experiment before anything that is shown of it.
pub(super) fn notices(chapter: &Chapter) -> Vec<Block> {
    let notices = chapter.notices().into_iter();
    let notices = notices.map(|sentence| Block::Text(Tone::Notice, Text::marked(&sentence)));
    notices.collect()
}

fn main_experiment(
    main: &Chapter,
    captions: &[Caption],
    pictures: &mut Pictures<'_>,
) -> Vec<Block> {
    let name = &main.manifest.experiment;
    let mut blocks = vec![
        Block::heading(
            2,
            "main",
            Text::plain(format!("The main experiment: {name}")),
        ),
        Block::Text(
            Tone::Plain,
            Text(vec![
                words(
                    "Its tables, verdicts on every pair, settings, data and all of its figures: ",
                ),
                link(&main.folder),
                words("."),
            ]),
        ),
    ];
    for caption in captions.iter().take(FIGURES) {
        let id = format!("main-{}", caption.name);
        blocks.push(Block::heading(3, id, Text::plain(&caption.title)));
        blocks.push(figure(main, caption, true, pictures));
    }
    blocks
}

/// A row for each page.
fn experiments(report: &Report) -> Vec<Block> {
    let header = ["experiment", "question", "what was run"];
    let chapters = report.chapters.iter().map(|chapter| {
        let manifest = &chapter.manifest;
        vec![
            Text(vec![link(&chapter.folder)]),
            Text::plain(&manifest.title),
            Text::plain(format!(
                "{} on {}, {}",
                count(manifest.variants.len(), "variant"),
                count(manifest.tasks.len(), "task"),
                chapter.runs_made()
            )),
        ]
    });
    let alone = report.alone.iter().map(|one| {
        vec![
            Text(vec![link(&one.folder)]),
            Text::plain(&one.question),
            Text::plain(one.what.words()),
        ]
    });
    vec![
        Block::heading(2, "experiments", Text::plain("All experiments")),
        Block::Table(Table {
            header: header.map(Text::plain).to_vec(),
            rows: chapters.chain(alone).collect(),
            numeric: vec![false; header.len()],
        }),
    ]
}

/// The experiments that are left out, and why.
pub(super) fn left_out(report: &Report) -> Vec<Block> {
    if report.left_out.is_empty() {
        return Vec::new();
    }
    let problems = report.left_out.iter().map(|problem| Text::marked(problem));
    vec![
        Block::heading(2, "left-out", Text::plain(LEFT_OUT)),
        Block::List(Tone::Plain, problems.collect()),
    ]
}

/// A sentence that names things, for the page of an experiment.
pub(super) fn named(before: &str, names: &[Span]) -> Text {
    let mut text = Text::plain(before);
    for (place, name) in names.iter().enumerate() {
        if place > 0 {
            text = text.and(words(", "));
        }
        text = text.and(name.clone());
    }
    text.and(words("."))
}
