//! The ledger of seeds: which seeds have been looked at on which tasks, and for
//! what.
//!
//! `seeds.toml` lies beside the experiment files and is committed with the
//! results. `run`, `reproduce` and `search` write it when the first run of an
//! experiment starts. Results that are reported on seeds on which something was
//! chosen look better than they are; an experiment that would do so is refused.

use std::collections::BTreeSet;
use std::fs::File;
use std::ops::Range;
use std::path::Path;

use super::date::today;
use super::disk::write;
use super::document::DocumentError;
use super::provenance::git_commit;
use super::purpose::Purpose;
pub use super::seeds::shown;
pub use super::used::{FILE, Ledger, LedgerError, Usage};
use super::used::{Used, folder_of};

impl Ledger {
    /// Refuses `usage` of a seed that was looked at already, unless the same
    /// experiment did so for the same purpose: to make the same results again is
    /// no second look. What was a pilot cannot be reported afterwards.
    ///
    /// # Errors
    /// The entry, and the next seeds that are free.
    pub fn check(&self, usage: &Usage<'_>) -> Result<(), DocumentError> {
        for task in usage.tasks {
            for &seed in usage.seeds {
                let of = |used: &&Used| used.has(task, seed);
                let known = || self.used.iter().filter(of);
                if known().any(|used| used.is_of(usage)) {
                    continue;
                }
                let bars = |used: &&Used| usage.purpose.is_barred_by(used.purpose);
                if let Some(used) = known().find(bars) {
                    return Err(self.refusal(usage, used, task, seed));
                }
            }
        }
        Ok(())
    }

    fn refusal(&self, usage: &Usage<'_>, used: &Used, task: &str, seed: u64) -> DocumentError {
        let (other, own) = (used.experiment.get_ref(), usage.experiment);
        let count = usage.seeds.len();
        let free = self.free(usage.tasks, count as u64);
        let why = match usage.purpose {
            Purpose::Search => "what is chosen on a reported seed makes its results look too good",
            _ => "results are reported only on seeds that nothing was chosen on",
        };
        let message = format!(
            "seed {seed} of {task} has been looked at by `{other}` ({}), so that `{own}` ({}) \
             cannot use it: {why}. The next {count} free on all its tasks: seeds = \"{}\"",
            used.purpose,
            usage.purpose,
            shown(&free.collect::<Vec<_>>())
        );
        self.document.error(Some(used.seeds.span()), message)
    }

    /// The first range of `count` seeds that nobody has looked at on any of
    /// `tasks`.
    pub fn free(&self, tasks: &[String], count: u64) -> Range<u64> {
        let concerns = |used: &&Used| used.tasks.iter().any(|task| tasks.contains(task));
        let taken = self.used.iter().filter(concerns);
        let taken: BTreeSet<u64> = taken
            .flat_map(|used| used.numbers.iter().copied())
            .collect();
        let mut start = 0;
        for seed in taken {
            if seed.saturating_sub(start) >= count && seed >= start {
                break;
            }
            start = seed.saturating_add(1);
        }
        start..start.saturating_add(count)
    }

    /// Whether an entry of the same experiment and purpose holds all of `usage`.
    pub fn holds(&self, usage: &Usage<'_>) -> bool {
        usage.tasks.iter().all(|task| {
            usage.seeds.iter().all(|&seed| {
                let mut entries = self.used.iter();
                entries.any(|used| used.is_of(usage) && used.has(task, seed))
            })
        })
    }
}

/// Refuses `usage` by the ledger beside the experiment file, without an entry.
///
/// # Errors
/// As [`Ledger::beside`] and [`Ledger::check`].
pub fn check(experiment: &Path, usage: &Usage<'_>) -> Result<(), LedgerError> {
    if usage.purpose.spends_seeds() {
        Ledger::beside(experiment)?.check(usage)?;
    }
    Ok(())
}

