//! The page of a search for settings.

use std::path::{Path, PathBuf};

use super::block::{Block, Document, Span, Target, Text, Tone, slug};
use super::chapter::{captions, name_of, tables};
use super::error::ReportError;
use super::pictures::All;
use super::sections::figure_at;
use super::tables::Parsed;
use crate::figures::Caption;

/// What the table of a search is called.
const TABLE: &str = "tables/search.md";

/// What a search left, files that a reader may want.
const DATA: [&str; 4] = [
    "chosen.toml",
    "settings.csv",
    "search.csv",
    "experiment.toml",
];

/// A search that was made.
pub(super) struct Search {
    /// Name of its folder.
    pub folder: String,
    /// What it was made to find out.
    pub question: String,
    /// Its table, in Markdown.
    table: String,
    captions: Vec<Caption>,
    /// Those of [`DATA`] that there are.
    data: Vec<String>,
}

/// Whether the folder is that of a search alone.
pub(super) fn is_one(dir: &Path) -> bool {
    dir.join(TABLE).is_file() && !dir.join("manifest.json").is_file()
}

impl Search {
    /// Reads it from its folder.
    ///
    /// # Errors
    /// If a file cannot be read.
    pub fn read(dir: &Path) -> Result<Self, ReportError> {
        let tables = tables(dir)?.into_iter();
        let table = tables.map(|table| (table.path == TABLE, table.text));
        let (_, table) = table.max_by_key(|(is_it, _)| *is_it).unwrap_or_default();
        let question = match Parsed::of(&table).intro.first() {
            Some(Block::Text(_, text)) => text.words(),
            _ => String::new(),
        };
        let has = |name: &&str| dir.join(PathBuf::from(*name)).is_file();
        Ok(Self {
            folder: name_of(dir),
            question,
            table,
            captions: match has(&"figures/captions.json") {
                true => captions(dir)?,
                false => Vec::new(),
            },
            data: DATA
                .iter()
                .copied()
                .filter(has)
                .map(str::to_owned)
                .collect(),
        })
    }

    /// Whether it has figures.
    pub fn is_drawn(&self) -> bool {
        !self.captions.is_empty()
    }

    /// Its page.
    pub fn document(&self, all: &All) -> Document {
        let parsed = Parsed::of(&self.table);
        let mut blocks = vec![Block::heading(1, "title", Text::plain(&self.question))];
        // The question is the first sentence of the table; the rules are the next.
        let mut intro = parsed.intro.into_iter().skip(1);
        blocks.extend(intro.next());
        let scales: Vec<Block> = intro.collect();
        if !scales.is_empty() {
            blocks.push(Block::details(
                "What scores of each rung are measured by",
                scales,
            ));
        }
        blocks.extend(self.figures(all));
        for section in parsed.sections {
            let id = slug(&section.title);
            blocks.push(Block::heading(2, id, Text::plain(section.title)));
            blocks.extend(section.blocks);
        }
        blocks.push(Block::heading(2, "data", Text::plain("Data")));
        let data = self.data.iter().map(String::as_str).chain([TABLE]);
        let data = data.map(|name| Text(vec![self.file(name)]));
        blocks.push(Block::List(Tone::Compact, data.collect()));
        blocks.push(Block::Text(
            Tone::Note,
            Text::plain("What it chose is derived again by:"),
        ));
        blocks.push(Block::Code(format!(
            "trpo-lab search {} --check",
            self.folder
        )));
        Document {
            title: format!("{}: results of trpo-lab", self.folder),
            folder: Some(self.folder.clone()),
            blocks,
        }
    }

    /// What `REPORT.md` says of it.
    pub fn summary(&self) -> Vec<Block> {
        let mut text = Text::plain(format!("{} ", self.question));
        for (place, name) in self
            .data
            .iter()
            .map(String::as_str)
            .chain([TABLE])
            .enumerate()
        {
            if place > 0 {
                text = text.and(Span::Plain(" · ".to_owned()));
            }
            text = text.and(self.file(name));
        }
        vec![
            Block::heading(3, self.folder.clone(), Text::plain(&self.folder)),
            Block::Text(Tone::Plain, text),
        ]
    }

    fn file(&self, name: &str) -> Span {
        Span::Link(
            Target::File(format!("{}/{name}", self.folder)),
            name.to_owned(),
        )
    }

    fn figures(&self, all: &All) -> Vec<Block> {
        let mut pictures = all.for_a_page();
        let mut blocks = Vec::new();
        for caption in &self.captions {
            let id = format!("figure-{}", caption.name);
            blocks.push(Block::heading(2, id, Text::plain(&caption.title)));
            let picture = pictures.take(&self.folder, &caption.name);
            blocks.push(figure_at(
                (&self.folder, &self.folder),
                caption,
                true,
                picture,
            ));
        }
        blocks
    }
}
