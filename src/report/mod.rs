//! The report over all experiments, from what lies in the results: manifests,
//! figures with their captions, statistics and tables. Nothing is estimated
//! here: sentences and verdicts are made from numbers that stand in files.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::config::RunConfig;
use crate::experiment::manifest::Manifest;
use crate::figures::Caption;
use crate::format::{count, list};
use crate::summary::curves::METRICS;
use crate::summary::files;
use crate::summary::published;
use crate::summary::statistics::{self, Statistics};
use crate::summary::steps::{self, Steps};
use crate::summary::{CostRow, Row, SummaryError};

mod claims;
mod cost_claim;
mod html;
mod markdown;
mod sentences;
mod sweep_claim;

use crate::words;
use claims::Claim;

/// What can go wrong while the report is written.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// A file cannot be read or written, or is damaged.
    #[error(transparent)]
    File(#[from] SummaryError),
    /// A file that another command makes.
    #[error("{}: {problem}; `{remedy}` makes it", path.display())]
    Unmade {
        /// The file.
        path: PathBuf,
        /// That there is none, or that it is of other runs.
        problem: &'static str,
        /// The command.
        remedy: String,
    },
    /// There is nothing to report.
    #[error("{}: no experiment with a manifest.json; run one first: `trpo-lab reproduce`", path.display())]
    NoExperiment {
        /// The folder of the results.
        path: PathBuf,
    },
    /// The settings of a run cannot be written as TOML.
    #[error("settings of `{variant}` on `{env}`: {source}")]
    Settings {
        /// The task.
        env: String,
        /// The variant.
        variant: String,
        /// Why.
        source: toml::ser::Error,
    },
}

/// Everything the report says of one experiment.
struct Chapter {
    /// Name of its folder.
    folder: String,
    manifest: Manifest,
    statistics: Statistics,
    steps: Steps,
    costs: Vec<CostRow>,
    /// The command that draws its figures.
    redraw: String,
    figures: Vec<(Caption, String)>,
    /// In Markdown.
    tables: Vec<String>,
    settings: Vec<Settings>,
}

/// Everything the report says.
struct Report {
    sentences: [String; 5],
    claims: Vec<Claim>,
    chapters: Vec<Chapter>,
    /// What keeps other experiments out of it, a sentence each.
    left_out: Vec<String>,
}

/// Settings that a variant has on some tasks.
struct Settings {
    heading: String,
    toml: String,
}

/// Writes `REPORT.md` and `index.html` into the folder `results`, over every
/// experiment in it that has a manifest, in the order of their names. One whose
/// figures were not drawn or are damaged is left out, and the report says so;
/// gives why, for each of them.
///
/// # Errors
/// If no experiment is left.
pub fn write(results: &Path) -> Result<Vec<ReportError>, ReportError> {
    let unreadable = |source| SummaryError::File {
        path: results.to_owned(),
        source,
    };
    let mut folders = Vec::new();
    for entry in std::fs::read_dir(results).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        if path.join("manifest.json").is_file() {
            folders.push(path);
        }
    }
    folders.sort();
    if folders.is_empty() {
        return Err(ReportError::NoExperiment {
            path: results.to_owned(),
        });
    }
    let (mut chapters, mut problems) = (Vec::new(), Vec::new());
    for dir in &folders {
        match Chapter::read(dir) {
            Ok(chapter) => chapters.push(chapter),
            Err(problem) => problems.push(problem),
        }
    }
    // The main experiment, or else the first.
    let main = chapters.iter().find(|chapter| chapter.folder == "classic");
    let Some(main) = main.or(chapters.first()) else {
        return Err(problems.swap_remove(0));
    };
    let claims = claims::of(&chapters, main);
    let report = Report {
        sentences: sentences::of(main, &chapters, &claims),
        left_out: problems.iter().map(ToString::to_string).collect(),
        claims,
        chapters,
    };
    let text = markdown::report(&report);
    files::write(&results.join("REPORT.md"), text.as_bytes())?;
    let page = html::page(&report);
    files::write(&results.join("index.html"), page.as_bytes())?;
    Ok(problems)
}

