//! The scripts of `trpo-lab slurm`: what stands in them, and the times that they name.

use std::io;
use std::num::NonZeroUsize;
use std::path::Path;

use super::{CliError, at_least_one};

/// Seconds before the end of its time that a task is told; less where it has little.
const NOTICE: u64 = 120;

/// What a job asks of the cluster.
#[derive(Debug, clap::Args)]
pub(super) struct Asks {
    /// The partition [default: the cluster's].
    #[arg(long, value_name = "P")]
    partition: Option<String>,
    /// The time of a part, as Slurm writes it: minutes, H:MM:SS, D-HH:MM:SS.
    #[arg(long, value_name = "T", default_value = "60")]
    time: String,
    /// CPUs of a part, of which each makes a run.
    #[arg(long, value_name = "C", value_parser = at_least_one, default_value = "1")]
    pub cpus: NonZeroUsize,
    /// Memory of a part, as Slurm writes it: 4G.
    #[arg(long, value_name = "M")]
    mem: Option<String>,
    /// Parts that are made at a time.
    #[arg(long, value_name = "K", value_parser = at_least_one)]
    max_parallel: Option<NonZeroUsize>,
}

impl Asks {
    /// The time of a part in seconds.
    ///
    /// # Errors
    /// If it is not written as Slurm writes it.
    pub fn seconds(&self) -> Result<u64, CliError> {
        seconds(&self.time).ok_or_else(|| {
            CliError::Usage(format!(
                "--time {}: write it as Slurm does: minutes, H:MM:SS or D-HH:MM:SS",
                self.time
            ))
        })
    }
}

/// Seconds of a time as Slurm writes it; `None` of none, and of 0.
fn seconds(text: &str) -> Option<u64> {
    let (days, rest) = match text.split_once('-') {
        Some((days, rest)) => (Some(days.parse::<u64>().ok()?), rest),
        None => (None, text),
    };
    let parts: Option<Vec<u64>> = rest.split(':').map(|part| part.parse().ok()).collect();
    let seconds = match (days, parts?.as_slice()) {
        (None, [minutes]) => minutes * 60,
        (None, [minutes, seconds]) => minutes * 60 + seconds,
        (days, [hours, rest @ ..]) if rest.len() <= 2 => {
            let of = |place: usize| rest.get(place).copied().unwrap_or(0);
            (days.unwrap_or(0) * 24 + hours) * 3600 + of(0) * 60 + of(1)
        }
        _ => return None,
    };
    (seconds > 0).then_some(seconds)
}

/// Seconds before its end at which a task of so many is told.
pub(super) fn notice(seconds: u64) -> u64 {
    match seconds < 3 * 60 {
        true => seconds * 2 / 3,
        false => NOTICE,
    }
}

/// What stands for the words in braces.
#[derive(Debug, Clone, Copy)]
pub(super) struct Words<'a> {
    pub asks: &'a Asks,
    /// Of the experiment or search.
    pub name: &'a str,
    /// What makes a part: `run` or `search`.
    pub command: &'a str,
    /// What the user calls the experiment.
    pub experiment: &'a str,
    /// The folder of results.
    pub out: &'a Path,
    /// Seconds of a part before its end.
    pub notice: u64,
    /// Where scripts and logs stand.
    pub folder: &'a Path,
}

impl Words<'_> {
    /// `template` for `tasks` of `shards` parts, after the first `first`.
    ///
    /// # Errors
    /// If the program or the working folder cannot be named.
    pub fn fill(
        &self,
        template: &str,
        shards: usize,
        (first, tasks): (usize, usize),
    ) -> Result<String, CliError> {
        let args = self.asks;
        let here = std::env::current_dir().map_err(here_failed)?;
        let program = std::env::current_exe().map_err(here_failed)?;
        let throttle = args.max_parallel.map(|most| format!("%{most}"));
        let options = [("partition", &args.partition), ("mem", &args.mem)];
        let options = options.into_iter().filter_map(|(name, value)| {
            let value = value.as_ref()?;
            Some(format!("#SBATCH --{name}={value}\n"))
        });
        let log = |name: &str| self.folder.join(name).display().to_string();
        let words = [
            ("job", format!("trpo-lab-{}", self.name)),
            (
                "array",
                format!("1-{tasks}{}", throttle.unwrap_or_default()),
            ),
            ("cpus", args.cpus.to_string()),
            ("time", args.time.clone()),
            ("notice", self.notice.to_string()),
            ("command", self.command.to_owned()),
            ("log", log("%A_%a.log")),
            ("merge_log", log("merge-%j.log")),
            ("options", options.collect()),
            ("first", first.to_string()),
            ("shards", shards.to_string()),
            ("folder", quoted(&here.display().to_string())),
            ("program", quoted(&program.display().to_string())),
            ("experiment", quoted(self.experiment)),
            ("out", quoted(&self.out.display().to_string())),
        ];
        let mut text = template.to_owned();
        for (word, value) in &words {
            text = text.replace(&format!("{{{word}}}"), value);
        }
        Ok(text)
    }
}

fn here_failed(error: io::Error) -> CliError {
    CliError::Failure(format!(
        "the program or its folder cannot be found: {error}"
    ))
}

/// For a shell.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_as_slurm_reads_them() {
        for (text, expected) in [
            ("5", Some(300)),
            ("5:30", Some(330)),
            ("1:00:05", Some(3605)),
            ("2-3", Some(51 * 3600)),
            ("1-00:10:00", Some(87_000)),
            ("0", None),
            ("", None),
            ("1:2:3:4", None),
            ("soon", None),
        ] {
            assert_eq!(seconds(text), expected, "{text}");
        }
        assert_eq!((notice(60), notice(180), notice(86_400)), (40, 120, 120));
    }

    #[test]
    fn a_shell_reads_what_was_quoted() {
        assert_eq!(quoted("a b"), "'a b'");
        assert_eq!(quoted("it's"), r"'it'\''s'");
    }
}
