//! The page of what has one table and one figure, and runs of which nothing else is told: a
//! search for settings, or a study.

use std::path::{Path, PathBuf};

use super::block::{Block, Document, Span, Target, Text, Tone, slug};
use super::chapter::{captions, method, name_of, tables};
use super::claims::Stating;
use super::error::ReportError;
use super::pictures::All;
use super::sections::{figure_at, how};
use super::tables::Parsed;
use crate::claims::Judged;
use crate::experiment::stated::Stated;
use crate::figures::Caption;
use crate::studies::made::TABLE;
use crate::studies::results::{FILE, Results};
use crate::summary::SummaryError;

/// What it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum What {
    Search,
    Study,
}

impl What {
    const ALL: [Self; 2] = [What::Search, What::Study];

    /// Its table.
    fn table(self) -> &'static str {
        match self {
            What::Search => "tables/search.md",
            What::Study => TABLE,
        }
    }

    /// What it left, files that a reader may want.
    fn data(self) -> &'static [&'static str] {
        match self {
            What::Search => &[
                "chosen.toml",
                "settings.csv",
                "search.csv",
                "experiment.toml",
            ],
            What::Study => &["study.csv", FILE, "claims.json", "experiment.toml"],
        }
    }

    /// In a list of experiments.
    pub fn words(self) -> &'static str {
        match self {
            What::Search => "a search for settings",
            What::Study => "a study, in which nothing is trained as usual",
        }
    }
}

/// One that was made.
pub(super) struct Alone {
    /// What it is.
    pub what: What,
    /// Name of its folder.
    pub folder: String,
    /// What it was made to find out.
    pub question: String,
    /// Its table, in Markdown.
    table: String,
    /// How it is made, in the words of its file.
    method: String,
    /// Its figures.
    pub captions: Vec<Caption>,
    /// Of a study, what was claimed and when it was stated.
    pub claims: Stating,
    /// Those of [`What::data`] that there are.
    data: Vec<String>,
}

/// What the folder is, if it is one.
pub(super) fn of(dir: &Path) -> Option<What> {
    let is_it = |what: &What| dir.join(what.table()).is_file();
    let is_alone = !dir.join("manifest.json").is_file();
    What::ALL.into_iter().filter(|_| is_alone).find(is_it)
}

/// What was claimed of a study, and when it was stated.
fn claimed(dir: &Path) -> Result<Stating, ReportError> {
    let results = Results::read(dir)?;
    let stated = Stated::read(dir).map_err(SummaryError::from)?;
    let claims = results.judged().into_iter();
    let with = |judged: Judged| {
        let statement = results.stated(&stated, &judged.id).cloned();
        (judged, statement)
    };
    Ok(claims.map(with).collect())
}

impl Alone {
    /// Reads it from its folder.
    ///
    /// # Errors
    /// If a file cannot be read.
    pub fn read(dir: &Path, what: What) -> Result<Self, ReportError> {
        let tables = tables(dir)?.into_iter();
        let table = tables.map(|table| (table.path == what.table(), table.text));
        let (_, table) = table.max_by_key(|(is_it, _)| *is_it).unwrap_or_default();
        let question = match Parsed::of(&table).intro.first() {
            Some(Block::Text(_, text)) => text.words(),
            _ => String::new(),
        };
        let has = |name: &&str| dir.join(PathBuf::from(*name)).is_file();
        let claims = match what {
            What::Search => Vec::new(),
            What::Study => claimed(dir)?,
        };
        Ok(Self {
            what,
            claims,
            method: method(dir),
            folder: name_of(dir),
            question,
            table,
            captions: match has(&"figures/captions.json") {
                true => captions(dir)?,
                false => Vec::new(),
            },
            data: what
                .data()
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

    /// Its page, with a list of the claims that it decides.
    pub fn document(&self, claimed: Vec<Block>, all: &All) -> Document {
        let parsed = Parsed::of(&self.table);
        let mut blocks = vec![Block::heading(1, "title", Text::plain(&self.question))];
        blocks.extend(how(&self.method));
        // The question is the first sentence of the table; the rules are the next.
        let mut intro = parsed.intro.into_iter().skip(1);
        blocks.extend(intro.next());
        let rest: Vec<Block> = intro.collect();
        match self.what {
            _ if rest.is_empty() => {}
            What::Search => blocks.push(Block::details(
                "What scores of each rung are measured by",
                rest,
            )),
            // Where times were measured.
            What::Study => blocks.extend(rest),
        }
        blocks.extend(claimed);
        blocks.extend(self.figures(all));
        for section in parsed.sections {
            let id = slug(&section.title);
            blocks.push(Block::heading(2, id, Text::plain(section.title)));
            blocks.extend(section.blocks);
        }
        blocks.push(Block::heading(2, "data", Text::plain("Data")));
        let data = self
            .data
            .iter()
            .map(String::as_str)
            .chain([self.what.table()]);
        let data = data.map(|name| Text(vec![self.file(name)]));
        blocks.push(Block::List(Tone::Compact, data.collect()));
        let (said, command) = match self.what {
            What::Search => ("What it chose is derived again by:", "search NAME --check"),
            What::Study => ("It is made again by:", "run NAME --again"),
        };
        blocks.push(Block::Text(Tone::Note, Text::plain(said)));
        let command = command.replace("NAME", &self.folder);
        blocks.push(Block::Code(format!("trpo-lab {command}")));
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
            .chain([self.what.table()])
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
