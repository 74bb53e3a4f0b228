//! `REPORT.md`: the answer, the claims, and of every experiment its figures and its
//! main table; the rest is in files that it links.

use super::alone::{Alone, What};
use super::block::{Block, Document, Span, Target, Text, Tone};
use super::chapter::Chapter;
use super::index::{left_out, named};
use super::pictures::{All, Pictures};
use super::sections::{claim, claims, extra, figure, origin, shown_by, words};
use super::tables::Parsed;
use super::takeaways;
use super::{CAUTION, REGENERATE, Report};

/// The document.
pub(super) fn document(report: &Report, all: &All) -> Document {
    let mut pictures = all.for_text();
    let mut blocks = vec![Block::heading(1, "results", Text::plain("Results"))];
    if let Some(answer) = &report.answer {
        blocks.push(Block::heading(2, "answer", Text::plain("Answer")));
        blocks.push(Block::Text(Tone::Plain, Text::marked(&answer.first)));
        blocks.extend(takeaways::list(&report.claims));
        blocks.push(Block::Table(answer.pair.clone()));
        blocks.extend(answer.behind(&[], Vec::new()));
    }
    blocks.push(Block::Text(Tone::Plain, Text::marked(CAUTION)));
    blocks.push(Block::Text(Tone::Plain, Text::marked(REGENERATE)));
    if !report.claims.is_empty() {
        blocks.extend(claims(&report.claims));
    }
    for entry in &report.claims {
        blocks.extend(claim(entry, report, &mut pictures));
    }
    for chapter in &report.chapters {
        blocks.extend(of_chapter(chapter, report, &mut pictures));
    }
    for (what, id, title) in [
        (What::Study, "studies", "Studies"),
        (What::Search, "searches", "Searches"),
    ] {
        let mut its = report
            .alone
            .iter()
            .filter(|one| one.what == what)
            .peekable();
        if its.peek().is_some() {
            blocks.push(Block::heading(2, id, Text::plain(title)));
        }
        blocks.extend(its.flat_map(Alone::summary));
    }
    blocks.extend(left_out(report));
    Document {
        title: "Results".to_owned(),
        folder: None,
        blocks,
    }
}

fn of_chapter(chapter: &Chapter, report: &Report, pictures: &mut Pictures<'_>) -> Vec<Block> {
    let manifest = &chapter.manifest;
    let id = |name: &str| format!("{}-{name}", chapter.folder);
    let mut blocks = vec![
        Block::heading(2, chapter.folder.clone(), Text::plain(&manifest.experiment)),
        Block::Text(Tone::Plain, Text::plain(&manifest.title)),
    ];
    for sentence in chapter.notices() {
        blocks.push(Block::Text(Tone::Plain, Text::marked(&sentence)));
    }
    for caption in &chapter.captions {
        blocks.push(Block::heading(
            3,
            id(&caption.name),
            Text::plain(&caption.title),
        ));
        blocks.push(match shown_by(caption, &chapter.folder, &report.claims) {
            Some(claim) => {
                let claim = Span::Link(
                    Target::Claim(claim.number),
                    format!("claim {}", claim.number),
                );
                Block::Text(Tone::Plain, named("Shown with ", &[claim]))
            }
            None => figure(chapter, caption, true, pictures),
        });
    }
    blocks.extend(main_table(chapter));
    blocks.extend(other_tables(chapter));
    let prefix = format!("{}-", chapter.folder);
    for one in &chapter.extras {
        blocks.extend(extra(one, 3, &prefix));
    }
    blocks.extend(origin(chapter, 3, &prefix));
    blocks
}

/// The first section of the first table: the headline score.
fn main_table(chapter: &Chapter) -> Vec<Block> {
    let Some(table) = chapter
        .tables
        .first()
        .filter(|_| chapter.statistics.is_some())
    else {
        return Vec::new();
    };
    let parsed = Parsed::of(&table.text);
    let id = format!("{}-scores", chapter.folder);
    let mut blocks = vec![Block::heading(3, id, Text::plain(parsed.title))];
    blocks.extend(parsed.intro);
    blocks.extend(
        parsed
            .sections
            .into_iter()
            .next()
            .into_iter()
            .flat_map(|section| section.blocks),
    );
    blocks
}

/// Links to the tables.
fn other_tables(chapter: &Chapter) -> Option<Block> {
    let mut text = Text::plain("Tables in full: ");
    for (place, table) in chapter.tables.iter().enumerate() {
        if place > 0 {
            text = text.and(words(", "));
        }
        let file = Target::File(format!("{}/{}", chapter.folder, table.path));
        text = text.and(Span::Link(file, table.path.clone()));
    }
    (!chapter.tables.is_empty()).then(|| Block::Text(Tone::Plain, text.and(words("."))))
}
