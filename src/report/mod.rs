//! The report over all experiments, from what lies in the results: manifests,
//! figures with their captions, and tables. Nothing is computed here.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::config::RunConfig;
use crate::experiment::manifest::Manifest;
use crate::figures::Caption;
use crate::summary::SummaryError;
use crate::summary::curves::METRICS;
use crate::summary::files;
use crate::summary::format::{count, list};

mod html;
mod markdown;

/// What can go wrong while the report is written.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// A file cannot be read or written, or is damaged.
    #[error(transparent)]
    File(#[from] SummaryError),
    /// There is nothing to report.
    #[error("{}: no experiment with a manifest.json; run one first", path.display())]
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
    figures: Vec<(Caption, String)>,
    /// In Markdown.
    tables: Vec<String>,
    settings: Vec<Settings>,
}

/// Settings that a variant has on some tasks.
struct Settings {
    heading: String,
    toml: String,
}

/// Writes `REPORT.md` and `index.html` into the folder `results`, over every
/// experiment in it that has a manifest, in the order of their names.
///
/// # Errors
/// If there is no experiment, or one whose figures were not drawn or are
/// damaged.
pub fn write(results: &Path) -> Result<(), ReportError> {
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
    let chapters: Result<Vec<Chapter>, _> = folders.iter().map(|dir| Chapter::read(dir)).collect();
    let chapters = chapters?;
    let report = markdown::report(&chapters);
    files::write(&results.join("REPORT.md"), report.as_bytes())?;
    let page = html::page(&chapters);
    files::write(&results.join("index.html"), page.as_bytes())?;
    Ok(())
}

impl Chapter {
    fn read(dir: &Path) -> Result<Self, ReportError> {
        let manifest = files::read_manifest(dir)?;
        let path = dir.join("figures/captions.json");
        let text = files::read(&path)?;
        let captions: Vec<Caption> =
            serde_json::from_str(&text).map_err(|error| SummaryError::Damaged {
                line: error.line() as u64,
                column: None,
                problem: error.to_string(),
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
            figures.push((caption, svg));
        }
        Ok(Self {
            folder: dir
                .file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned(),
            tables: tables(&dir.join("tables"))?,
            settings: settings(&manifest)?,
            figures,
            manifest,
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
        ]
    }
}

/// The Markdown files of a folder, in the order of their names.
fn tables(folder: &Path) -> Result<Vec<String>, SummaryError> {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return Ok(Vec::new());
    };
    let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "md"));
    paths.sort();
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

/// How the results are made again, in Markdown.
const REGENERATE: &str = "Every number, table and figure below comes from one file for each \
    experiment. `make reproduce` runs the experiments, summarises their records, and draws this \
    report; on the same version of the numerics the digests come out the same. `make figures` \
    draws figures and report again from the committed tables, without any run.";
