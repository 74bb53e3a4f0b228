//! The report in a real browser, where one is installed: it can be read and used
//! from phone to wide screen, light and dark, without script and on paper.

mod support;
#[path = "support/webdriver.rs"]
mod webdriver;

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use support::{small, summarized};
use trpo_lab::lab::Lab;
use trpo_lab::summary::Extent;
use trpo_lab::{figures, report};
use webdriver::{Browser, key};

const WIDTHS: [u32; 3] = [390, 820, 1440];

/// A page may not be larger, in bytes.
const LARGEST: u64 = 1_500_000;

/// What the browser says of the page that is open: `browser.js`.
fn seen(browser: &Browser) -> Value {
    browser.run(include_str!("browser.js"), json!([]))
}

/// What a reader of the page would complain of, at every width and in both schemes.
fn faults(browser: &Browser, page: &Path) -> Vec<String> {
    let mut found = Vec::new();
    browser.open(page);
    browser.run(
        "for (const part of document.querySelectorAll('main details')) part.open = true;",
        json!([]),
    );
    for scheme in ["light", "dark"] {
        browser.prefer("screen", scheme);
        for width in WIDTHS {
            browser.resize(width, 900);
            let seen = seen(browser);
            let at = format!("{}, {width} px, {scheme}", page.display());
            let faults = seen["faults"].as_array().unwrap().iter();
            found.extend(faults.map(|fault| format!("{at}: {}", fault.as_str().unwrap())));
            for file in seen["files"].as_array().unwrap() {
                let file = file.as_str().unwrap().split('#').next().unwrap();
                if !page.parent().unwrap().join(file).is_file() {
                    found.push(format!("{at}: there is no {file}"));
                }
            }
            if seen["fetched"] != json!([]) {
                found.push(format!("{at}: fetches {}", seen["fetched"]));
            }
            let is_light = seen["background"] == "rgb(255, 255, 255)";
            if is_light != (scheme == "light") {
                found.push(format!("{at}: the background is {}", seen["background"]));
            }
        }
    }
    let size = fs::metadata(page).unwrap().len();
    if size > LARGEST {
        found.push(format!("{}: {size} bytes", page.display()));
    }
    let lines = browser.console();
    found.extend(
        lines
            .iter()
            .map(|line| format!("{}: {line}", page.display())),
    );
    found
}

/// A report over a small experiment.
fn made(folder: &Path) -> usize {
    let dir = summarized(folder, &small());
    let drawn = figures::draw_all(&Lab::standard(), &dir, Extent::Usual).unwrap();
    report::write(&Lab::standard(), folder).unwrap();
    let is_svg = |path: &&PathBuf| path.extension().is_some_and(|end| end == "svg");
    drawn.paths.iter().filter(is_svg).count()
}

#[test]
fn the_report_is_readable_everywhere() {
    let Some(browser) = Browser::start("the_report_is_readable_everywhere") else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let drawn = made(folder.path());
    for page in ["index.html", "classic/index.html"] {
        assert_eq!(faults(&browser, &folder.path().join(page)), [""; 0]);
        let seen = seen(&browser);
        assert!(seen["texts"].as_u64().unwrap() > 50, "{seen}");
        if page != "index.html" {
            assert_eq!(seen["pictures"], drawn, "{seen}");
        }
    }
    let fonts = "return document.fonts.ready.then(fonts => [...fonts].map(font => font.status))";
    let fonts = browser.run(fonts, json!([]));
    let loaded = fonts
        .as_array()
        .unwrap()
        .iter()
        .filter(|font| *font == "loaded");
    assert!(loaded.count() >= 1, "the font of the figures: {fonts}");
}

