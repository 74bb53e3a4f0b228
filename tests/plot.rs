//! `trpo-lab plot` with options: pictures that go into a paper as they are.

use std::fs;
use std::path::{Path, PathBuf};

use assert_cmd::Command;

/// What the program said.
struct Run {
    code: i32,
    stdout: String,
    stderr: String,
}

/// Runs `trpo-lab plot` on the committed results, in a folder that is none of them.
fn plot(arguments: &[&str]) -> Run {
    let results = concat!(env!("CARGO_MANIFEST_DIR"), "/results");
    let elsewhere = tempfile::tempdir().unwrap();
    let made = Command::cargo_bin("trpo-lab")
        .unwrap()
        .current_dir(elsewhere.path())
        .arg("plot")
        .args(arguments)
        .args(["--out", results])
        .output()
        .unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Run {
        code: made.status.code().unwrap(),
        stdout: text(made.stdout),
        stderr: text(made.stderr),
    }
}

/// The files that it wrote into `to`, by name.
fn written(to: &Path) -> Vec<PathBuf> {
    let mut paths: Vec<PathBuf> = fs::read_dir(to)
        .unwrap()
        .map(|e| e.unwrap().path())
        .collect();
    paths.sort();
    paths
}

/// A text of an SVG whose letters are outlines.
#[derive(Debug, Clone)]
struct Text {
    /// Size of the em in points.
    size: f64,
    /// Left, top, right and bottom in points.
    frame: [f64; 4],
}

/// The texts of an SVG, as far as capitals and digits reach.
fn texts(svg: &str) -> Vec<Text> {
    let number = |text: &str| text.parse::<f64>().unwrap();
    let between = |text: &str, from: &str, to: &str| {
        let rest = text.split_once(from).unwrap().1;
        rest.split_once(to).unwrap().0.to_owned()
    };
    let groups = svg
        .split("<g fill=\"")
        .skip(1)
        .filter(|g| g.contains("scale("));
    let text = |group: &str| {
        let (head, uses) = group.split_once('>').unwrap();
        let at = between(head, "translate(", ")");
        let (x, y) = at.split_once(' ').unwrap();
        let (x, y) = (number(x) / 10.0, number(y) / 10.0);
        let size = number(&between(head, "scale(", ")")) * 2048.0 / 10.0;
        let uses = uses.split_once("</g>").unwrap().0;
        let places: Vec<f64> = (uses.split("x=\"").skip(1))
            .map(|rest| number(rest.split_once('"').unwrap().0) * size / 2048.0)
            .collect();
        let first = places.first().copied().unwrap_or(0.0);
        // A letter is about half an em wide.
        let last = places.last().copied().unwrap_or(0.0) + 0.5 * size;
        let (up, down) = (0.7 * size, 0.05 * size);
        let frame = match head.contains("rotate(-90)") {
            true => [x - up, y - last, x + down, y - first],
            false => [x + first, y - up, x + last, y + down],
        };
        Text { size, frame }
    };
    groups.map(text).collect()
}

/// Whether two rectangles overlap.
fn overlap(a: &Text, b: &Text) -> bool {
    let ([al, at, ar, ab], [bl, bt, br, bb]) = (a.frame, b.frame);
    al < br && bl < ar && at < bb && bt < ab
}

