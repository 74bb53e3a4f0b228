//! A page in a real browser, without a window.
#![allow(dead_code)]

use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

/// Names under which Chromium is installed, after what `TRPO_LAB_BROWSER` names.
const NAMES: [&str; 4] = [
    "chromium",
    "chromium-browser",
    "google-chrome-stable",
    "google-chrome",
];

/// Longest time for one page.
const PATIENCE: Duration = Duration::from_secs(180);

/// What a page did.
pub struct Seen {
    /// What `window.report` was at the end.
    pub report: Value,
    /// Lines of the console.
    pub console: Vec<String>,
}

/// The browser, if there is one.
pub fn find() -> Option<PathBuf> {
    let named = std::env::var_os("TRPO_LAB_BROWSER").map(PathBuf::from);
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    let installed = NAMES
        .iter()
        .flat_map(|name| folders.iter().map(move |folder| folder.join(name)));
    named.into_iter().chain(installed).find(|p| p.is_file())
}

/// Says on the terminal, past the capture of test output, that a test did not
/// run.
pub fn skipped(test: &str, why: &str) {
    let _ = writeln!(std::io::stderr(), "SKIPPED {test}: {why}");
}

/// Runs `script` in a page of its own in `folder`. Its answer is what it puts
/// into `window.report`, before the page has loaded.
pub fn run(browser: &Path, folder: &Path, script: &str) -> Seen {
    let page = folder.join("wrapper.html");
    let text = format!(
        "<!DOCTYPE html><meta charset=\"utf-8\"><body><script>\n{script}\n\
         const text = JSON.stringify(window.report);\n\
         document.documentElement.innerHTML = '<body><pre id=\"report\"></pre></body>';\n\
         document.getElementById('report').textContent = encodeURIComponent(text);\n\
         </script></body>"
    );
    std::fs::write(&page, text).unwrap();
    let mut child = Command::new(browser)
        // Tests run as root in containers, where there is no sandbox.
        .args([
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--no-first-run",
        ])
        .args(["--disable-dev-shm-usage", "--enable-logging=stderr"])
        .arg("--window-size=1600,1000")
        .arg(format!(
            "--user-data-dir={}",
            folder.join("profile").display()
        ))
        .arg("--dump-dom")
        .arg(format!("file://{}", page.display()))
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let (mut out, mut err) = (child.stdout.take().unwrap(), child.stderr.take().unwrap());
    let collect = |pipe: &mut dyn Read| {
        let mut bytes = Vec::new();
        let _ = pipe.read_to_end(&mut bytes);
        String::from_utf8_lossy(&bytes).into_owned()
    };
    let (dom, log) = std::thread::scope(|scope| {
        let dom = scope.spawn(|| collect(&mut out));
        let log = scope.spawn(|| collect(&mut err));
        let started = Instant::now();
        while child.try_wait().unwrap().is_none() {
            if started.elapsed() > PATIENCE {
                let _ = child.kill();
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        (dom.join().unwrap(), log.join().unwrap())
    });
    let report = dom
        .split_once("<pre id=\"report\">")
        .and_then(|(_, rest)| rest.split_once("</pre>"))
        .unwrap_or_else(|| panic!("the script did not end; the browser says:\n{dom}\n{log}"));
    Seen {
        report: serde_json::from_str(&decoded(report.0)).unwrap(),
        console: log
            .lines()
            .filter(|line| line.contains(":CONSOLE"))
            .map(str::to_owned)
            .collect(),
    }
}

/// The text of `encodeURIComponent`.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'%' => {
                let pair = [rest.next().unwrap(), rest.next().unwrap()];
                u8::from_str_radix(std::str::from_utf8(&pair).unwrap(), 16).unwrap()
            }
            other => other,
        });
    }
    String::from_utf8(bytes).unwrap()
}
