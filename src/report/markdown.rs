//! The report as Markdown, for where the repository is browsed.

use std::fmt::Write;

use super::answer::Answer;
use super::chapter::Chapter;
use super::claims::{Entry, expected, markdown, table};
use super::{CAUTION, LEFT_OUT, REGENERATE, Report, figure_of, shown_by};
use crate::figures::Caption;

/// The whole of `REPORT.md`.
pub(super) fn report(report: &Report) -> String {
    let mut out = "# Results\n".to_owned();
    if let Some(answer) = &report.answer {
        write_answer(&mut out, answer);
    }
    let _ = write!(out, "\n{}\n\n{REGENERATE}\n", text(CAUTION));
    if !report.claims.is_empty() {
        let _ = write!(
            out,
            "\n## Claims\n\n{}\n\n{}",
            text(&expected(&report.claims)),
            overview(&report.claims)
        );
    }
    for (place, entry) in report.claims.iter().enumerate() {
        write_claim(&mut out, entry, &report.claims[..place], &report.chapters);
    }
    for chapter in &report.chapters {
        write_chapter(&mut out, chapter, &report.claims);
    }
    if !report.left_out.is_empty() {
        let _ = write!(out, "\n## {LEFT_OUT}\n\n");
    }
    for problem in &report.left_out {
        let _ = writeln!(out, "- {}", text(problem));
    }
    out
}

fn write_answer(out: &mut String, answer: &Answer) {
    // Writing to a string cannot fail.
    let _ = write!(
        out,
        "\n{}\n\n{}",
        text(&answer.first),
        text(&markdown(&answer.table, &[1, 2, 3]))
    );
    if !answer.limits.is_empty() {
        out.push('\n');
    }
    for limit in &answer.limits {
        let _ = writeln!(out, "- {}", text(limit));
    }
    out.push_str("\n<details>\n<summary>What stands behind this</summary>\n\n");
    for ground in &answer.grounds {
        let _ = writeln!(out, "- {}", text(ground));
    }
    out.push_str("\n</details>\n");
}

/// All claims, a row each.
fn overview(claims: &[Entry]) -> String {
    let header = ["", "claim", "verdict", "experiment", ""].map(str::to_owned);
    let row = |entry: &Entry| {
        vec![
            entry.number.to_string(),
            text(&entry.judged.text),
            format!("**{}**", entry.judged.verdict.words()),
            format!("`{}`", entry.folder),
            entry.stated.clone(),
        ]
    };
    let rows: Vec<Vec<String>> = std::iter::once(header.to_vec())
        .chain(claims.iter().map(row))
        .collect();
    markdown(&rows, &[0])
}

fn write_claim(out: &mut String, entry: &Entry, before: &[Entry], chapters: &[Chapter]) {
    let judged = &entry.judged;
    let _ = write!(
        out,
        "\n### {}. {}\n\n**Verdict: {}** (experiment `{}`, {}).",
        entry.number,
        text(&judged.text),
        judged.verdict.words(),
        entry.folder,
        entry.stated
    );
    for (label, said) in [
        ("Source", &judged.source),
        ("It would fail if", &judged.could_fail),
    ] {
        if let Some(said) = said {
            let _ = write!(out, " {label}: {}.", text(said.trim_end_matches('.')));
        }
    }
    let _ = write!(out, "\n\n{}", text(&markdown(&table(judged), &[2, 3])));
    let Some((chapter, caption, _)) = figure_of(entry, chapters) else {
        return;
    };
    match shown_by(caption, chapter, before) {
        Some(first) => {
            let _ = write!(out, "\nThe figure stands with claim {}.\n", first.number);
        }
        None => write_figure(out, chapter, caption),
    }
}

fn write_figure(out: &mut String, chapter: &Chapter, caption: &Caption) {
    let file = format!("{}/figures/{}", chapter.folder, caption.name);
    let title = text(&caption.title);
    let _ = write!(
        out,
        "\n[![{title}]({file}.png)]({file}.svg)\n\n{} Drawn by [`{}`](#redraw-{}).\n",
        text(&caption.caption),
        chapter.redraw,
        chapter.folder
    );
}

fn write_chapter(out: &mut String, chapter: &Chapter, claims: &[Entry]) {
    let manifest = &chapter.manifest;
    // Writing to a string cannot fail.
    let _ = write!(
        out,
        "\n## {}\n\n{}\n",
        text(&manifest.experiment),
        text(&manifest.title)
    );
    for sentence in chapter.notices() {
        let _ = write!(out, "\n{sentence}\n");
    }
    for (caption, _) in &chapter.figures {
        let _ = write!(out, "\n### {}\n", text(&caption.title));
        match shown_by(caption, chapter, claims) {
            // A heading links to its text.
            Some(claim) => {
                let _ = write!(out, "\nShown with claim {}.\n", claim.number);
            }
            None => write_figure(out, chapter, caption),
        }
    }
    for table in &chapter.tables {
        out.push('\n');
        for line in table.lines() {
            // Headings of a table stand below those of its experiment.
            let level = if line.starts_with('#') { "##" } else { "" };
            let _ = writeln!(out, "{level}{line}");
        }
    }
    let _ = write!(out, "\n### Settings\n");
    for settings in &chapter.settings {
        let _ = write!(
            out,
            "\n<details>\n<summary>{}</summary>\n\n```toml\n{}\n```\n\n</details>\n",
            text(&settings.heading),
            settings.toml.trim_end()
        );
    }
    let _ = write!(out, "\n### Origin\n\n| | |\n|:--|:--|\n");
    for (name, value) in chapter.facts() {
        let _ = writeln!(out, "| {name} | {} |", text(&value));
    }
    let _ = write!(
        out,
        "\n### Redraw {}\n\n```sh\n{}\ntrpo-lab report\n```\n",
        chapter.folder, chapter.redraw
    );
}

/// `text` without meaning as a tag.
fn text(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}
