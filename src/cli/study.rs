//! What commands do with an experiment file that has a `kind`.

use std::path::Path;
use std::process::ExitCode;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use super::{CliError, experiment_path, letters, signals};
use crate::experiment::store::Store;
use crate::experiment::{ledger, progress};
use crate::figures;
use crate::lab::Lab;
use crate::studies::file::{self, StudyFile, StudyFileError};
use crate::studies::made::MadeError;
use crate::studies::results::{self, FILE, Results};
use crate::studies::{Context, StudyError};
use crate::{say, warn};

impl From<StudyFileError> for CliError {
    fn from(error: StudyFileError) -> Self {
        CliError::Usage(error.to_string())
    }
}

impl From<MadeError> for CliError {
    fn from(error: MadeError) -> Self {
        match error {
            MadeError::Study(StudyError::Stopped) => CliError::Interrupted(error.to_string()),
            MadeError::Source(error) => error.into(),
            error => CliError::Failure(error.to_string()),
        }
    }
}

/// Whether the experiment that the user names is a study.
pub(super) fn is_one(name: &str) -> bool {
    file::is_one(&experiment_path(name))
}

/// Whether the folder holds the results of a study.
pub(super) fn is_made(folder: &Path) -> bool {
    folder.join(FILE).is_file()
}

/// The study that the user names.
pub(super) fn read(name: &str) -> Result<StudyFile, CliError> {
    Ok(StudyFile::read(&experiment_path(name))?)
}

/// Makes a study in the folder `root`, unless it stands there and `again` is not wanted,
/// with its table and its claims.
pub(super) fn make(
    lab: &Lab,
    study: &StudyFile,
    root: &Path,
    again: bool,
) -> Result<ExitCode, CliError> {
    let store = Store::new(root, &study.name);
    let _lock = store.lock()?;
    study.state(&store)?;
    let name = &study.name;
    if study.stands(&store) && !again {
        study.describe(&store)?;
        say!("{name}: it stood already; its claims are judged anew");
        return Ok(ExitCode::SUCCESS);
    }
    let tasks = [study.study.kind().to_owned()];
    if let Some(usage) = study.usage(&tasks) {
        ledger::enter(&study.path, &usage)?;
    }
    let (started, done, of) = (Instant::now(), AtomicUsize::new(0), study.seeds.len());
    let tell = || {
        let done = done.fetch_add(1, Ordering::Relaxed) + 1;
        let passed = started.elapsed().as_secs_f64();
        let left = passed / done as f64 * (of - done) as f64;
        warn!(
            "[{done:>4}/{of}] {name} {}, {} left",
            study.study.repetition(),
            progress::shown(left)
        );
    };
    let results = study.make(
        &store,
        &Context {
            seeds: &study.seeds,
            kernel: lab.kernel(),
            interrupt: signals::listen(),
            tell: &tell,
            standing: &results::standing(&store),
        },
    )?;
    say!(
        "{name}: {} numbers in {}, after {}",
        progress::grouped(results.rows.len() as u64),
        store.directory().display(),
        progress::shown(started.elapsed().as_secs_f64())
    );
    Ok(ExitCode::SUCCESS)
}

/// Describes what stands of a study anew: its table and its claims, by its file where
/// that is there still.
pub(super) fn describe(root: &Path, name: &str) -> Result<ExitCode, CliError> {
    let store = Store::new(root, name);
    let study = read(name)?;
    study.describe(&store)?;
    say!("{}: tables written", store.directory().display());
    Ok(ExitCode::SUCCESS)
}

/// Draws the figure of a study.
pub(super) fn draw(root: &Path, name: &str) -> Result<ExitCode, CliError> {
    let drawn = figures::draw_study(&root.join(name))?;
    letters::say(name, &drawn);
    for path in drawn.paths {
        say!("{}", path.display());
    }
    Ok(ExitCode::SUCCESS)
}

/// Makes `count` repetitions again, and says whether they give the rows that stand.
pub(super) fn verify(lab: &Lab, root: &Path, name: &str, count: usize) -> Result<bool, CliError> {
    let results = Results::read(&root.join(name))?;
    let source = &results.source;
    let Some(study) = crate::studies::find(&source.kind).filter(|study| !study.is_timed()) else {
        say!("{name}: it measures times, which are not made again");
        return Ok(true);
    };
    let seeds = &source.seeds[..count.min(source.seeds.len())];
    let asked = study.asked(&source.settings).map_err(CliError::Failure)?;
    let made = asked.make(&Context {
        seeds,
        kernel: lab.kernel(),
        interrupt: signals::listen(),
        tell: &|| {},
        standing: &[],
    });
    let made = made.map_err(MadeError::from)?;
    let is_equal = |seed: &&u64| {
        let made = made.iter().filter(|row| row.repetition == **seed);
        made.eq(results.repetition(**seed))
    };
    let equal = seeds.iter().filter(is_equal).count();
    say!(
        "{name}: {equal} of {} repetitions give the same numbers",
        seeds.len()
    );
    Ok(equal == seeds.len())
}