/// [`check`], and an entry in the ledger beside the experiment file, which is
/// made where there is none.
///
/// # Errors
/// As [`check`], or if it cannot be written.
pub fn enter(experiment: &Path, usage: &Usage<'_>) -> Result<(), LedgerError> {
    if !usage.purpose.spends_seeds() {
        return Ok(());
    }
    // One process at a time between reading and writing, where the system can
    // lock a folder.
    let folder = File::open(folder_of(experiment)).ok();
    let _lock = folder.inspect(|folder| drop(folder.lock()));
    let ledger = Ledger::beside(experiment)?;
    ledger.check(usage)?;
    if !ledger.holds(usage) {
        let text = ledger.with(usage, &git_commit(), &today())?;
        write(&ledger.path, text.as_bytes())?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::PathBuf;

    use super::*;

    const TEXT: &str = "\
# ours
[[used]]
experiment = \"a\"   # the first
purpose = \"report\"
tasks = [\"X-v0\", \"Y-v0\"]
seeds = \"0..20, 30\"
commit = \"c\"
date = \"2026-01-01\"

[[used]]
experiment = \"b\"
purpose = \"search\"
tasks = [\"X-v0\"]
seeds = \"100..103\"
commit = \"c\"
date = \"2026-01-01\"
";

    fn folder(text: &str) -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(FILE), text).unwrap();
        let file = folder.path().join("e.toml");
        (folder, file)
    }

    fn usage<'a>(
        experiment: &'a str,
        purpose: Purpose,
        tasks: &'a [String],
        seeds: &'a [u64],
    ) -> Usage<'a> {
        Usage {
            experiment,
            purpose,
            tasks,
            seeds,
        }
    }

    #[test]
    fn a_report_is_refused_seeds_that_others_looked_at_and_nothing_else() {
        let (_folder, file) = folder(TEXT);
        let ledger = Ledger::beside(&file).unwrap();
        let tasks = ["X-v0".to_owned()];
        let refused = |name, purpose, seeds: &[u64]| {
            let found = ledger.check(&usage(name, purpose, &tasks, seeds));
            found.err().map(|error| error.to_string())
        };
        let message = refused("new", Purpose::Report, &[19, 20]).unwrap();
        for part in [
            "seeds.toml:6:",
            "seed 19 of X-v0",
            "`a` (report)",
            "\"20..22\"",
        ] {
            assert!(message.contains(part), "no `{part}` in {message}");
        }
        let message = refused("new", Purpose::Report, &[102]).unwrap();
        assert!(message.contains("seeds.toml:14:"), "{message}");
        assert_eq!(refused("a", Purpose::Report, &[0, 30, 31]), None);
        assert!(refused("a", Purpose::Report, &[100]).is_some());
        assert_eq!(refused("new", Purpose::Pilot, &[0]), None);
        assert!(
            refused("b", Purpose::Report, &[100]).is_some(),
            "its own search"
        );
        // A search may use what another search did, and nothing reported.
        assert_eq!(refused("new", Purpose::Search, &[100]), None);
        assert!(refused("new", Purpose::Search, &[3]).is_some());
        let other = ["Z-v0".to_owned()];
        assert!(
            ledger
                .check(&usage("new", Purpose::Report, &other, &[0]))
                .is_ok()
        );
    }

    #[test]
    fn the_first_range_that_is_long_enough_is_free() {
        let (_folder, file) = folder(TEXT);
        let ledger = Ledger::beside(&file).unwrap();
        let free = |task: &str, count| ledger.free(&[task.to_owned()], count);
        assert_eq!(free("X-v0", 10), 20..30);
        assert_eq!(free("X-v0", 11), 31..42);
        assert_eq!(free("X-v0", 70), 103..173);
        assert_eq!(free("Z-v0", 5), 0..5);
    }

    #[test]
    fn entries_merge_and_the_rest_of_the_file_stays() {
        let (folder, file) = folder(TEXT);
        let tasks = ["Y-v0".to_owned(), "X-v0".to_owned()];
        let read = || fs::read_to_string(folder.path().join(FILE)).unwrap();
        enter(&file, &usage("a", Purpose::Report, &tasks, &[3, 4])).unwrap();
        assert_eq!(read(), TEXT, "nothing is new");
        enter(&file, &usage("a", Purpose::Report, &tasks, &[20, 21])).unwrap();
        let text = read();
        assert!(text.contains("seeds = \"0..22, 30\"\n"), "{text}");
        assert!(
            text.starts_with("# ours\n") && text.contains("# the first"),
            "{text}"
        );
        assert_eq!(text.matches("[[used]]").count(), 2);
        // Other tasks are another entry.
        enter(&file, &usage("a", Purpose::Report, &tasks[1..], &[50])).unwrap();
        assert_eq!(read().matches("[[used]]").count(), 3);
        enter(&file, &usage("c", Purpose::Check, &tasks, &[500])).unwrap();
        assert!(!read().contains("500"));
        let ledger = Ledger::beside(&file).unwrap();
        assert!(ledger.holds(&usage("a", Purpose::Report, &tasks[1..], &[0, 21, 50])));
    }

    #[test]
    fn there_is_a_ledger_from_the_first_run_on_and_a_damaged_one_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("e.toml");
        let tasks = ["X-v0".to_owned()];
        let own = usage("e", Purpose::Pilot, &tasks, &[7]);
        enter(&file, &own).unwrap();
        assert!(Ledger::beside(&file).unwrap().holds(&own));
        let text = fs::read_to_string(folder.path().join(FILE)).unwrap();
        assert!(text.starts_with("# Which seeds"), "{text}");
        for (wrong, part) in [
            ("[[used]]\nexperiment = \"a\"\n", "is missing"),
            (&TEXT.replace("0..20", "20..0"), "seeds.toml:6:"),
            (
                &TEXT.replace("\"report\"", "\"fun\""),
                "`fun` is not possible",
            ),
            (
                &TEXT.replace("\"report\"", "\"check\""),
                "a check is not entered",
            ),
        ] {
            fs::write(folder.path().join(FILE), wrong).unwrap();
            let message = Ledger::beside(&file).unwrap_err().to_string();
            assert!(message.contains(part), "no `{part}` in {message}");
        }
    }
}
