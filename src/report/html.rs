//! Blocks as HTML.

use std::fmt::Write;

use super::block::{Block, Figure, Picture, Span, Table, Target, Text, Tone};
use crate::claims::Verdict;
use crate::figures::escape;

/// Tables of more columns than this become cards on screens of middling width.
const NARROW: usize = 5;

/// Cells of at most so many letters stand beside each other in a card.
const SHORT: usize = 12;

/// Intervals of at most so many letters are not broken where there is room.
const WHOLE: usize = 20;

/// Renders blocks for a page that lies in a folder of the results, or beside them.
pub(super) struct Html<'a> {
    /// The folder of the experiment that the page is about.
    pub folder: Option<&'a str>,
}

impl Html<'_> {
    pub fn blocks(&self, blocks: &[Block]) -> String {
        blocks.iter().map(|block| self.block(block)).collect()
    }

    fn block(&self, block: &Block) -> String {
        match block {
            Block::Heading { level, id, text } => self.heading(*level, id, text),
            Block::Text(tone, text) => {
                format!("<p{}>{}</p>\n", class(*tone), self.text(text))
            }
            Block::List(tone, items) => {
                let items = items.iter();
                let items = items.map(|item| format!("<li>{}</li>\n", self.text(item)));
                let items: String = items.collect();
                format!("<ul{}>\n{items}</ul>\n", class(*tone))
            }
            Block::Table(table) => self.table(table),
            Block::Figure(figure) => self.figure(figure),
            Block::Code(lines) => format!("<pre><code>{}</code></pre>\n", escape(lines.trim_end())),
            Block::Details { summary, blocks } => format!(
                "<details class=\"more\">\n<summary>{}</summary>\n<div>\n{}</div>\n</details>\n",
                self.text(summary),
                self.blocks(blocks)
            ),
            Block::Facts(facts) => {
                let facts = facts.iter();
                let facts = facts
                    .map(|(name, value)| format!("<dt>{name}</dt><dd>{}</dd>\n", self.text(value)));
                format!("<dl>\n{}</dl>\n", facts.collect::<String>())
            }
        }
    }

    fn heading(&self, level: u8, id: &str, text: &Text) -> String {
        let (id, label) = (escape(id), escape(&text.words()));
        let link = match level {
            1 => String::new(),
            _ => {
                format!(" <a class=\"anchor\" href=\"#{id}\" aria-label=\"Link to: {label}\">#</a>")
            }
        };
        format!(
            "<h{level} id=\"{id}\">{}{link}</h{level}>\n",
            self.text(text)
        )
    }

    pub fn text(&self, text: &Text) -> String {
        text.0.iter().map(|span| self.span(span)).collect()
    }

    fn span(&self, span: &Span) -> String {
        let text = escape(span.words());
        match span {
            Span::Plain(_) => text,
            Span::Bold(_) => format!("<strong>{text}</strong>"),
            Span::Code(_) => format!("<code>{text}</code>"),
            Span::Aside(aside) if aside.chars().count() <= WHOLE => {
                format!("<span class=\"aside whole\">{text}</span>")
            }
            Span::Aside(_) => format!("<span class=\"aside\">{text}</span>"),
            Span::Failed(_) => format!(" <span class=\"failed\">{}</span>", text.trim_start()),
            Span::Link(target, _) => format!("<a href=\"{}\">{text}</a>", self.to(target)),
            Span::Badge(verdict) => badge(*verdict),
        }
    }

    /// Where a link leads, from this page.
    pub fn to(&self, target: &Target) -> String {
        let root = if self.folder.is_some() { "../" } else { "" };
        let is_here = |folder: &str| self.folder == Some(folder);
        let path = match target {
            Target::Here(id) => format!("#{id}"),
            Target::Experiment(folder) if is_here(folder) => "#top".to_owned(),
            Target::Experiment(folder) => format!("{root}{folder}/index.html"),
            Target::Claim(number) if self.folder.is_none() => format!("#claim-{number}"),
            Target::Claim(number) => format!("{root}index.html#claim-{number}"),
            Target::File(path) => self.file(path),
            Target::Start => format!("{root}index.html"),
        };
        escape(&path)
    }

    /// The way to a file that is named from the folder of the results.
    fn file(&self, path: &str) -> String {
        match (self.folder, path.split_once('/')) {
            (Some(folder), Some((first, rest))) if first == folder => rest.to_owned(),
            (Some(_), _) => format!("../{path}"),
            (None, _) => path.to_owned(),
        }
    }

    fn table(&self, table: &Table) -> String {
        let class = class_of(table);
        let mut out =
            format!("<div class=\"table\"><table role=\"table\"{class}>\n<thead><tr role=\"row\">");
        let is_number = |column: usize| table.numeric.get(column) == Some(&true);
        for (column, name) in table.header.iter().enumerate() {
            let class = if is_number(column) {
                " class=\"number\""
            } else {
                ""
            };
            let name = self.text(name);
            let _ = write!(
                out,
                "<th role=\"columnheader\" scope=\"col\"{class}>{name}</th>"
            );
        }
        out.push_str("</tr></thead>\n<tbody>\n");
        for row in &table.rows {
            out.push_str("<tr role=\"row\">");
            for (column, cell) in row.iter().enumerate() {
                let label = table.header.get(column).map(Text::words);
                let cell = self.cell(cell, column, is_number(column), &label.unwrap_or_default());
                out.push_str(&cell);
            }
            out.push_str("</tr>\n");
        }
        out.push_str("</tbody>\n</table></div>\n");
        out
    }

    fn cell(&self, cell: &Text, column: usize, is_number: bool, label: &str) -> String {
        let is_marked = cell.0.iter().any(|span| matches!(span, Span::Bold(_)));
        let classes: Vec<&str> = [
            (is_number, "number"),
            (is_number && is_marked, "best"),
            (cell.is_empty(), "empty"),
        ]
        .into_iter()
        .filter_map(|(is_so, class)| is_so.then_some(class))
        .collect();
        let class = match classes.is_empty() {
            true => String::new(),
            false => format!(" class=\"{}\"", classes.join(" ")),
        };
        let text = self.text(cell);
        if column == 0 {
            return format!(
                "<th role=\"rowheader\" scope=\"row\"{class} data-label=\"{}\">{text}</th>",
                escape(label)
            );
        }
        format!(
            "<td role=\"cell\"{class} data-label=\"{}\"><span>{text}</span></td>",
            escape(label)
        )
    }

    fn figure(&self, figure: &Figure) -> String {
        let file = figure.link();
        let file = escape(&self.file(&file));
        let picture = match &figure.inline {
            Some(picture) => of_picture(picture, figure),
            None => format!(
                "<div class=\"picture file\"><img src=\"{file}.svg\" loading=\"lazy\" alt=\"{}\"></div>\n",
                escape(&figure.alt)
            ),
        };
        let command = format!(
            "trpo-lab plot {} {} --format pdf --to .",
            figure.experiment, figure.name
        );
        format!(
            "<figure data-name=\"{}-{}\">\n{picture}<figcaption>{}</figcaption>\n\
             <div class=\"tools\"><a class=\"svg\" href=\"{file}.svg\">SVG</a>\
             <a href=\"{file}.png\">PNG</a>\
             <details class=\"pdf\"><summary>PDF</summary>\
             <code class=\"command\">{}</code></details></div>\n</figure>\n",
            escape(&figure.folder),
            escape(&figure.name),
            caption(figure),
            escape(&command)
        )
    }
}