/// The pages that are committed, as they are, or those in the folder that
/// `TRPO_LAB_PAGES` names.
#[test]
fn the_committed_pages_are_readable() {
    let Some(browser) = Browser::start("the_committed_pages_are_readable") else {
        return;
    };
    let committed = || Path::new(env!("CARGO_MANIFEST_DIR")).join("results");
    let results = std::env::var_os("TRPO_LAB_PAGES").map_or_else(committed, PathBuf::from);
    let mut pages = vec![results.join("index.html")];
    let folders = fs::read_dir(&results).unwrap().flatten();
    pages.extend(folders.map(|folder| folder.path().join("index.html")));
    pages.retain(|page| page.is_file());
    pages.sort();
    let found: Vec<String> = pages
        .iter()
        .flat_map(|page| faults(&browser, page))
        .collect();
    assert!(found.is_empty(), "{}", found.join("\n"));
}

/// The test sees what is wrong with a page.
#[test]
fn a_page_that_is_not_readable_is_noticed() {
    let Some(browser) = Browser::start("a_page_that_is_not_readable_is_noticed") else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let page = folder.path().join("index.html");
    let text = "<!DOCTYPE html><html><body style=\"background: white\"><main><h1>A</h1>\
        <p style=\"width: 2000px; color: #aaa\">pale</p>\
        <p style=\"font-size: 8px\" id=\"a\">small</p><p id=\"a\"><a href=\"#b\">lost</a></p>\
        <h3>late</h3><a href=\"gone.svg\">gone</a><a href=\"https://example.org\">away</a>\
        <div style=\"width: 50px; overflow: auto\"><table><tr><td style=\"min-width: 99px\">cut</td></tr></table></div>\
        <button></button><script>lost()</script></main></body></html>";
    fs::write(&page, text).unwrap();
    let found = faults(&browser, &page).join("\n");
    for part in [
        "390 px, light: P \"pale\": contrast 2.3",
        "P \"small\": 8px",
        "id a stands twice",
        "#b leads nowhere",
        "https://example.org leads away",
        "there is no gone.svg",
        "DIV \"cut\": ",
        "h3 \"late\" after h1",
        "has no name",
        "px too wide",
        "dark: the background is",
        "lost is not defined",
    ] {
        assert!(found.contains(part), "no `{part}` in:\n{found}");
    }
}

/// Without script all of it is there, and on paper nothing is cut off or in the way.
#[test]
fn a_page_needs_no_script_and_no_screen() {
    let Some(browser) = Browser::start("a_page_needs_no_script_and_no_screen") else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    made(folder.path());
    let page = folder.path().join("index.html");
    browser.devtools(
        "Emulation.setScriptExecutionDisabled",
        json!({"value": true}),
    );
    browser.resize(390, 900);
    browser.open(&page);
    let found = seen(&browser);
    assert_eq!(found["faults"], json!([]));
    let dead = "return document.querySelectorAll('main button').length";
    assert_eq!(browser.run(dead, json!([])), 0, "controls that do nothing");
    browser.devtools(
        "Emulation.setScriptExecutionDisabled",
        json!({"value": false}),
    );

    // A4 without margins, at 96 pixels an inch.
    browser.resize(794, 1123);
    browser.open(&page);
    browser.prefer("print", "dark");
    browser.run("dispatchEvent(new Event('beforeprint'))", json!([]));
    let found = seen(&browser);
    assert_eq!(found["faults"], json!([]));
    assert_eq!(found["background"], "rgb(255, 255, 255)");
    let left = "return [...document.querySelectorAll('nav, button, .tools, details:not([open])')]
        .filter(part => part.checkVisibility() && !part.closest('th')).map(part => part.outerHTML.slice(0, 80))";
    assert_eq!(browser.run(left, json!([])), json!([]));
    let pdf = browser.devtools("Page.printToPDF", json!({}));
    assert!(pdf["data"].as_str().unwrap().len() > 10_000);
}