#[test]
fn every_figure_can_be_read_at_the_width_of_a_column() {
    for (experiment, width) in [
        ("classic", "3.3in"),
        ("classic", "5.5in"),
        ("classic", "180mm"),
        ("classic", "10in"),
        ("step-size", "3.3in"),
        ("step-size", "180mm"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let to = folder.path().to_str().unwrap();
        let made = plot(&[experiment, "--width", width, "--format", "svg", "--to", to]);
        assert_eq!(made.code, 0, "{}", made.stderr);
        let paths = written(folder.path());
        assert!(paths.len() >= 2, "{paths:?}");
        for path in paths {
            let svg = fs::read_to_string(&path).unwrap();
            let at = format!("{} at {width}", path.file_name().unwrap().to_string_lossy());
            let texts = texts(&svg);
            assert!(texts.len() > 10, "{at}");
            let smallest = texts
                .iter()
                .map(|text| text.size)
                .fold(f64::INFINITY, f64::min);
            assert!(smallest >= 6.499, "{at}: letters of {smallest} pt");
            let size = |name: &str| -> f64 {
                let rest = svg.split_once(&format!("{name}=\"")).unwrap().1;
                rest.split_once("pt").unwrap().0.parse().unwrap()
            };
            let (wide, tall) = (size(" width"), size(" height"));
            for (place, text) in texts.iter().enumerate() {
                let [left, top, right, bottom] = text.frame;
                let inside = left >= 0.0 && top >= 0.0 && right <= wide + 1.0 && bottom <= tall;
                assert!(inside, "{at}: {text:?} leaves {wide} x {tall}");
                let other = texts[..place].iter().find(|other| overlap(text, other));
                assert!(other.is_none(), "{at}: {text:?} lies on {other:?}");
            }
        }
    }
}

#[test]
fn two_renderings_are_the_same_bytes_and_results_stay_as_they_are() {
    let folder = tempfile::tempdir().unwrap();
    let into = |name: &str| {
        let to = folder.path().join(name);
        let made = plot(&[
            "classic",
            "evaluation_curves",
            "trust_region",
            "--width",
            "3.3in",
            "--format",
            "svg,png,pdf",
            "--tasks",
            "CartPole-v1,Pendulum-v1",
            "--variants",
            "trpo,ppo",
            "--label",
            "trpo=TRPO (ours)",
            "--theme",
            "dark",
            "--xlim",
            "0:100000",
            "--to",
            to.to_str().unwrap(),
        ]);
        assert_eq!(made.code, 0, "{}", made.stderr);
        written(&to)
    };
    let (first, second) = (into("first"), into("second"));
    assert_eq!(first.len(), 6);
    for (a, b) in first.iter().zip(&second) {
        assert_eq!(a.file_name(), b.file_name());
        assert!(
            fs::read(a).unwrap() == fs::read(b).unwrap(),
            "{} differs",
            a.display()
        );
    }
    let pdf = fs::read(folder.path().join("first/classic-trust_region.pdf")).unwrap();
    let pdf = String::from_utf8_lossy(&pdf);
    // A subset has a tag before its name, and is in the file.
    assert!(
        pdf.contains("+DejaVuSans") && pdf.contains("/FontFile2"),
        "no embedded subset"
    );
    assert!(!pdf.contains("CreationDate") && !pdf.contains("ModDate"));
    assert!(pdf.contains("/MediaBox[0 0 237.6 "), "not 3.3 in wide");
}

#[test]
fn the_list_says_what_there_is_and_what_is_missing() {
    let made = plot(&["step-size", "--list"]);
    assert_eq!(made.code, 0, "{}", made.stderr);
    let state = |name: &str| {
        let line = made
            .stdout
            .lines()
            .find(|line| line.starts_with(name))
            .unwrap();
        line.split_whitespace().nth(1).unwrap().to_owned()
    };
    assert_eq!(state("step_size"), "drawn");
    assert_eq!(state("learning_curves"), "-");
    assert!(made.stdout.contains("needs a sweep"));
}

#[test]
fn what_cannot_be_drawn_is_said_with_what_can() {
    for (arguments, said) in [
        (
            &["classic", "--width", "0.8in"][..],
            "its smallest width is",
        ),
        (
            &["classic", "--width", "3 furlongs"],
            "write one such as 3.3in",
        ),
        (
            &["classic", "--variants", "trop"],
            "classic has no variant `trop`",
        ),
        (
            &["classic", "--variants", "trop"],
            "it has trpo, ppo, vpg, vpg-kl and npg",
        ),
        (&["classic", "--tasks", "CartPole-v2"], "did you mean"),
        (&["classic", "--label", "x=y"], "classic has no variant `x`"),
        (&["classic", "trust_regoin"], "it has learning_curves"),
        (&["classic", "--format", "eps"], "svg, png and pdf"),
        (
            &["classic", "--theme", "blue"],
            "light, dark and transparent",
        ),
        (&["classic", "--xlim", "5"], "no range"),
        (&["classic", "step_size"], "it needs a sweep"),
        (
            &["classic", "score_intervals", "--tasks", "CartPole-v1"],
            "it needs all tasks",
        ),
        (&["classic-search", "trust_region"], "is a search"),
        (&["--width", "3.3in"], "NAME"),
    ] {
        let made = plot(arguments);
        assert_eq!(made.code, 2, "{arguments:?}: {}", made.stderr);
        assert!(made.stderr.contains(said), "{arguments:?}: {}", made.stderr);
        assert!(made.stdout.is_empty(), "{arguments:?}: {}", made.stdout);
    }
}

/// Two copies of what draws would cost minutes of every build.
#[test]
fn one_copy_of_what_draws_is_built() {
    let lock = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.lock")).unwrap();
    for name in ["resvg", "usvg", "tiny-skia", "fontdb", "rustybuzz"] {
        let entry = format!("name = \"{name}\"\n");
        assert_eq!(lock.matches(&entry).count(), 1, "copies of {name}");
    }
}
