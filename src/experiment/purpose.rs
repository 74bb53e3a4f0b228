//! What an experiment is made for, which says what its seeds are good for
//! afterwards.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What an experiment is made for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Purpose {
    /// Its results are reported, so that nothing may have been chosen on its
    /// seeds.
    #[default]
    Report,
    /// Settings are chosen on its seeds.
    Search,
    /// A look beforehand: it is not reported, and its seeds are spent.
    Pilot,
    /// Whether things work: nothing is learnt from its scores, and its seeds stay
    /// as they are.
    Check,
}

impl Purpose {
    /// Its name in files.
    pub fn name(self) -> &'static str {
        match self {
            Purpose::Report => "report",
            Purpose::Search => "search",
            Purpose::Pilot => "pilot",
            Purpose::Check => "check",
        }
    }

    /// Whether it is the usual one.
    pub fn is_report(&self) -> bool {
        *self == Purpose::Report
    }

    /// Whether the ledger takes down what it looks at.
    pub fn spends_seeds(self) -> bool {
        self != Purpose::Check
    }

    /// Whether it may not begin on a seed that others looked at with the purpose
    /// `other`: a report on any, a search on one that is reported.
    pub fn is_barred_by(self, other: Purpose) -> bool {
        match self {
            Purpose::Report => other.spends_seeds(),
            Purpose::Search => other == Purpose::Report,
            Purpose::Pilot | Purpose::Check => false,
        }
    }
}

impl fmt::Display for Purpose {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}