/// A page with the figure of `browser_page/figure.html` and our script.
fn with_figure(browser: &Browser, folder: &Path) {
    let page = folder.join("figure.html");
    let text = format!(
        "<!DOCTYPE html><html><head><meta charset=\"utf-8\"><style>{}{}</style></head>\
         <body id=\"top\"><div class=\"columns\"><nav class=\"side\"></nav><main>{}</main></div>\
         <script>'use strict';{}{}</script></body></html>",
        include_str!("../src/report/style.css"),
        include_str!("../src/report/style_figures.css"),
        include_str!("browser_page/figure.html"),
        include_str!("../src/report/page.js"),
        include_str!("../src/report/figures.js"),
    );
    fs::write(&page, text).unwrap();
    browser.resize(1440, 900);
    browser.open(&page);
}

/// Where a place of the picture is in the window.
fn on_screen(browser: &Browser, [x, y]: [f64; 2]) -> [f64; 2] {
    let script = "const place = new DOMPoint(...arguments)
        .matrixTransform(document.querySelector('svg').getScreenCTM());
        return [place.x, place.y];";
    let place = browser.run(script, json!([x, y]));
    [0, 1].map(|axis| place[axis].as_f64().unwrap())
}

/// What the box beside the pointer says; empty if there is none.
fn tip(browser: &Browser) -> String {
    let script =
        "const tip = document.querySelector('.tip'); return tip.hidden ? '' : tip.innerText";
    let text = browser.run(script, json!([]));
    text.as_str().unwrap().replace('\n', " ")
}

/// What a button saves, read as a page would.
fn saved(browser: &Browser, button: &str) -> String {
    let script = "const [name] = arguments;
        const make = URL.createObjectURL;
        let blob;
        URL.createObjectURL = made => { blob = made; return make(made); };
        [...document.querySelectorAll('.tools button')].find(it => it.innerText === name).click();
        URL.createObjectURL = make;
        return blob.text();";
    browser
        .run(script, json!([button]))
        .as_str()
        .unwrap()
        .to_owned()
}

#[test]
fn values_are_read_by_pointer_finger_and_key() {
    let Some(browser) = Browser::start("values_are_read_by_pointer_finger_and_key") else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    with_figure(&browser, folder.path());
    assert_eq!(tip(&browser), "");
    let trpo = "TRPO, CartPole-v1 Environment steps 50,000 Return 300 Interval [280, 320] n 10";
    browser.mouse(&[on_screen(&browser, [215.0, 125.0])], false, 0);
    assert_eq!(tip(&browser), trpo);
    // The same as in the table of values.
    let csv = saved(&browser, "Save CSV");
    let lines: Vec<&str> = csv.lines().collect();
    assert_eq!(lines[0], "panel,variant,x,y,low,high,n");
    assert!(
        lines.contains(&"CartPole-v1,trpo,50000,300,280,320,10"),
        "{csv}"
    );
    assert!(lines.contains(&"CartPole-v1,ppo,0,25,,,"), "{csv}");
    assert_eq!(lines.len(), 11);
    // Outside a panel there is no value.
    browser.mouse(&[on_screen(&browser, [400.0, 20.0])], false, 0);
    assert_eq!(tip(&browser), "");
    browser.tap(on_screen(&browser, [735.0, 65.0]));
    assert_eq!(tip(&browser), "PPO, Acrobot-v1 Step size 1 Share 90% n 5");

    browser.run("document.querySelector('.picture').focus()", json!([]));
    browser.press(&[key::ESCAPE, key::PAGE_DOWN]);
    assert!(
        tip(&browser).starts_with("PPO, CartPole-v1 Environment steps 0 Return 25"),
        "{}",
        tip(&browser)
    );
    browser.press(&[key::UP, key::RIGHT]);
    assert_eq!(tip(&browser), trpo);
    browser.press(&[key::DOWN, key::RIGHT, key::RIGHT]);
    assert!(
        tip(&browser).starts_with("PPO, CartPole-v1 Environment steps 100,000"),
        "{}",
        tip(&browser)
    );
    let spoken = browser.run(
        "return document.querySelector('.spoken').textContent",
        json!([]),
    );
    assert!(
        spoken
            .as_str()
            .unwrap()
            .contains("Return 250, Interval [240, 260], n 10"),
        "{spoken}"
    );
    assert_eq!(browser.console(), [""; 0]);
}