/// The first sentence of a caption, and the others folded away.
fn caption(figure: &Figure) -> String {
    let title = match figure.is_headed {
        true => String::new(),
        false => format!("<strong>{}.</strong> ", escape(&figure.title)),
    };
    let text = &figure.caption;
    let ends = text.match_indices(". ").map(|(place, _)| place + 1);
    let mut ends = ends.filter(|&end| text[end + 1..].starts_with(char::is_uppercase));
    match ends.next() {
        None => format!("<p>{title}{}</p>", escape(text)),
        Some(end) => format!(
            "<p>{title}{}</p><details class=\"read\"><summary>How to read it</summary><p>{}</p>\
             </details>",
            escape(&text[..end]),
            escape(text[end..].trim_start())
        ),
    }
}

/// A picture inside the page, with the data that the script reads.
fn of_picture(picture: &Picture, figure: &Figure) -> String {
    let data = match picture.data.is_empty() {
        true => String::new(),
        // Nothing in it may end the element.
        false => format!(
            "<script type=\"application/json\">{}</script>\n",
            picture.data.replace('<', "\\u003c")
        ),
    };
    let svg = picture.svg.trim_end();
    let (root, rest) = svg.split_once('>').unwrap_or((svg, ""));
    let role = match root.contains("role=") {
        true => "",
        false => " role=\"img\"",
    };
    let label = match root.contains("aria-label=") {
        true => String::new(),
        false => format!(" aria-label=\"{}\"", escape(&figure.alt)),
    };
    format!("<div class=\"picture\">{root}{role}{label}>{rest}</div>\n{data}")
}

