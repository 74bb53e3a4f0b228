//! The report as one page that needs nothing else: figures inline, no script.

use std::fmt::Write;

use super::answer::Answer;
use super::chapter::Chapter;
use super::claims::{Entry, expected, markdown, table};
use super::{CAUTION, LEFT_OUT, REGENERATE, Report, figure_of, shown_by};
use crate::claims::Verdict;
use crate::figures::{Caption, escape};
use crate::format::list;

const STYLE: &str = include_str!("style.css");

/// The whole of `index.html`.
pub(super) fn page(report: &Report) -> String {
    let mut out = format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n\
         <title>Results of trpo-lab</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n<main>\n\
         <h1>Results</h1>\n"
    );
    // Writing to a string cannot fail.
    if let Some(answer) = &report.answer {
        write_answer(&mut out, answer);
    }
    out.push_str("<nav>\n");
    if !report.claims.is_empty() {
        out.push_str("<ul class=\"claims\">\n");
        for entry in &report.claims {
            let _ = writeln!(
                out,
                "<li>{} <a href=\"#claim-{}\">{}. {}</a></li>",
                badge(entry.judged.verdict),
                entry.number,
                entry.number,
                escape(&entry.judged.text)
            );
        }
        out.push_str("</ul>\n");
    }
    out.push_str("<ul>\n");
    for chapter in &report.chapters {
        let (id, title) = (escape(&chapter.folder), escape(&chapter.manifest.title));
        let _ = writeln!(out, "<li><a href=\"#{id}\">{id}</a>: {title}</li>");
    }
    let _ = write!(
        out,
        "</ul>\n</nav>\n<p class=\"note\">{}</p>\n<p class=\"note\">{}</p>\n",
        inline(CAUTION),
        inline(REGENERATE)
    );
    if !report.claims.is_empty() {
        let _ = writeln!(
            out,
            "<h2 id=\"claims\">Claims</h2>\n<p class=\"note\">{}</p>",
            inline(&expected(&report.claims))
        );
    }
    for (place, entry) in report.claims.iter().enumerate() {
        write_claim(&mut out, entry, &report.claims[..place], &report.chapters);
    }
    for chapter in &report.chapters {
        write_chapter(&mut out, chapter, &report.claims);
    }
    if !report.left_out.is_empty() {
        let _ = writeln!(out, "<h2>{LEFT_OUT}</h2>\n<ul>");
        for problem in &report.left_out {
            let _ = writeln!(out, "<li>{}</li>", inline(problem));
        }
        out.push_str("</ul>\n");
    }
    out.push_str("</main>\n</body>\n</html>\n");
    out
}

fn write_answer(out: &mut String, answer: &Answer) {
    let list = |items: &[String]| {
        let items = items
            .iter()
            .map(|item| format!("<li>{}</li>\n", inline(item)));
        items.collect::<String>()
    };
    let _ = write!(
        out,
        "<p class=\"answer\">{}</p>\n{}",
        inline(&answer.first),
        from_markdown(&markdown(&answer.table, &[1, 2, 3]))
    );
    if !answer.limits.is_empty() {
        let _ = writeln!(out, "<ul>\n{}</ul>", list(&answer.limits));
    }
    let _ = writeln!(
        out,
        "<details>\n<summary>What stands behind this</summary>\n<ul>\n{}</ul>\n</details>",
        list(&answer.grounds)
    );
}

/// A verdict: its colour says no more than its words.
fn badge(verdict: Verdict) -> String {
    let class = match verdict {
        Verdict::Holds => "holds",
        Verdict::DoesNotHold => "fails",
        Verdict::CannotTell => "open",
    };
    format!("<span class=\"badge {class}\">{}</span>", verdict.words())
}

fn write_claim(out: &mut String, entry: &Entry, before: &[Entry], chapters: &[Chapter]) {
    let judged = &entry.judged;
    let _ = write!(
        out,
        "<section id=\"claim-{}\">\n<h3>{}. {}</h3>\n<p>{} \
         <span class=\"note\">in <a href=\"#{}\">{}</a>, {}</span></p>\n",
        entry.number,
        entry.number,
        escape(&judged.text),
        badge(judged.verdict),
        escape(&entry.folder),
        escape(&entry.folder),
        escape(&entry.stated)
    );
    for (label, said) in [
        ("Source", &judged.source),
        ("It would fail if", &judged.could_fail),
    ] {
        if let Some(said) = said {
            let said = inline(said.trim_end_matches('.'));
            let _ = writeln!(out, "<p class=\"note\">{label}: {said}.</p>");
        }
    }
    let _ = write!(
        out,
        "<div class=\"numbers\">{}</div>",
        from_markdown(&markdown(&table(judged), &[2, 3]))
    );
    if let Some((chapter, caption, svg)) = figure_of(entry, chapters) {
        match shown_by(caption, chapter, before) {
            Some(first) => {
                let number = first.number;
                let _ = writeln!(
                    out,
                    "<p class=\"note\">The figure stands with <a href=\"#claim-{number}\">claim \
                     {number}</a>.</p>"
                );
            }
            None => write_figure(out, chapter, caption, svg),
        }
    }
    out.push_str("</section>\n");
}

fn write_figure(out: &mut String, chapter: &Chapter, caption: &Caption, svg: &str) {
    let _ = write!(
        out,
        "<figure>\n<h4>{}</h4>\n<div class=\"picture\" tabindex=\"0\">{}</div>\n\
         <figcaption>{} Drawn by <a href=\"#redraw-{}\"><code>{}</code></a>.</figcaption>\n\
         </figure>\n",
        escape(&caption.title),
        svg.trim_end(),
        escape(&caption.caption),
        escape(&chapter.folder),
        escape(&chapter.redraw)
    );
}

fn write_chapter(out: &mut String, chapter: &Chapter, claims: &[Entry]) {
    let manifest = &chapter.manifest;
    let _ = write!(
        out,
        "<section id=\"{}\">\n<h2>{}</h2>\n<p class=\"title\">{}</p>\n",
        escape(&chapter.folder),
        escape(&manifest.experiment),
        escape(&manifest.title)
    );
    for sentence in chapter.notices() {
        let _ = writeln!(out, "<p>{}</p>", inline(&sentence));
    }
    let mut elsewhere = Vec::new();
    for (caption, svg) in &chapter.figures {
        match shown_by(caption, chapter, claims) {
            Some(claim) => elsewhere.push(format!(
                "<a href=\"#claim-{}\">{}</a>",
                claim.number,
                escape(&caption.title)
            )),
            None => write_figure(out, chapter, caption, svg),
        }
    }
    if !elsewhere.is_empty() {
        let _ = writeln!(out, "<p>Shown with the claims: {}.</p>", list(&elsewhere));
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
    let _ = write!(
        out,
        "</dl>\n<h3 id=\"redraw-{}\">Redraw</h3>\n<pre>{}\ntrpo-lab report</pre>\n</section>\n",
        escape(&chapter.folder),
        escape(&chapter.redraw)
    );
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
        } else if let Some(item) = line.strip_prefix("- ") {
            let mut items = vec![item];
            while let Some(item) = lines.next_if(|next| next.starts_with("- ")) {
                items.push(&item[2..]);
            }
            let items: String = items
                .iter()
                .map(|item| format!("<li>{}</li>", inline(item)))
                .collect();
            let _ = writeln!(out, "<ul class=\"note\">{items}</ul>");
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
