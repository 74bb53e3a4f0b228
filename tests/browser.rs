//! The report in a real browser, where one is installed: everything is shown,
//! nothing is fetched or complained of, from phone to wide screen, light and
//! dark.

#[path = "support/browser.rs"]
mod browser;
mod support;

use std::path::Path;

use browser::Seen;
use support::{small, summarized};
use trpo_lab::lab::Lab;
use trpo_lab::summary::Extent;
use trpo_lab::{figures, report};

/// What the browser says of `page`, for every width and colour scheme.
fn looked_at(browser: &Path, page: &str) -> Seen {
    let folder = tempfile::tempdir().unwrap();
    // A script ends at the first `</script`, also inside a string.
    let text = serde_json::to_string(page).unwrap().replace("</", "<\\/");
    let script = format!("const PAGE = {text};\n{}", include_str!("browser.js"));
    browser::run(browser, folder.path(), &script)
}

/// What a reader would complain of.
fn faults(seen: &Seen) -> Vec<String> {
    let mut found = seen.console.clone();
    for view in seen.report.as_array().unwrap() {
        let at = format!("{} px, {}", view["width"], view["scheme"]);
        let faults = view["faults"].as_array().unwrap().iter();
        found.extend(faults.map(|fault| format!("{at}: {fault}")));
        if view["overflow"] != 0 {
            found.push(format!("{at}: {} px too wide", view["overflow"]));
        }
        if view["fetched"] != serde_json::json!([]) {
            found.push(format!("{at}: fetches {}", view["fetched"]));
        }
        let light = view["background"] == "rgb(255, 255, 255)";
        if light != (view["scheme"] == "light") {
            found.push(format!("{at}: the background is {}", view["background"]));
        }
    }
    found
}

/// The browser; says so where there is none.
fn browser_for(test: &str) -> Option<std::path::PathBuf> {
    let found = browser::find();
    if found.is_none() {
        browser::skipped(test, "no Chromium is installed (apt-get install chromium)");
    }
    found
}

#[test]
fn the_report_is_readable_everywhere() {
    let Some(browser) = browser_for("the_report_is_readable_everywhere") else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let dir = summarized(folder.path(), &small());
    let drawn = figures::draw_all(&Lab::standard(), &dir, Extent::Usual)
        .unwrap()
        .paths
        .len()
        / 2;
    report::write(&Lab::standard(), folder.path()).unwrap();
    let page = std::fs::read_to_string(folder.path().join("index.html")).unwrap();
    let seen = looked_at(&browser, &page);
    assert_eq!(faults(&seen), [""; 0]);
    let views = seen.report.as_array().unwrap();
    assert_eq!(views.len(), 6);
    for view in views {
        assert_eq!(view["pictures"], drawn, "{view}");
        assert!(view["texts"].as_u64().unwrap() > 50, "{view}");
    }
}

/// The test sees what is wrong with a page.
#[test]
fn a_page_that_is_not_readable_is_noticed() {
    let Some(browser) = browser_for("a_page_that_is_not_readable_is_noticed") else {
        return;
    };
    let page = "<!DOCTYPE html><html><body style=\"background: white\"><p style=\"width: 2000px; color: #aaa\">pale</p>\
        <p style=\"font-size: 8px\" id=\"a\">small</p><p id=\"a\"><a href=\"#b\">lost</a></p>\
        <img src=\"absent.png\" alt=\"\"><script>lost()</script></body></html>";
    let found = faults(&looked_at(&browser, page)).join("\n");
    for part in [
        "390 px, \"light\": \"P \\\"pale\\\": contrast 2.3",
        "P \\\"small\\\": 8px",
        "id a stands twice",
        "#b leads nowhere",
        "a picture is 0 x 0",
        "px too wide",
        "\"dark\": the background is",
        "lost is not defined",
    ] {
        assert!(found.contains(part), "no `{part}` in:\n{found}");
    }
}