#[test]
fn a_variant_is_hidden_and_shown_again() {
    let Some(browser) = Browser::start("a_variant_is_hidden_and_shown_again") else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    with_figure(&browser, folder.path());
    let shown = || {
        let script = "return [...document.querySelectorAll('g.series')]
            .filter(group => group.getBoundingClientRect().width > 0 && group.checkVisibility())
            .map(group => group.dataset.series).join(' ')";
        browser.run(script, json!([])).as_str().unwrap().to_owned()
    };
    assert_eq!(shown(), "trpo ppo trpo ppo");
    browser.mouse(&[on_screen(&browser, [345.0, 300.0])], false, 1);
    assert_eq!(shown(), "ppo ppo");
    // What is hidden has no values either.
    browser.mouse(&[on_screen(&browser, [215.0, 125.0])], false, 0);
    assert!(
        tip(&browser).starts_with("PPO, CartPole-v1"),
        "{}",
        tip(&browser)
    );
    let svg = saved(&browser, "Save SVG");
    assert!(svg.contains("#D55E00") && !svg.contains("var("), "{svg}");
    assert!(
        svg.contains("<title>Two panels</title>") && !svg.contains("cursor"),
        "{svg}"
    );
    browser.run("document.querySelector('g.key').focus()", json!([]));
    browser.press(&[key::ENTER]);
    assert_eq!(shown(), "trpo ppo trpo ppo");
    browser.press(&[key::TAB, key::SPACE]);
    assert_eq!(shown(), "trpo trpo");
    let pressed = "return [...document.querySelectorAll('g.key')].map(key => key.getAttribute('aria-pressed')).join(' ')";
    assert_eq!(browser.run(pressed, json!([])), "true false");
    assert_eq!(browser.console(), [""; 0]);
}

#[test]
fn a_range_is_zoomed_and_the_whole_comes_back() {
    let Some(browser) = Browser::start("a_range_is_zoomed_and_the_whole_comes_back") else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    with_figure(&browser, folder.path());
    let numbers = || {
        let script = "return [...document.querySelectorAll('[data-panel=\"0\"] text')]
            .filter(text => text.getClientRects().length > 0 && text.getBBox().y > 240)
            .map(text => text.textContent).join(' ')";
        browser.run(script, json!([])).as_str().unwrap().to_owned()
    };
    let drag = |from: f64, to: f64| {
        let places = [from, (from + to) / 2.0, to].map(|x| on_screen(&browser, [x, 100.0]));
        browser.mouse(&places, true, 0);
    };
    assert_eq!(numbers(), "0 100k");
    // From 40,000 to 60,000 steps, and a little more.
    drag(178.0, 242.0);
    assert_eq!(numbers(), "40k 45k 50k 55k 60k");
    browser.mouse(&[on_screen(&browser, [205.0, 125.0])], false, 0);
    assert!(
        tip(&browser).starts_with("TRPO, CartPole-v1 Environment steps 50,000"),
        "{}",
        tip(&browser)
    );
    // Lines are as wide as before: 2 units of the picture.
    let widths = "const scale = document.querySelector('svg').getScreenCTM().a;
        return parseFloat(getComputedStyle(document.querySelector('.marks polyline')).strokeWidth) / scale";
    let width = browser.run(widths, json!([])).as_f64().unwrap();
    assert!((width - 2.0).abs() < 1e-3, "{width}");
    // A point that is not in the range is not read.
    browser.mouse(&[on_screen(&browser, [62.0, 220.0])], false, 0);
    assert!(tip(&browser).contains("50,000"), "{}", tip(&browser));
    browser.mouse(&[on_screen(&browser, [205.0, 125.0])], false, 2);
    assert_eq!(numbers(), "0 100k");
    drag(180.0, 240.0);
    browser.run("document.querySelector('.picture').focus()", json!([]));
    browser.press(&[key::ESCAPE]);
    assert_eq!(numbers(), "0 100k");
    browser.press(&[key::RIGHT, "+"]);
    assert_eq!(numbers(), "30k 40k 50k 60k 70k");
    let whole = "const button = [...document.querySelectorAll('.tools button')].find(it => it.innerText === 'Whole range');
        const seen = button.checkVisibility(); button.click(); return [seen, button.checkVisibility()]";
    assert_eq!(browser.run(whole, json!([])), json!([true, false]));
    assert_eq!(numbers(), "0 100k");
    assert_eq!(browser.console(), [""; 0]);
}

