//! Documents as Markdown, for where the repository is browsed.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::block::{Block, Document, Figure, Span, Table, Target, Text, Tone, slug};

/// A document with its contents at the top.
pub(super) fn document(document: &Document) -> String {
    let anchors = anchors(&document.blocks);
    let mut out = String::new();
    let mut blocks = document.blocks.iter();
    if let Some(title @ Block::Heading { level: 1, .. }) = blocks.next() {
        write_block(&mut out, title, &anchors);
        write_contents(&mut out, &document.blocks, &anchors);
    }
    for block in blocks {
        write_block(&mut out, block, &anchors);
    }
    out
}

/// Blocks as a part of another document, whose headings they do not lead to.
pub(super) fn fragment(blocks: &[Block]) -> String {
    let mut out = String::new();
    for block in blocks {
        write_block(&mut out, block, &Anchors::new());
    }
    out.trim_start_matches('\n').to_owned()
}

/// The anchor that GitHub makes of a heading, by its id here.
type Anchors = BTreeMap<String, String>;

fn anchors(blocks: &[Block]) -> Anchors {
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    let mut anchors = Anchors::new();
    for block in blocks {
        if let Block::Heading { id, text, .. } = block {
            let slug = slug(&text.words());
            let before = seen.entry(slug.clone()).or_default();
            let anchor = match *before {
                0 => slug,
                // Of two headings with the same words the second gets a number.
                number => format!("{slug}-{number}"),
            };
            *before += 1;
            anchors.insert(id.clone(), anchor);
        }
    }
    anchors
}

/// Links to the headings of the second level.
fn write_contents(out: &mut String, blocks: &[Block], anchors: &Anchors) {
    out.push_str("\nContents:\n\n");
    for block in blocks {
        if let Block::Heading { level: 2, id, text } = block {
            let link = Span::Link(Target::Here(id.clone()), text.words());
            let _ = writeln!(out, "- {}", of_text(&Text(vec![link]), anchors));
        }
    }
}

fn write_block(out: &mut String, block: &Block, anchors: &Anchors) {
    let text = |text: &Text| of_text(text, anchors);
    // Writing to a string cannot fail.
    let _ = match block {
        Block::Heading {
            level, text: words, ..
        } => {
            let marks = "#".repeat((*level).into());
            let blank = if out.is_empty() { "" } else { "\n" };
            writeln!(out, "{blank}{marks} {}", text(words))
        }
        Block::Text(_, words) => writeln!(out, "\n{}", text(words)),
        Block::List(Tone::Compact, items) => {
            let items: Vec<String> = items.iter().map(text).collect();
            writeln!(out, "\n{}", items.join(" · "))
        }
        Block::List(_, items) => {
            out.push('\n');
            items
                .iter()
                .try_for_each(|item| writeln!(out, "- {}", text(item)))
        }
        Block::Table(table) => {
            out.push('\n');
            write_table(out, table, anchors);
            Ok(())
        }
        Block::Figure(figure) => {
            write_figure(out, figure);
            Ok(())
        }
        Block::Code(lines) => writeln!(out, "\n```sh\n{}\n```", lines.trim_end()),
        Block::Details { summary, blocks } => {
            let summary = escaped(&summary.words());
            let _ = writeln!(out, "\n<details>\n<summary>{summary}</summary>");
            for block in blocks {
                write_block(out, block, anchors);
            }
            writeln!(out, "\n</details>")
        }
        Block::Facts(facts) => {
            out.push_str("\n| | |\n|:--|:--|\n");
            let mut facts = facts.iter();
            facts.try_for_each(|(name, value)| {
                writeln!(out, "| {name} | {} |", cell(value, anchors))
            })
        }
    };
}

fn write_table(out: &mut String, table: &Table, anchors: &Anchors) {
    let line = |cells: &[Text]| {
        let cells: Vec<String> = cells.iter().map(|text| cell(text, anchors)).collect();
        format!("| {} |\n", cells.join(" | "))
    };
    let rule = table.numeric.iter().map(|is_number| match is_number {
        true => "--:",
        false => ":--",
    });
    let rule: Vec<&str> = rule.collect();
    let _ = writeln!(out, "{}|{}|", line(&table.header), rule.join("|"));
    for row in &table.rows {
        out.push_str(&line(row));
    }
}

fn write_figure(out: &mut String, figure: &Figure) {
    let file = figure.link();
    let _ = write!(
        out,
        "\n[![{}]({file}.png)]({file}.svg)\n\n{} Drawn by `trpo-lab plot {}`.\n",
        escaped(&figure.alt),
        escaped(&figure.caption),
        figure.experiment
    );
}

/// A text in a cell of a table.
fn cell(text: &Text, anchors: &Anchors) -> String {
    of_text(text, anchors).replace('|', "\\|")
}

fn of_text(text: &Text, anchors: &Anchors) -> String {
    text.0.iter().map(|span| of_span(span, anchors)).collect()
}

fn of_span(span: &Span, anchors: &Anchors) -> String {
    let text = span.words();
    match span {
        Span::Plain(_) | Span::Aside(_) | Span::Failed(_) => escaped(text),
        Span::Bold(_) | Span::Badge(_) => format!("**{}**", escaped(text)),
        Span::Code(_) => format!("`{text}`"),
        Span::Link(target, _) => {
            let anchor = |id: &str| match anchors.get(id) {
                Some(anchor) => format!("#{anchor}"),
                None => format!("#{id}"),
            };
            let to = match target {
                Target::Here(id) => anchor(id),
                Target::Experiment(folder) => anchor(folder),
                Target::Claim(number) => anchor(&format!("claim-{number}")),
                Target::File(path) => path.clone(),
                Target::Start => anchor("results"),
            };
            format!("[{}]({to})", escaped(text))
        }
    }
}

/// `text` without meaning as a tag.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_lead_to_the_anchors_of_headings() {
        let heading = |id: &str, text: &str| Block::heading(2, id, Text::plain(text));
        let link = Span::Link(Target::Here("b".to_owned()), "there".to_owned());
        let blocks = vec![
            Block::heading(1, "top", Text::plain("All")),
            heading("a", "A name"),
            heading("b", "A name"),
            Block::Text(Tone::Plain, Text(vec![link])),
        ];
        let made = document(&Document {
            title: String::new(),
            folder: None,
            blocks,
        });
        assert_eq!(
            made,
            "# All\n\nContents:\n\n- [A name](#a-name)\n- [A name](#a-name-1)\n\n## A name\n\n## \
             A name\n\n[there](#a-name-1)\n"
        );
    }

    #[test]
    fn nothing_in_a_text_means_a_tag_or_a_cell() {
        let table = Table::of(
            &[
                vec!["a<b".to_owned(), "n".to_owned()],
                vec!["`c<d` | e".to_owned(), "**1** [0, 2]".to_owned()],
            ],
            &[1],
        );
        assert_eq!(
            fragment(&[Block::Table(table)]),
            "| a&lt;b | n |\n|:--|--:|\n| `c<d` \\| e | **1** [0, 2] |\n"
        );
    }
}
