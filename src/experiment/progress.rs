//! Progress of many runs: bars on a terminal, plain lines otherwise.

use std::io::IsTerminal;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::time::{Duration, Instant};

use indicatif::{MultiProgress, ProgressBar, ProgressState, ProgressStyle};

use crate::warn;

/// The progress of an experiment.
pub struct Progress {
    bars: Option<(MultiProgress, ProgressBar)>,
    started: Instant,
    runs: usize,
    runs_done: AtomicUsize,
    steps: u64,
    steps_done: AtomicU64,
    /// Steps of what follows.
    following: u64,
}

/// The progress of one run.
pub struct RunProgress<'a> {
    whole: &'a Progress,
    bar: Option<ProgressBar>,
    label: String,
    reported: u64,
}

impl Progress {
    /// For `runs` runs of `steps` environment steps together, after which others of
    /// `following` steps are made.
    pub fn new(runs: usize, steps: u64, following: u64) -> Self {
        let bars = std::io::stderr().is_terminal().then(|| {
            let multi = MultiProgress::new();
            let total = multi.add(ProgressBar::new(steps));
            total.set_style(style(
                "{prefix:<40} {bar:30} {percent:>3}%  {speed:>15}  {eta:>5} left{msg}",
            ));
            total.enable_steady_tick(Duration::from_millis(500));
            (multi, total)
        });
        Self {
            bars,
            started: Instant::now(),
            runs,
            runs_done: AtomicUsize::new(0),
            steps,
            steps_done: AtomicU64::new(0),
            following,
        }
    }

    /// A run of `steps` steps begins, of which `done` were made before.
    pub fn run(&self, label: String, steps: u64, done: u64) -> RunProgress<'_> {
        let bar = self.bars.as_ref().map(|(multi, total)| {
            let bar = multi.insert_before(total, ProgressBar::new(steps));
            bar.set_style(style(
                "{prefix:<40} {bar:30} {percent:>3}%  {speed:>15}{msg}",
            ));
            bar.set_prefix(label.clone());
            bar.set_position(done);
            bar.reset_eta();
            bar
        });
        self.advance(done);
        RunProgress {
            whole: self,
            bar,
            label,
            reported: done,
        }
    }

    fn advance(&self, steps: u64) {
        self.steps_done.fetch_add(steps, Relaxed);
        if let Some((_, total)) = &self.bars {
            total.inc(steps);
            let done = self.runs_done.load(Relaxed);
            total.set_prefix(format!("{done} of {} runs", self.runs));
            if let Some((_, with_others)) = self.seconds_left().filter(|_| self.following > 0) {
                total.set_message(format!(", {} with what follows", shown(with_others)));
            }
        }
    }

    /// Prints a line above the bars.
    pub fn note(&self, line: &str) {
        match &self.bars {
            // A terminal that went away is no reason to stop.
            Some((multi, _)) => drop(multi.println(line)),
            None => warn!("{line}"),
        }
    }

    /// Seconds left of these runs, and with those that follow, at the pace so far; nothing
    /// before the first step and after the last.
    fn seconds_left(&self) -> Option<(f64, f64)> {
        let done = self.steps_done.load(Relaxed);
        if done == 0 || done >= self.steps {
            return None;
        }
        let pace = self.started.elapsed().as_secs_f64() / done as f64;
        let left = (self.steps - done) as f64;
        Some((pace * left, pace * (left + self.following as f64)))
    }

    fn time_left(&self) -> String {
        match self.seconds_left() {
            None => String::new(),
            Some((left, _)) if self.following == 0 => format!(", {} left", shown(left)),
            Some((left, with_others)) => format!(
                ", {} left, {} with what follows",
                shown(left),
                shown(with_others)
            ),
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some((_, total)) = &self.bars {
            total.finish_and_clear();
        }
    }
}

impl RunProgress<'_> {
    /// The run has made `steps` steps.
    pub fn set(&mut self, steps: u64) {
        if let Some(bar) = &self.bar {
            bar.set_position(steps);
        }
        self.whole.advance(steps.saturating_sub(self.reported));
        self.reported = steps;
    }

    /// The policy was evaluated while it trains, with this mean return.
    pub fn say_evaluation(&self, mean_return: f64) {
        if let Some(bar) = &self.bar {
            bar.set_message(format!("  evaluation {mean_return:.1}"));
        }
    }

    /// The run is over; `outcome` says how.
    pub fn finish(self, outcome: &str) {
        let done = self.whole.runs_done.fetch_add(1, Relaxed) + 1;
        self.whole.advance(0);
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
        let (runs, left) = (self.whole.runs, self.whole.time_left());
        let width = runs.to_string().len();
        let label = &self.label;
        self.whole
            .note(&format!("[{done:>width$}/{runs}] {label}: {outcome}{left}"));
    }
}

fn style(template: &str) -> ProgressStyle {
    let speed = |state: &ProgressState, out: &mut dyn std::fmt::Write| {
        // Writing to memory cannot fail.
        let _ = write!(out, "{} steps/s", grouped(state.per_sec() as u64));
    };
    // The templates are constants of this file, and correct.
    ProgressStyle::with_template(template)
        .unwrap_or_else(|_| ProgressStyle::default_bar())
        .with_key("speed", speed)
}

/// Seconds as people read them: `42 s`, `3 min 20 s`, `2 h 5 min`.
pub fn shown(seconds: f64) -> String {
    let whole = seconds.round() as u64;
    match whole {
        0..60 => format!("{whole} s"),
        60..3600 => format!("{} min {} s", whole / 60, whole % 60),
        _ => format!("{} h {} min", whole / 3600, whole % 3600 / 60),
    }
}

/// A number with its thousands separated.
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_follows_is_told_at_the_pace_so_far() {
        let told = |following: u64| {
            let mut progress = Progress::new(2, 400, following);
            progress.started -= Duration::from_secs(60);
            progress.steps_done = AtomicU64::new(100);
            progress.time_left()
        };
        assert_eq!(told(0), ", 3 min 0 s left");
        assert_eq!(told(500), ", 3 min 0 s left, 8 min 0 s with what follows");
    }

    #[test]
    fn durations_and_numbers_read_well() {
        assert_eq!(shown(41.7), "42 s");
        assert_eq!(shown(200.0), "3 min 20 s");
        assert_eq!(shown(7500.0), "2 h 5 min");
        assert_eq!(grouped(7), "7");
        assert_eq!(grouped(1234567), "1,234,567");
    }
}
