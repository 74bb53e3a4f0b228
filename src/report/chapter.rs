//! What the report reads of one experiment, and what it says of it alone.

use std::path::{Path, PathBuf};

use super::block::{Table, Text};
use super::error::{ReportError, unmade};
use super::settings::{self, Settings};
use crate::claims::Claims;
use crate::experiment::manifest::Manifest;
use crate::experiment::purpose::Purpose;
use crate::experiment::source;
use crate::experiment::stated::Stated;
use crate::figures::{Caption, read_captions};
use crate::format::{count, list};
use crate::record::Ending;
use crate::summary::files;
use crate::summary::published;
use crate::summary::statistics::{self, RULES, Stamp, Statistics};
use crate::summary::{CostRow, Row, SummaryError};

/// What an experiment leaves beside tables and figures.
const DATA: [&str; 11] = [
    "scores.csv",
    "curves_summary.csv",
    "updates_summary.csv",
    "cost.csv",
    "collapse.csv",
    "diagnostics.csv",
    "statistics.json",
    "claims.json",
    "stated.json",
    "manifest.json",
    "experiment.toml",
];

/// Everything the report says of one experiment.
pub(super) struct Chapter {
    /// Name of its folder.
    pub folder: String,
    pub manifest: Manifest,
    /// None of a summary that follows older rules: its tables and figures are shown
    /// as they stand.
    pub statistics: Option<Statistics>,
    /// None where nothing is claimed.
    pub claims: Option<Claims>,
    /// How it is made, in the words of its file; empty where that says nothing.
    pub method: String,
    /// What was stated before the runs.
    pub stated: Stated,
    pub costs: Vec<CostRow>,
    /// The command that draws its figures.
    pub redraw: String,
    pub captions: Vec<Caption>,
    pub tables: Vec<TableFile>,
    /// Tables that the report makes of it.
    pub extras: Vec<Extra>,
    /// Names of the files that a reader may want.
    pub data: Vec<&'static str>,
    pub settings: Vec<Settings>,
}

/// A committed table.
pub(super) struct TableFile {
    /// Its path in the folder of the experiment.
    pub path: String,
    /// In Markdown.
    pub text: String,
}

/// A table that the report makes itself.
pub(super) struct Extra {
    pub title: &'static str,
    pub intro: Text,
    pub table: Table,
}

impl Chapter {
    /// Reads it from the folder of the experiment.
    ///
    /// # Errors
    /// If a file is missing or damaged, or is of other runs.
    pub fn read(dir: &Path) -> Result<Self, ReportError> {
        let manifest = files::read_manifest(dir)?;
        let digest = manifest.digest();
        let needs = |name: &str, command: &str| -> Result<(), ReportError> {
            let problem = "there is none";
            match dir.join(name).is_file() {
                true => Ok(()),
                false => Err(unmade(dir, name, problem, command)),
            }
        };
        for name in [statistics::FILE, CostRow::FILE] {
            needs(name, "summarize")?;
        }
        let stamp = Stamp::read(dir)?;
        let not_of_these = |name: &str| {
            let problem = "it is not of the runs in manifest.json";
            unmade(dir, name, problem, "summarize")
        };
        if stamp.manifest != digest {
            return Err(not_of_these(statistics::FILE));
        }
        let statistics = match stamp.rules == RULES {
            true => Some(Statistics::read(dir)?),
            false => None,
        };
        let claims = match dir.join(crate::claims::FILE).is_file() {
            true => Some(Claims::read(dir)?),
            false => None,
        };
        let of_others = claims.as_ref().filter(|claims| claims.manifest != digest);
        if of_others.is_some() {
            return Err(not_of_these(crate::claims::FILE));
        }
        needs("figures/captions.json", "plot")?;
        let captions = captions(dir)?;
        for caption in &captions {
            check_picture(dir, &caption.name, &digest)?;
        }
        Ok(Self {
            folder: name_of(dir),
            redraw: format!("trpo-lab plot {}", manifest.experiment),
            costs: files::read_rows(dir)?,
            statistics,
            claims,
            stated: Stated::read(dir).map_err(SummaryError::from)?,
            tables: tables(dir)?,
            method: method(dir),
            extras: Vec::new(),
            data: DATA
                .into_iter()
                .filter(|name| dir.join(name).is_file())
                .collect(),
            settings: settings::of(&manifest)?,
            captions,
            manifest,
        })
    }

    /// What is to be known of an experiment of which no run was completed.
    fn nothing_completed(&self) -> Option<String> {
        let runs = &self.manifest.runs;
        let of = |ending| runs.iter().filter(|run| run.status == ending).count();
        let ended: Vec<String> = Ending::BAD
            .into_iter()
            .map(|ending| (of(ending), ending))
            .filter(|(number, _)| *number > 0)
            .map(|(number, ending)| format!("{number} {ending}"))
            .collect();
        (of(Ending::Completed) == 0).then(|| {
            format!(
                "None of its {} was completed: {}. Nothing below was measured on a trained policy.",
                count(runs.len(), "run"),
                list(&ended)
            )
        })
    }

    /// `500 runs`, or `59 of 480 runs` of an early look.
    pub fn runs_made(&self) -> String {
        let (made, planned) = (self.manifest.runs.len(), self.manifest.planned());
        match self.manifest.is_complete() {
            true => count(made, "run"),
            false => format!("{made} of {}", count(planned, "run")),
        }
    }

