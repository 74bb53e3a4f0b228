//! What the report says, without how it looks: documents of blocks, which
//! `markdown` and `html` render.

use crate::claims::Verdict;

/// One document: `REPORT.md`, or one page.
pub(super) struct Document {
    /// What the browser calls it.
    pub title: String,
    /// The folder of the experiment that it is about; `None` for one that lies in
    /// the folder of the results itself.
    pub folder: Option<String>,
    pub blocks: Vec<Block>,
}

/// A part of a document.
pub(super) enum Block {
    /// A heading of level 1 to 6, to which `id` leads.
    Heading {
        level: u8,
        id: String,
        text: Text,
    },
    Text(Tone, Text),
    List(Tone, Vec<Text>),
    Table(Table),
    Figure(Figure),
    /// Lines as they stand in a file or a terminal.
    Code(String),
    /// What is folded away under a summary.
    Details {
        summary: Text,
        blocks: Vec<Block>,
    },
    /// Names with values.
    Facts(Vec<(&'static str, Text)>),
}

/// How loud a text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tone {
    Plain,
    /// The answer, which is read first.
    Lead,
    /// What is to be known before the rest.
    Notice,
    /// What explains a table or a figure.
    Note,
    /// Short items, as many beside each other as there is room for.
    Compact,
}

/// A text of pieces.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Text(pub Vec<Span>);

/// A piece of a text, without meaning for any language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Span {
    Plain(String),
    Bold(String),
    Code(String),
    /// What stands behind a number: its interval, its failures.
    Aside(String),
    /// That runs failed.
    Failed(String),
    Link(Target, String),
    /// The verdict on a claim.
    Badge(Verdict),
}

/// Where a link leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Target {
    /// The heading with this id in the same document.
    Here(String),
    /// What is said of the experiment in this folder.
    Experiment(String),
    /// A file, by its path from the folder of the results.
    File(String),
    /// What is said of the claim of this number.
    Claim(usize),
    /// The first page.
    Start,
}

/// A table: a header, and rows of as many cells.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Table {
    pub header: Vec<Text>,
    pub rows: Vec<Vec<Text>>,
    /// Which columns hold numbers.
    pub numeric: Vec<bool>,
}

/// A figure of an experiment.
pub(super) struct Figure {
    /// The folder of the experiment.
    pub folder: String,
    /// Name of its files, without the extension.
    pub name: String,
    pub title: String,
    /// Whether a heading above it says its title.
    pub is_headed: bool,
    pub caption: String,
    /// What it shows, in a sentence.
    pub alt: String,
    /// Name under which commands know the experiment.
    pub experiment: String,
    /// `None` where the file is shown as it lies.
    pub inline: Option<Picture>,
}

impl Figure {
    /// Its files as a link names them, without the extension: the name of a task of
    /// Gymnasium has a `%` in paths, which a link would read.
    pub fn link(&self) -> String {
        let name = self.name.replace('%', "%25");
        format!("{}/figures/{name}", self.folder)
    }
}

/// A picture as a part of the page.
pub(super) struct Picture {
    pub svg: String,
    /// JSON of what is drawn; empty if there is nothing to point at.
    pub data: String,
}

impl Text {
    /// `text` as it is.
    pub fn plain(text: impl Into<String>) -> Self {
        Self(vec![Span::Plain(text.into())])
    }

    /// A sentence with `**bold**` and `` `code` ``, the marks of claims and tables. A
    /// mark without a partner means itself.
    pub fn marked(text: &str) -> Self {
        let mut spans = Vec::new();
        for (is_bold, piece) in split(text, "**") {
            match is_bold {
                true => spans.push(Span::Bold(piece.replace('`', ""))),
                false => {
                    spans.extend(split(piece, "`").into_iter().map(
                        |(is_code, piece)| match is_code {
                            true => Span::Code(piece.to_owned()),
                            false => Span::Plain(piece.to_owned()),
                        },
                    ))
                }
            }
        }
        Self(spans)
    }

    /// A cell that begins with a number, of which the rest is said more quietly.
    pub fn number(text: &str) -> Self {
        let Self(mut spans) = Self::marked(text);
        for place in 0..spans.len() {
            let Span::Plain(whole) = &spans[place] else {
                continue;
            };
            let from = [" [", " (", "; "]
                .iter()
                .filter_map(|mark| whole.find(mark));
            if let Some(from) = from.min() {
                let (number, rest) = whole.split_at(from);
                let (number, mut rest) = (number.to_owned(), rest.to_owned());
                for span in spans.drain(place + 1..) {
                    rest += span.words();
                }
                spans[place] = Span::Plain(number);
                spans.push(Span::Aside(rest));
                break;
            }
        }
        spans.retain(|span| !span.words().is_empty());
        Self(spans)
    }

