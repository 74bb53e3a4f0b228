//! The report as Markdown, for where the repository is browsed.

use std::fmt::Write;

use super::chapter::Chapter;
use super::claim::Judged;
use super::{CAUTION, LEFT_OUT, REGENERATE, Report, figures_of, shown_by};
use crate::figures::Caption;

/// The whole of `REPORT.md`.
pub(super) fn report(report: &Report) -> String {
    let mut out = "# Results\n\n## Summary\n\n".to_owned();
    // Writing to a string cannot fail.
    for (place, sentence) in report.sentences.iter().enumerate() {
        let _ = writeln!(out, "{}. {}", place + 1, text(sentence));
    }
    let _ = write!(out, "\n{}\n\n{REGENERATE}\n", text(CAUTION));
    if !report.claims.is_empty() {
        out.push_str("\n## Claims of the literature\n");
    }
    for claim in &report.claims {
        write_claim(&mut out, claim, &report.chapters);
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

fn write_claim(out: &mut String, judged: &Judged, chapters: &[Chapter]) {
    let Judged { claim, finding, .. } = judged;
    let _ = write!(
        out,
        "\n### {}. {}\n\n**Verdict: {}** (experiment `{}`).\n\n",
        judged.number,
        text(claim.text),
        finding.answer.words(),
        finding.experiment
    );
    out.push_str("| | number | interval |\n|:--|--:|--:|\n");
    for [what, number, interval] in &finding.rows {
        let _ = writeln!(out, "| {} | {number} | {interval} |", text(what));
    }
    let _ = write!(out, "\nThe rule: {}\n", text(&finding.rule));
    for (chapter, caption, _) in figures_of(judged, chapters) {
        write_figure(out, chapter, caption);
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

fn write_chapter(out: &mut String, chapter: &Chapter, claims: &[Judged]) {
    let manifest = &chapter.manifest;
    // Writing to a string cannot fail.
    let _ = write!(
        out,
        "\n## {}\n\n{}\n",
        text(&manifest.experiment),
        text(&manifest.title)
    );
    if let Some(sentence) = chapter.nothing_completed() {
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
