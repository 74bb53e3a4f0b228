//! Memory grows with the batch, and by little else: what derivatives need of
//! every row, once.
#![cfg(target_os = "linux")]

use std::process::{Command, Stdio};
use std::time::Duration;

/// Largest resident size, in bytes, of a run with batches of `rows` rows.
fn peak_resident(rows: usize) -> u64 {
    let folder = tempfile::tempdir().unwrap();
    let mut child = Command::new(env!("CARGO_BIN_EXE_trpo-lab"))
        .current_dir(folder.path())
        .args(["train", "--env", "CartPole-v1", "--algo", "trpo"])
        .args(["--steps", "150000", "--threads-per-run", "1"])
        .args(["--set", &format!("batch={rows}"), "--set", "copies=8"])
        .args(["--set", "hidden=[64, 64]"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let status = format!("/proc/{}/status", child.id());
    let mut peak = 0;
    let exit = loop {
        // The kernel keeps the maximum: what matters is to look near the end.
        let text = std::fs::read_to_string(&status).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kilobytes = line.and_then(|line| line.trim().strip_suffix(" kB"));
        if let Some(kilobytes) = kilobytes.and_then(|number| number.parse::<u64>().ok()) {
            peak = peak.max(1024 * kilobytes);
        }
        if let Some(exit) = child.try_wait().unwrap() {
            break exit;
        }
        std::thread::sleep(Duration::from_millis(2));
    };
    assert!(exit.success() && peak > 0);
    peak
}

#[test]
fn a_large_batch_costs_itself_and_32_megabytes() {
    let (small, large) = (2048, 50_000);
    // A row: four numbers of f64 as the task gave them and of f32 as the policy
    // saw them, the action, and in f64 reward, value, next value, advantage; in
    // f32 advantage, target, value; three flags.
    let row = 4 * 8 + 4 * 4 + 4 + 4 * 8 + 3 * 4 + 3;
    let grown = peak_resident(large).saturating_sub(peak_resident(small));
    let limit = large as u64 * row + (32 << 20);
    assert!(
        grown <= limit,
        "{} MB more, {} allowed",
        grown >> 20,
        limit >> 20
    );
    // The bound would not notice if the batch were not what it says.
    assert!(grown > 16 << 20, "only {} MB more", grown >> 20);
}
