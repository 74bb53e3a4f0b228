//! `trpo-lab report --docs`: tables of README.md and docs/ come from the results.

#[path = "support/stored.rs"]
mod stored;
mod support;

use std::fs;
use std::path::Path;

use stored::{printed, refused, stored};
use support::synthetic::experiment;
use trpo_lab::lab::Lab;
use trpo_lab::summary::Extent;
use trpo_lab::{figures, report};

const README: &str = "# A manual\n\nBefore.\n\n<!-- report: answer classic -->\n\
                      an old answer\n<!-- end -->\n\nAfter.\n";
const PAGE: &str = "<!-- report: scores classic -->\n<!-- end -->\nBelow.\n";

/// Results of an experiment, and two pages that ask for them.
fn pages(folder: &Path) {
    let made = experiment(&["CartPole-v1", "Acrobot-v1"], &["trpo", "ppo"], 6, 20_000);
    let store = stored(folder, &made);
    figures::draw_all(&Lab::standard(), store.directory(), Extent::Usual).unwrap();
    fs::create_dir(folder.join("docs")).unwrap();
    fs::write(folder.join("README.md"), README).unwrap();
    fs::write(folder.join("docs/page.md"), PAGE).unwrap();
    fs::write(folder.join("docs/plain.md"), "No table.\n").unwrap();
    fs::write(folder.join("docs/notes.txt"), PAGE).unwrap();
}

fn read(folder: &Path, name: &str) -> String {
    fs::read_to_string(folder.join(name)).unwrap()
}

#[test]
fn sections_are_filled_between_their_marks() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    pages(folder);
    let said = printed(folder, &["report", "--docs"]);
    assert!(
        said.contains("README.md") && said.contains("docs/page.md"),
        "{said}"
    );
    assert!(
        !said.contains("plain.md") && !said.contains("notes.txt"),
        "{said}"
    );

    let readme = read(folder, "README.md");
    let start = "# A manual\n\nBefore.\n\n<!-- report: answer classic -->\n";
    assert!(readme.starts_with(start), "{readme}");
    assert!(readme.ends_with("\n<!-- end -->\n\nAfter.\n"), "{readme}");
    assert!(!readme.contains("an old answer"), "{readme}");
    // The words and the rows of the report.
    let report = read(folder, "results/REPORT.md");
    let inside = readme.split(start).nth(1).unwrap();
    let inside = inside.split("<!-- end -->").next().unwrap();
    assert!(
        inside.contains("trpo") && inside.contains("| CartPole-v1 |"),
        "{inside}"
    );
    for line in inside.lines() {
        assert!(report.contains(line), "{line}");
    }
    let page = read(folder, "docs/page.md");
    assert!(page.contains("| CartPole-v1 |"), "{page}");
    assert!(page.ends_with("<!-- end -->\nBelow.\n"), "{page}");
    assert_eq!(read(folder, "docs/notes.txt"), PAGE);

    // Nothing is left to write.
    let again = printed(folder, &["report", "--docs"]);
    assert!(
        !again.contains("README.md") && !again.contains("page.md"),
        "{again}"
    );
    assert_eq!(readme, read(folder, "README.md"));
    assert_eq!(page, read(folder, "docs/page.md"));
    let changed = report::write_docs(folder, &folder.join("results")).unwrap();
    assert!(changed.is_empty(), "{changed:?}");
}

#[test]
fn sections_that_cannot_be_made_are_named_with_their_line() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    pages(folder);
    for (section, line, said) in [
        (
            "\n\n<!-- report: scroes classic -->\n<!-- end -->\n",
            3,
            "`scroes classic` is no section",
        ),
        (
            "<!-- report: answer -->\n<!-- end -->\n",
            1,
            "`answer` is no section",
        ),
        (
            "<!-- report: answer classic -->\ntext\n",
            1,
            "this section never ends",
        ),
        (
            "\n<!-- report: claims classic -->\n<!-- end -->\n",
            2,
            "the results of `classic` have no such section",
        ),
    ] {
        fs::write(folder.join("docs/page.md"), section).unwrap();
        let message = refused(folder, &["report", "--docs"], 1);
        let place = format!("docs/page.md, line {line}: ");
        assert!(message.contains(&place), "{message}");
        assert!(message.contains(said), "{message}");
        // The page is left as it was.
        assert_eq!(read(folder, "docs/page.md"), section);
    }
    let section = "<!-- report: answer nothing -->\n<!-- end -->\n";
    fs::write(folder.join("docs/page.md"), section).unwrap();
    let message = refused(folder, &["report", "--docs"], 1);
    assert!(message.contains("nothing/manifest.json"), "{message}");
    assert!(!message.contains("panicked"), "{message}");
}
