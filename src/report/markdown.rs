//! The report as Markdown, for where the repository is browsed.

use std::fmt::Write;

use super::{Chapter, REGENERATE};

/// The whole of `REPORT.md`.
pub(super) fn report(chapters: &[Chapter]) -> String {
    let mut out = format!("# Results\n\n{REGENERATE}\n");
    for chapter in chapters {
        write_chapter(&mut out, chapter);
    }
    out
}

fn write_chapter(out: &mut String, chapter: &Chapter) {
    let manifest = &chapter.manifest;
    let folder = &chapter.folder;
    // Writing to a string cannot fail.
    let _ = write!(
        out,
        "\n## {}\n\n{}\n",
        text(&manifest.experiment),
        text(&manifest.title)
    );
    for (caption, _) in &chapter.figures {
        let file = format!("{folder}/figures/{}", caption.name);
        let title = text(&caption.title);
        let _ = write!(
            out,
            "\n### {title}\n\n[![{title}]({file}.png)]({file}.svg)\n\n{}\n",
            text(&caption.caption)
        );
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
}

/// `text` without meaning as a tag.
fn text(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}
