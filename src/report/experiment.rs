//! The page of one experiment: all that is said of it.

use super::block::{Block, Document, Span, Target, Text, Tone};
use super::chapter::Chapter;
use super::index::{answered, named, notices};
use super::pictures::All;
use super::retuned::Retuned;
use super::sections::{extra, figure, how, origin};
use super::tables::Parsed;
use super::{Report, answer};

/// The page.
pub(super) fn document(chapter: &Chapter, report: &Report, all: &All) -> Document {
    let mut blocks = vec![Block::heading(
        1,
        "title",
        Text::plain(&chapter.manifest.title),
    )];
    blocks.extend(how(&chapter.method));
    blocks.extend(notices(chapter));
    blocks.extend(answered_here(chapter, report));
    blocks.extend(claimed(&chapter.folder, report));
    blocks.extend(figures(chapter, all));
    for table in &chapter.tables {
        let parsed = Parsed::of(&table.text);
        let file = format!("{}/{}", chapter.folder, table.path);
        blocks.extend(parsed.folded(2, ""));
        blocks.push(Block::Text(
            Tone::Note,
            named(
                "The same as text: ",
                &[Span::Link(Target::File(file), table.path.clone())],
            ),
        ));
    }
    for one in &chapter.extras {
        blocks.extend(extra(one, 2, ""));
    }
    blocks.extend(origin(chapter, 2, ""));
    Document {
        title: format!("{}: results of trpo-lab", chapter.manifest.experiment),
        folder: Some(chapter.folder.clone()),
        blocks,
    }
}

/// What it answers, if it compares anything.
fn answered_here(chapter: &Chapter, report: &Report) -> Vec<Block> {
    let retuned = Retuned::of(chapter, &report.chapters);
    let Some(answer) = answer::of(chapter, retuned.as_ref()) else {
        return Vec::new();
    };
    let mut blocks = vec![Block::Text(Tone::Lead, Text::marked(&answer.first))];
    blocks.extend(answered(&answer));
    blocks.extend(answer.behind(&chapter.notices(), vec![Block::Table(answer.pair.clone())]));
    blocks
}

/// Links to the claims that are asked of what lies in `folder`.
pub(super) fn claimed(folder: &str, report: &Report) -> Vec<Block> {
    let claims = report.claims.iter();
    let items: Vec<Text> = claims
        .filter(|entry| entry.folder == folder)
        .map(|entry| {
            let claim = Span::Link(Target::Claim(entry.number), entry.judged.text.clone());
            Text(vec![
                Span::Badge(entry.judged.verdict),
                Span::Plain(" ".to_owned()),
                claim,
            ])
        })
        .collect();
    if items.is_empty() {
        return Vec::new();
    }
    vec![
        Block::heading(2, "claims", Text::plain("Claims that it decides")),
        Block::List(Tone::Plain, items),
    ]
}

fn figures(chapter: &Chapter, all: &All) -> Vec<Block> {
    let mut pictures = all.for_a_page();
    let mut blocks = Vec::new();
    if !chapter.captions.is_empty() {
        blocks.push(Block::heading(2, "figures", Text::plain("Figures")));
    }
    for caption in &chapter.captions {
        let id = format!("figure-{}", caption.name);
        blocks.push(Block::heading(3, id, Text::plain(&caption.title)));
        blocks.push(figure(chapter, caption, true, &mut pictures));
    }
    blocks
}