#[test]
fn tables_are_sorted_by_click_and_by_key() {
    let Some(browser) = Browser::start("tables_are_sorted_by_click_and_by_key") else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    with_figure(&browser, folder.path());
    let order = || {
        let script = "return [...document.querySelectorAll('tbody th')].map(cell => cell.innerText).join('')";
        browser.run(script, json!([])).as_str().unwrap().to_owned()
    };
    let place = "const button = document.querySelectorAll('.sort')[1]; button.scrollIntoView({behavior: 'instant'});
        const box = button.getBoundingClientRect(); return [box.x + 5, box.y + 5]";
    let place = browser.run(place, json!([]));
    browser.mouse(
        &[[0, 1].map(|axis| place[axis].as_f64().unwrap())],
        false,
        1,
    );
    // Numbers from above; an empty cell stays below.
    assert_eq!(order(), "bdac");
    browser.press(&[key::ENTER]);
    assert_eq!(order(), "adbc");
    let sorted = "return [...document.querySelectorAll('thead th')].map(head => head.getAttribute('aria-sort'))";
    assert_eq!(browser.run(sorted, json!([])), json!([null, "ascending"]));
    browser.run("document.querySelector('.sort').focus()", json!([]));
    browser.press(&[key::SPACE]);
    assert_eq!(order(), "abcd");
    assert_eq!(browser.console(), [""; 0]);
}

/// What is read off a figure of a real page is in the table that it saves.
#[test]
fn a_value_of_a_real_figure_is_in_its_table() {
    let Some(browser) = Browser::start("a_value_of_a_real_figure_is_in_its_table") else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    made(folder.path());
    browser.resize(1440, 900);
    browser.open(&folder.path().join("classic/index.html"));
    let first = "for (const element of document.querySelectorAll('figure')) {
        const figure = element.figure;
        const panel = figure?.panels.find(panel => figure.seriesOf(panel)
            .some(series => series.points.some(point => panel.place(point))));
        if (!panel) continue;
        const series = panel.series.find(series => series.points.some(point => panel.place(point)));
        const drawn = series.points.map(point => panel.place(point)).filter(Boolean);
        element.scrollIntoView({ behavior: 'instant', block: 'center' });
        const at = drawn[Math.floor(drawn.length / 2)];
        const place = new DOMPoint(at.x, at.y).matrixTransform(figure.svg.getScreenCTM());
        window.tested = figure;
        return [place.x, place.y];
    }
    return null;";
    let place = browser.run(first, json!([]));
    if place.is_null() {
        webdriver::skipped(
            "a_value_of_a_real_figure_is_in_its_table",
            "no figure has data",
        );
        return;
    }
    let place = [0, 1].map(|axis| place[axis].as_f64().unwrap());
    browser.mouse(&[place], false, 0);
    let read = "const figure = window.tested;
        const { panel, series, index } = figure.at;
        const said = [...figure.tip.querySelectorAll('dd')].map(value => value.textContent);
        const [x, y] = series.points[index];
        const line = [panel.title ?? '', series.id, x, y].join(',');
        return [figure.tip.hidden, said[0] === shown(x, panel.x.as), said[1] === shown(y, panel.y.as),
            figure.table().includes('\\n' + line + ',')];";
    assert_eq!(
        browser.run(read, json!([])),
        json!([false, true, true, true])
    );
    assert_eq!(browser.console(), [""; 0]);
}