    /// With a further piece.
    pub fn and(mut self, span: Span) -> Self {
        self.0.push(span);
        self
    }

    /// The words alone.
    pub fn words(&self) -> String {
        self.0.iter().map(Span::words).collect()
    }

    pub fn is_empty(&self) -> bool {
        self.0.iter().all(|span| span.words().trim().is_empty())
    }
}

impl Span {
    /// The words alone.
    pub fn words(&self) -> &str {
        match self {
            Self::Plain(text) | Self::Bold(text) | Self::Code(text) => text,
            Self::Aside(text) | Self::Failed(text) | Self::Link(_, text) => text,
            Self::Badge(verdict) => verdict.words(),
        }
    }
}

/// The pieces of `text` between `mark`s, every second of them inside a pair.
fn split<'a>(text: &'a str, mark: &str) -> Vec<(bool, &'a str)> {
    let parts: Vec<&str> = text.split(mark).collect();
    if parts.len().is_multiple_of(2) {
        return vec![(false, text)];
    }
    let parts = parts.into_iter().enumerate();
    let parts = parts.map(|(place, part)| (place % 2 == 1, part));
    parts.filter(|(_, part)| !part.is_empty()).collect()
}

impl Table {
    /// A header and rows of marked text, with numbers in the columns `right`.
    pub fn of(rows: &[Vec<String>], right: &[usize]) -> Self {
        let Some((header, body)) = rows.split_first() else {
            return Self::default();
        };
        let cell = |(column, text): (usize, &String)| match right.contains(&column) {
            true => Text::number(text),
            false => Text::marked(text),
        };
        Self {
            header: header.iter().map(|text| Text::marked(text)).collect(),
            rows: (body.iter())
                .map(|row| row.iter().enumerate().map(cell).collect())
                .collect(),
            numeric: (0..header.len())
                .map(|column| right.contains(&column))
                .collect(),
        }
    }

    /// The same with only these columns.
    pub fn columns(&self, columns: &[usize]) -> Self {
        let pick = |row: &Vec<Text>| {
            let cells = columns.iter().map(|&column| row.get(column).cloned());
            cells.map(Option::unwrap_or_default).collect()
        };
        Self {
            header: pick(&self.header),
            rows: self.rows.iter().map(pick).collect(),
            numeric: (columns.iter())
                .map(|&column| self.numeric.get(column) == Some(&true))
                .collect(),
        }
    }
}

impl Block {
    pub fn heading(level: u8, id: impl Into<String>, text: Text) -> Self {
        Self::Heading {
            level,
            id: id.into(),
            text,
        }
    }

    pub fn details(summary: impl Into<String>, blocks: Vec<Block>) -> Self {
        Self::Details {
            summary: Text::plain(summary),
            blocks,
        }
    }
}

/// `text` as the id of a heading, as GitHub makes them: letters and digits in lower
/// case, spaces as hyphens.
pub(super) fn slug(text: &str) -> String {
    let kept = text.trim().chars().filter_map(|letter| match letter {
        ' ' | '-' => Some('-'),
        '_' => Some('_'),
        letter if letter.is_alphanumeric() => Some(letter),
        _ => None,
    });
    kept.flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_become_pieces_and_one_without_a_partner_means_itself() {
        let bold = |text: &str| Span::Bold(text.to_owned());
        let plain = |text: &str| Span::Plain(text.to_owned());
        let code = |text: &str| Span::Code(text.to_owned());
        assert_eq!(
            Text::marked("**a** b `c<d`").0,
            [bold("a"), plain(" b "), code("c<d")]
        );
        assert_eq!(Text::marked("2 ** 3 and `x").0, [plain("2 ** 3 and `x")]);
        assert_eq!(
            Text::number("**1.5** [1.0, 2.0]; 1 of 5 failed").0,
            [
                bold("1.5"),
                Span::Aside(" [1.0, 2.0]; 1 of 5 failed".to_owned())
            ]
        );
        assert_eq!(Text::number("7 to 9").0, [plain("7 to 9")]);
    }

    #[test]
    fn ids_are_those_that_github_makes() {
        assert_eq!(
            slug("1. Clipping does not keep PPO's updates."),
            "1-clipping-does-not-keep-ppos-updates"
        );
        assert_eq!(slug("vpg-0_01 & more"), "vpg-0_01--more");
    }
}
