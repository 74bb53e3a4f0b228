//! What several documents say: claims, figures, settings, origin.

use super::block::{Block, Figure, Picture, Span, Table, Target, Text, Tone};
use super::chapter::{Chapter, Extra};
use super::claims::{Entry, expected, table};
use super::pictures::Pictures;
use super::{Report, block::slug};
use crate::figures::Caption;

/// Plain words as a piece of a text.
pub(super) fn words(text: impl Into<String>) -> Span {
    Span::Plain(text.into())
}

/// A link to what is said of an experiment.
pub(super) fn link(folder: &str) -> Span {
    Span::Link(Target::Experiment(folder.to_owned()), folder.to_owned())
}

/// How it is made.
pub(super) fn how(method: &str) -> Option<Block> {
    let text = Text::plain(method);
    (!method.is_empty()).then_some(Block::Text(Tone::Plain, text))
}

/// The heading of all claims, how many may err, and a row each.
pub(super) fn claims(claims: &[Entry]) -> Vec<Block> {
    let header = ["", "claim", "verdict", "experiment", "stated"];
    let row = |entry: &Entry| {
        let claim = Span::Link(Target::Claim(entry.number), entry.judged.text.clone());
        vec![
            Text::plain(entry.number.to_string()),
            Text(vec![claim]),
            Text(vec![Span::Badge(entry.judged.verdict)]),
            Text(vec![link(&entry.folder)]),
            Text::plain(&entry.stated),
        ]
    };
    vec![
        Block::heading(2, "claims", Text::plain("Claims")),
        Block::Text(Tone::Note, Text::marked(&expected(claims))),
        Block::Table(Table {
            header: header.map(Text::plain).to_vec(),
            rows: claims.iter().map(row).collect(),
            numeric: vec![false; header.len()],
        }),
    ]
}

/// A claim with its numbers, and its figure unless an earlier one has it.
pub(super) fn claim(entry: &Entry, report: &Report, pictures: &mut Pictures<'_>) -> Vec<Block> {
    let judged = &entry.judged;
    let mut said = Text(vec![
        words("Verdict: "),
        Span::Badge(judged.verdict),
        words(" (experiment "),
        link(&entry.folder),
        words(format!(", {}).", entry.stated)),
    ]);
    for (label, text) in [
        ("Source", &judged.source),
        ("It would fail if", &judged.could_fail),
    ] {
        if let Some(text) = text {
            said.0.push(words(format!(" {label}: ")));
            said.0.extend(Text::marked(text.trim_end_matches('.')).0);
            said.0.push(words("."));
        }
    }
    let heading = format!("{}. {}", entry.number, judged.text);
    let id = format!("claim-{}", entry.number);
    let mut blocks = vec![
        Block::heading(3, id, Text::plain(heading)),
        Block::Text(Tone::Plain, said),
        Block::Table(table(judged)),
    ];
    if let Some((experiment, caption)) = figure_of(entry, report) {
        let first = shown_by(caption, &entry.folder, &report.claims);
        blocks.push(match first.filter(|first| first.number < entry.number) {
            Some(first) => Block::Text(
                Tone::Note,
                Text(vec![
                    words("The figure stands with "),
                    Span::Link(
                        Target::Claim(first.number),
                        format!("claim {}", first.number),
                    ),
                    words("."),
                ]),
            ),
            None => {
                let picture = pictures.take(&entry.folder, &caption.name);
                figure_at((&entry.folder, experiment), caption, false, picture)
            }
        });
    }
    blocks
}

/// The figure that shows a claim, with the name of its experiment.
fn figure_of<'a>(entry: &Entry, report: &'a Report) -> Option<(&'a str, &'a Caption)> {
    let chapters = report.chapters.iter().map(|chapter| {
        let name = chapter.manifest.experiment.as_str();
        (&chapter.folder, name, &chapter.captions)
    });
    let alone = report.alone.iter();
    let alone = alone.map(|one| (&one.folder, one.folder.as_str(), &one.captions));
    let mut all = chapters.chain(alone);
    let (_, experiment, captions) = all.find(|(folder, ..)| **folder == entry.folder)?;
    let name = entry.judged.figure.as_ref()?;
    let caption = captions.iter().find(|caption| caption.name == *name)?;
    Some((experiment, caption))
}

/// The claim with which a figure is shown: the first that names it.
pub(super) fn shown_by<'a>(
    caption: &Caption,
    folder: &str,
    claims: &'a [Entry],
) -> Option<&'a Entry> {
    claims
        .iter()
        .find(|entry| entry.folder == folder && entry.judged.figure.as_ref() == Some(&caption.name))
}

/// A figure of an experiment.
pub(super) fn figure(
    chapter: &Chapter,
    caption: &Caption,
    is_headed: bool,
    pictures: &mut Pictures<'_>,
) -> Block {
    let place = (
        chapter.folder.as_str(),
        chapter.manifest.experiment.as_str(),
    );
    figure_at(
        place,
        caption,
        is_headed,
        pictures.take(&chapter.folder, &caption.name),
    )
}

/// A figure in a folder, of an experiment of this name.
pub(super) fn figure_at(
    (folder, experiment): (&str, &str),
    caption: &Caption,
    is_headed: bool,
    inline: Option<Picture>,
) -> Block {
    let alt = match caption.alt.is_empty() {
        true => &caption.title,
        false => &caption.alt,
    };
    Block::Figure(Figure {
        folder: folder.to_owned(),
        name: caption.name.clone(),
        title: caption.title.clone(),
        is_headed,
        caption: caption.caption.clone(),
        alt: alt.clone(),
        experiment: experiment.to_owned(),
        inline,
    })
}

/// A table that the report makes, under a heading of `level`.
pub(super) fn extra(extra: &Extra, level: u8, prefix: &str) -> Vec<Block> {
    let id = format!("{prefix}{}", slug(extra.title));
    vec![
        Block::heading(level, id, Text::plain(extra.title)),
        Block::Text(Tone::Note, extra.intro.clone()),
        Block::Table(extra.table.clone()),
    ]
}

/// Links to the settings, to what the runs left, and where all of it comes from.
pub(super) fn origin(chapter: &Chapter, level: u8, prefix: &str) -> Vec<Block> {
    let heading =
        |text: &str| Block::heading(level, format!("{prefix}{}", slug(text)), Text::plain(text));
    let file = |path: &str, text: &str| {
        let path = format!("{}/{path}", chapter.folder);
        Text(vec![Span::Link(Target::File(path), text.to_owned())])
    };
    let settings = chapter.settings.iter();
    let settings = settings.map(|one| file(&one.path, &one.heading));
    let data = chapter.data.iter().map(|name| file(name, name));
    vec![
        heading("Settings"),
        Block::List(Tone::Compact, settings.collect()),
        heading("Data"),
        Block::List(Tone::Compact, data.collect()),
        heading("Origin"),
        Block::Facts(chapter.facts()),
        Block::Text(Tone::Note, Text::plain("Drawn again by:")),
        Block::Code(format!("{}\ntrpo-lab report", chapter.redraw)),
    ]
}