impl Chapter {
    fn read(dir: &Path) -> Result<Self, ReportError> {
        let manifest = files::read_manifest(dir)?;
        let digest = manifest.digest();
        let needs = |name: &str, command: &str| -> Result<(), ReportError> {
            let problem = "there is none";
            match dir.join(name).is_file() {
                true => Ok(()),
                false => Err(unmade(dir, name, problem, command)),
            }
        };
        for name in [statistics::FILE, steps::FILE, CostRow::FILE] {
            needs(name, "summarize")?;
        }
        let (statistics, steps) = (Statistics::read(dir)?, Steps::read(dir)?);
        for (name, made_for) in [
            (statistics::FILE, &statistics.manifest),
            (steps::FILE, &steps.manifest),
        ] {
            if *made_for != digest {
                let problem = "it is not of the runs in manifest.json";
                return Err(unmade(dir, name, problem, "summarize"));
            }
        }
        needs("figures/captions.json", "plot")?;
        let path = dir.join("figures/captions.json");
        let text = files::read(&path)?;
        let captions: Vec<Caption> =
            serde_json::from_str(&text).map_err(|error| SummaryError::Damaged {
                line: error.line() as u64,
                column: None,
                problem: words::of_json(&error),
                path,
            })?;
        let mut figures = Vec::new();
        for caption in captions {
            let path = dir.join(format!("figures/{}.svg", caption.name));
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
                let name = format!("figures/{}.svg", caption.name);
                let problem = "it is not of the runs in manifest.json";
                return Err(unmade(dir, &name, problem, "plot"));
            }
            figures.push((caption, svg));
        }
        Ok(Self {
            folder: dir
                .file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned(),
            redraw: format!("trpo-lab plot {}", manifest.experiment),
            costs: files::read_rows(dir)?,
            statistics,
            steps,
            tables: tables(&dir.join("tables"))?,
            settings: settings(&manifest)?,
            figures,
            manifest,
        })
    }

    /// What is to be known of an experiment of which no run was completed.
    fn nothing_completed(&self) -> Option<String> {
        let runs = &self.manifest.runs;
        let of = |status: &str| runs.iter().filter(|run| run.status == status).count();
        let (diverged, failed) = (of("diverged"), of("failed"));
        let ended: Vec<String> = [(diverged, "diverged"), (failed, "failed")]
            .iter()
            .filter(|(number, _)| *number > 0)
            .map(|(number, how)| format!("{number} {how}"))
            .collect();
        (of("completed") == 0).then(|| {
            format!(
                "None of its {} was completed: {}. Nothing below was measured on a trained policy.",
                count(runs.len(), "run"),
                list(&ended)
            )
        })
    }

    /// What the manifest says, as names and values.
    fn facts(&self) -> Vec<(&'static str, String)> {
        let Manifest {
            tasks,
            variants,
            seeds,
            runs,
            ..
        } = &self.manifest;
        let mut outcome = count(runs.len(), "run");
        for status in ["diverged", "failed"] {
            let number = runs.iter().filter(|run| run.status == status).count();
            if number > 0 {
                outcome += &format!(", {number} {status}");
            }
        }
        let headline = METRICS
            .iter()
            .find(|(metric, _)| *metric == self.manifest.headline);
        let seeds = match (seeds.first(), seeds.last()) {
            (Some(first), Some(last)) if last - first + 1 == seeds.len() as u64 && first < last => {
                format!("{first} to {last}")
            }
            _ => list(&seeds.iter().map(u64::to_string).collect::<Vec<_>>()),
        };
        let mut machines: Vec<String> = Vec::new();
        for cost in &self.costs {
            let machine = format!("{}, {} kernels", cost.cpu, cost.kernel);
            if !machines.contains(&machine) {
                machines.push(machine);
            }
        }
        vec![
            ("Tasks", list(tasks)),
            ("Variants", list(variants)),
            ("Seeds", seeds),
            ("Runs", outcome),
            (
                "Headline score",
                headline.map_or("", |(_, name)| name).to_owned(),
            ),
            (
                "Experiment file",
                format!("experiments/{}.toml", self.manifest.experiment),
            ),
            ("Commit", self.manifest.commit.clone()),
            ("Version", self.manifest.version.clone()),
            ("Numerics", format!("version {}", self.manifest.numerics)),
            ("Digest of the manifest", self.manifest.digest()),
            ("Machine", list(&machines)),
            (
                "Compiler and crates",
                "Cargo.toml and Cargo.lock at the commit; every record names its rustc and dfdx"
                    .to_owned(),
            ),
        ]
    }
}