    /// How often the results were looked at before all runs were made; `None` if never.
    pub fn looks(&self) -> Option<String> {
        let manifest = &self.manifest;
        let before = count(self.stated.looks, "time");
        let looks = self.stated.looks_at(manifest);
        let stricter = match looks {
            1 => String::new(),
            _ => format!(" Intervals of verdicts hold for {looks} times as many answers for that."),
        };
        match manifest.is_complete() {
            false => Some(format!(
                "An early look: {} are made. The results were looked at {before} so far.{stricter}",
                self.runs_made()
            )),
            true if self.stated.looks > 0 => Some(format!(
                "The results were looked at {before} before all runs were made.{stricter}"
            )),
            true => None,
        }
    }

    /// What is to be known before anything that is shown of it.
    pub fn notices(&self) -> Vec<String> {
        let all = [
            self.nothing_completed(),
            self.is_check(),
            self.is_older(),
            self.looks(),
            self.without_verdict(),
        ];
        all.into_iter().flatten().collect()
    }

    /// Says of an experiment that only checks whether things work that it does.
    pub fn is_check(&self) -> Option<String> {
        (self.manifest.analysis.purpose == Purpose::Check).then(|| {
            format!(
                "`{}` checks whether things run (`purpose = \"check\"`): nothing is learnt from its \
                 scores, and verdicts on it say nothing about algorithms.",
                self.manifest.experiment
            )
        })
    }

    /// Says of a summary of older rules that it is one.
    fn is_older(&self) -> Option<String> {
        self.statistics.is_none().then(|| {
            format!(
                "The tables and figures of this experiment follow older rules than the others: \
                 they were made before its runs could be summarised again. `trpo-lab reproduce {}` \
                 makes all of it anew.",
                self.manifest.experiment
            )
        })
    }

    /// Why there is no verdict on any task, where variants could have been compared.
    fn without_verdict(&self) -> Option<String> {
        let statistics = self.statistics.as_ref()?;
        let is_judged = statistics.headline().is_some();
        if is_judged || statistics.left_out.is_empty() || self.manifest.variants.len() < 2 {
            return None;
        }
        let left = statistics.left_out.iter();
        let reasons: Vec<String> = left
            .map(|left| format!("{}: {}", left.name, left.reason))
            .collect();
        Some(format!("There is no verdict. {}.", list(&reasons)))
    }

    /// By which search the settings were chosen, if by one.
    pub fn settings_by(&self) -> Option<String> {
        let searches = &self.manifest.analysis.searched_by;
        let named: Vec<String> = (searches.iter())
            .map(|by| format!("`{}` ({})", by.search, by.protocol))
            .collect();
        let tasks = &self.manifest.tasks;
        let mut held_out: Vec<&str> = match searches.split_first() {
            Some((first, _)) => first.held_out(tasks),
            None => Vec::new(),
        };
        held_out.retain(|task| searches.iter().all(|by| by.held_out(tasks).contains(task)));
        let held_out = match held_out.is_empty() {
            true => String::new(),
            false => format!(" Held out, since no search saw them: {}.", list(&held_out)),
        };
        (!named.is_empty()).then(|| format!(" Settings are those of {}.{held_out}", list(&named)))
    }

    /// Name of the headline score.
    pub fn headline(&self) -> &'static str {
        self.manifest.headline.name()
    }
}

/// The name of a folder.
pub(super) fn name_of(dir: &Path) -> String {
    let name = dir.file_name().unwrap_or_default();
    name.to_string_lossy().into_owned()
}

/// The first of the tables.
const SCORES: &str = "tables/scores.md";

/// What an experiment file says above everything else: its first lines of comment, after
/// the one that says where the file lies.
pub(super) fn method(dir: &Path) -> String {
    let text = std::fs::read_to_string(dir.join(source::FILE)).unwrap_or_default();
    let lines = text.lines().skip_while(|line| source::is_mark(line));
    let words = lines.map_while(|line| line.strip_prefix('#'));
    let words: Vec<&str> = words
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .collect();
    words.join(" ")
}

/// What is said of the figures in a folder, in their order.
pub(super) fn captions(dir: &Path) -> Result<Vec<Caption>, SummaryError> {
    read_captions(&dir.join("figures"))
}

/// The picture of this name must be whole, and of the runs with this digest.
fn check_picture(dir: &Path, name: &str, digest: &str) -> Result<(), ReportError> {
    let name = format!("figures/{name}.svg");
    let path = dir.join(&name);
    let svg = files::read(&path)?;
    if !svg.starts_with("<svg") || !svg.trim_end().ends_with("</svg>") {
        Err(SummaryError::Damaged {
            path,
            line: 1,
            column: None,
            problem: "not one whole SVG; draw it again".to_owned(),
        })?;
    }
    if !svg.contains(&format!("manifest: {digest}")) {
        let problem = "it is not of the runs in manifest.json";
        return Err(unmade(dir, &name, problem, "plot"));
    }
    Ok(())
}

/// The Markdown files in `tables/`, in the order of their names, but ours before
/// those of others.
pub(super) fn tables(dir: &Path) -> Result<Vec<TableFile>, SummaryError> {
    let Ok(entries) = std::fs::read_dir(dir.join("tables")) else {
        return Ok(Vec::new());
    };
    let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "md"));
    // Scores first, what others published last.
    paths.sort_by_key(|path| {
        let is_last = path.ends_with(published::table::FILE);
        (is_last, !path.ends_with(SCORES), path.clone())
    });
    let read = |path: &PathBuf| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        Ok(TableFile {
            path: format!("tables/{name}"),
            text: files::read(path)?,
        })
    };
    paths.iter().map(read).collect()
}