/// How a table makes room on a small screen.
fn class_of(table: &Table) -> &'static str {
    let mut cells = table.rows.iter().flat_map(|row| row.iter().skip(1));
    let is_short = cells.all(|cell| cell.words().chars().count() <= SHORT);
    match (table.header.len() > NARROW, is_short) {
        (true, true) => " class=\"wide short\"",
        (true, false) => " class=\"wide\"",
        (false, _) => "",
    }
}

fn class(tone: Tone) -> String {
    let name = match tone {
        Tone::Plain => return String::new(),
        Tone::Lead => "lead",
        Tone::Notice => "notice",
        Tone::Note => "note",
        Tone::Compact => "compact",
    };
    format!(" class=\"{name}\"")
}

/// A verdict: its colour says no more than its words.
fn badge(verdict: Verdict) -> String {
    let class = match verdict {
        Verdict::Holds => "holds",
        Verdict::DoesNotHold => "fails",
        Verdict::CannotTell | Verdict::NotRun => "open",
    };
    format!("<span class=\"badge {class}\">{}</span>", verdict.words())
}

#[cfg(test)]
mod tests {
    use super::*;

    const AT: Html<'static> = Html {
        folder: Some("classic"),
    };

    #[test]
    fn links_lead_from_the_folder_of_the_page() {
        let file = |path: &str| Target::File(path.to_owned());
        for (target, path) in [
            (file("classic/tables/scores.md"), "tables/scores.md"),
            (file("other/tables/a.md"), "../other/tables/a.md"),
            (
                Target::Experiment("other".to_owned()),
                "../other/index.html",
            ),
            (Target::Experiment("classic".to_owned()), "#top"),
            (Target::Start, "../index.html"),
        ] {
            assert_eq!(AT.to(&target), path);
        }
        assert_eq!(Html { folder: None }.to(&file("a/b.toml")), "a/b.toml");
    }

    #[test]
    fn a_cell_knows_its_column_and_nothing_in_it_is_a_tag() {
        let rows = [["task", "me<an"], ["a & b", "**1** [0, 2]"]];
        let rows = rows.map(|row| row.map(str::to_owned).to_vec());
        let made = AT.block(&Block::Table(Table::of(&rows, &[1])));
        for part in [
            "<th role=\"columnheader\" scope=\"col\" class=\"number\">me&lt;an</th>",
            "scope=\"row\" data-label=\"task\">a &amp; b</th>",
            "class=\"number best\" data-label=\"me&lt;an\"><span><strong>1</strong>",
            "<span class=\"aside whole\"> [0, 2]</span>",
        ] {
            assert!(made.contains(part), "no `{part}` in {made}");
        }
    }
}