/// The figures that show a claim, with the chapter of each.
fn figures_of<'a>(
    claim: &Claim,
    chapters: &'a [Chapter],
) -> Vec<(&'a Chapter, &'a Caption, &'a str)> {
    let mut found = Vec::new();
    let of = chapters
        .iter()
        .filter(|chapter| chapter.folder == claim.experiment);
    for chapter in of {
        for name in claim.figures {
            let figure = chapter
                .figures
                .iter()
                .find(|(caption, _)| caption.name == *name);
            found.extend(figure.map(|(caption, svg)| (chapter, caption, svg.as_str())));
        }
    }
    found
}

/// The claim with which a figure is shown, if there is one.
fn shown_by<'a>(caption: &Caption, chapter: &Chapter, claims: &'a [Claim]) -> Option<&'a Claim> {
    claims.iter().find(|claim| {
        claim.experiment == chapter.folder && claim.figures.contains(&caption.name.as_str())
    })
}

/// `trpo-lab NAME EXPERIMENT` for the folder of an experiment.
fn command(dir: &Path, name: &str) -> String {
    let experiment = dir.file_name().unwrap_or_default().to_string_lossy();
    let root = dir.parent().filter(|root| *root != Path::new("results"));
    let out = root.map_or_else(String::new, |root| format!(" --out {}", root.display()));
    format!("trpo-lab {name} {experiment}{out}")
}

fn unmade(dir: &Path, name: &str, problem: &'static str, made_by: &str) -> ReportError {
    ReportError::Unmade {
        path: dir.join(name),
        problem,
        remedy: command(dir, made_by),
    }
}

/// The Markdown files of a folder, in the order of their names, but ours before
/// those of others.
fn tables(folder: &Path) -> Result<Vec<String>, SummaryError> {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return Ok(Vec::new());
    };
    let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "md"));
    paths.sort_by_key(|path| (path.ends_with(published::table::FILE), path.clone()));
    paths.iter().map(|path| files::read(path)).collect()
}

/// The complete settings of every variant, once for all tasks that share them.
fn settings(manifest: &Manifest) -> Result<Vec<Settings>, ReportError> {
    let mut all = Vec::new();
    for variant in &manifest.variants {
        let mut shared: BTreeMap<String, Vec<&str>> = BTreeMap::new();
        let mut order = Vec::new();
        for cell in manifest
            .cells
            .iter()
            .filter(|cell| cell.variant == *variant)
        {
            let config = RunConfig {
                env: String::new(),
                ..cell.config.clone()
            };
            let toml = toml::to_string(&config).map_err(|source| ReportError::Settings {
                env: cell.env.clone(),
                variant: variant.clone(),
                source,
            })?;
            let toml = toml.replacen("env = \"\"\n", "", 1).trim_start().to_owned();
            if !shared.contains_key(&toml) {
                order.push(toml.clone());
            }
            shared.entry(toml).or_default().push(&cell.env);
        }
        for toml in order {
            let tasks = &shared[&toml];
            let heading = match tasks.len() == manifest.tasks.len() {
                true => variant.clone(),
                false => format!("{variant} on {}", list(tasks)),
            };
            all.push(Settings { heading, toml });
        }
    }
    Ok(all)
}

/// The heading above the experiments that are left out.
const LEFT_OUT: &str = "Experiments that are left out";

/// What holds for every number, in Markdown.
const CAUTION: &str = "Intervals are 95% percentile intervals of the stratified bootstrap over \
    runs, where nothing else is said. With few runs they are too narrow: for the interquartile mean of normal data they cover \
    90% with 5 runs and 93% with 10. Runs of different variants with the same seed share their \
    random streams on purpose (the same first networks, the same first states), and the estimates \
    treat them as independent, which is conservative where the pairing helps. Verdicts follow \
    rules that stand beside them, and \"cannot tell\" is one of the answers.";

/// How the results are made again, in Markdown.
const REGENERATE: &str = "Every number, table and figure below comes from one file for each \
    experiment. `make reproduce` runs the experiments, summarises their records, and draws this \
    report; on the same version of the numerics the digests come out the same. `make figures` \
    draws figures and report again from the committed tables, without any run.";
