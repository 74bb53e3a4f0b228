//! The report as one page that needs nothing else: figures inline, no script.

use std::fmt::Write;

use super::{Chapter, REGENERATE};
use crate::figures::escape;

const STYLE: &str = include_str!("style.css");

/// The whole of `index.html`.
pub(super) fn page(chapters: &[Chapter]) -> String {
    let mut out = format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n\
         <title>Results of trpo-lab</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n<main>\n\
         <h1>Results</h1>\n<p>{}</p>\n",
        inline(REGENERATE)
    );
    if chapters.len() > 1 {
        out.push_str("<nav><ul>\n");
        for chapter in chapters {
            let (id, title) = (escape(&chapter.folder), escape(&chapter.manifest.title));
            // Writing to a string cannot fail.
            let _ = writeln!(out, "<li><a href=\"#{id}\">{id}</a>: {title}</li>");
        }
        out.push_str("</ul></nav>\n");
    }
    for chapter in chapters {
        write_chapter(&mut out, chapter);
    }
    out.push_str("</main>\n</body>\n</html>\n");
    out
}

fn write_chapter(out: &mut String, chapter: &Chapter) {
    let manifest = &chapter.manifest;
    let _ = write!(
        out,
        "<section id=\"{}\">\n<h2>{}</h2>\n<p class=\"title\">{}</p>\n",
        escape(&chapter.folder),
        escape(&manifest.experiment),
        escape(&manifest.title)
    );
    for (caption, svg) in &chapter.figures {
        let _ = write!(
            out,
            "<figure>\n<h3>{}</h3>\n<div class=\"picture\">{}</div>\n\
             <figcaption>{}</figcaption>\n</figure>\n",
            escape(&caption.title),
            svg.trim_end(),
            escape(&caption.caption)
        );
    }
    for table in &chapter.tables {
        out.push_str(&from_markdown(table));
    }
    out.push_str("<h3>Settings</h3>\n");
    for settings in &chapter.settings {
        let _ = write!(
            out,
            "<details>\n<summary>{}</summary>\n<pre>{}</pre>\n</details>\n",
            escape(&settings.heading),
            escape(settings.toml.trim_end())
        );
    }
    out.push_str("<h3>Origin</h3>\n<dl>\n");
    for (name, value) in chapter.facts() {
        let _ = writeln!(out, "<dt>{name}</dt><dd>{}</dd>", escape(&value));
    }
    out.push_str("</dl>\n</section>\n");
}

/// The Markdown of our tables as HTML: headings, paragraphs of one line, pipe
/// tables; bold and code inside them.
fn from_markdown(markdown: &str) -> String {
    let mut out = String::new();
    let mut lines = markdown.lines().peekable();
    while let Some(line) = lines.next() {
        let marks = line.bytes().take_while(|&byte| byte == b'#').count();
        if line.starts_with('|') {
            let mut rows = vec![line];
            while let Some(row) = lines.next_if(|next| next.starts_with('|')) {
                rows.push(row);
            }
            write_table(&mut out, &rows);
        } else if marks > 0 {
            // The first level stands below the experiment's heading.
            let level = (marks + 2).min(6);
            let text = inline(line[marks..].trim());
            let _ = writeln!(out, "<h{level}>{text}</h{level}>");
        } else if !line.trim().is_empty() {
            let _ = writeln!(out, "<p class=\"note\">{}</p>", inline(line));
        }
    }
    out
}

/// A pipe table: the header, the alignments, the body.
fn write_table(out: &mut String, rows: &[&str]) {
    let rule = rows.get(1).copied().unwrap_or_default();
    let right: Vec<bool> = cells(rule)
        .map(|cell| cell.ends_with(':') && !cell.starts_with(':'))
        .collect();
    out.push_str("<div class=\"table\"><table>\n");
    for (number, row) in rows.iter().enumerate().filter(|(number, _)| *number != 1) {
        let tag = if number == 0 { "th" } else { "td" };
        out.push_str("<tr>");
        for (column, cell) in cells(row).enumerate() {
            let class = if right.get(column) == Some(&true) {
                " class=\"number\""
            } else {
                ""
            };
            let _ = write!(out, "<{tag}{class}>{}</{tag}>", inline(cell));
        }
        out.push_str("</tr>\n");
    }
    out.push_str("</table></div>\n");
}

fn cells(row: &str) -> impl Iterator<Item = &str> {
    row.trim().trim_matches('|').split('|').map(str::trim)
}

/// Escaped text with `**bold**` and `` `code` `` as tags.
fn inline(text: &str) -> String {
    let bold = between(&escape(text), "**", "strong");
    between(&bold, "`", "code")
}

/// Puts every second part between `marks` into the element `tag`.
fn between(text: &str, marks: &str, tag: &str) -> String {
    let parts: Vec<&str> = text.split(marks).collect();
    if parts.len().is_multiple_of(2) {
        // A mark without a partner means itself.
        return text.to_owned();
    }
    let wrap = |(number, part): (usize, &&str)| match number % 2 {
        0 => (*part).to_owned(),
        _ => format!("<{tag}>{part}</{tag}>"),
    };
    parts.iter().enumerate().map(wrap).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_become_tables_and_text_is_escaped() {
        let html =
            from_markdown("# A & B\n\n| name | mean |\n|:--|--:|\n| **x** | 1<2 |\n\nSee `a<b`.\n");
        assert_eq!(
            html,
            "<h3>A &amp; B</h3>\n<div class=\"table\"><table>\n\
             <tr><th>name</th><th class=\"number\">mean</th></tr>\n\
             <tr><td><strong>x</strong></td><td class=\"number\">1&lt;2</td></tr>\n\
             </table></div>\n<p class=\"note\">See <code>a&lt;b</code>.</p>\n"
        );
    }

    #[test]
    fn a_mark_without_a_partner_means_itself() {
        assert_eq!(inline("2 ** 3 and `x"), "2 ** 3 and `x");
    }
}
