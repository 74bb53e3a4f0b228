//! Which program made a run of which we do not know the source.
//!
//! Of the tasks and algorithms that the laboratory brings, the version of the
//! arithmetic says whether results can differ. Of anybody else's it cannot: a
//! record of theirs names the program that made it.

use std::sync::OnceLock;

use crate::config::RunConfig;
use crate::env::gym::About;
use crate::record::RunRecord;
use crate::warn;

/// 64 bits, in hexadecimal, of the BLAKE3 of this program, where `config` has a
/// part that the laboratory does not bring; `None` else, or where the program
/// cannot be read.
pub(super) fn of(config: &RunConfig) -> Option<String> {
    static PROGRAM: OnceLock<Option<String>> = OnceLock::new();
    let brought = config.env_version.is_none() && config.algorithm_version.is_none();
    if brought {
        return None;
    }
    let read = || {
        let program = std::fs::read(std::env::current_exe().ok()?).ok()?;
        Some(blake3::hash(&program).to_hex()[..16].to_owned())
    };
    PROGRAM.get_or_init(read).clone()
}

/// Records that stand and were made by another program than this one.
#[derive(Debug, Default)]
pub(super) struct OfOthers {
    count: usize,
    /// Of those of Gymnasium's environments: made with other versions of them.
    other_versions: usize,
}

impl OfOthers {
    /// Looks at a record that stands; its environment is one of Gymnasium's, now `about`,
    /// or none of those.
    pub fn note(&mut self, record: &RunRecord, about: Option<&About>) {
        let then = &record.provenance.gymnasium;
        if about
            .zip(then.as_ref())
            .is_some_and(|(now, then)| now != then)
        {
            self.other_versions += 1;
        }
        let made_by = &record.provenance.program;
        if made_by.is_some() && *made_by != of(&record.config) {
            self.count += 1;
        }
    }

    /// Says how many there are, and what to do.
    pub fn say(&self) {
        if self.other_versions > 0 {
            warn!(
                "{} records stand that were made with other versions of Gymnasium, of Python or of \
                 the environment; make them again with --again if that matters",
                self.other_versions
            );
        }
        if self.count > 0 {
            warn!(
                "{} records stand that another build of this program made; if a task or an \
                 algorithm has changed since, raise its version, or make them again with --again",
                self.count
            );
        }
    }
}
