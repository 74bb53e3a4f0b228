//! The tables of a summary: their columns, and how a field is written and read.

use crate::experiment::plan::Metric;
use crate::record::Ending;

/// A table with a fixed header.
pub trait Row: Sized {
    /// Name of its file in the folder of the experiment.
    const FILE: &'static str;
    /// Its header.
    const COLUMNS: &'static [&'static str];
    /// The fields of one line.
    fn fields(&self) -> Vec<String>;
    /// The row with these fields, as many as there are columns; an error is
    /// the number of the wrong field and what was expected there.
    fn parse(fields: &csv::StringRecord) -> Result<Self, (usize, &'static str)>;
}

/// One field of a row.
pub(super) trait Field: Sized {
    const EXPECTED: &'static str;
    fn show(&self) -> String;
    fn parse(text: &str) -> Option<Self>;
}

impl Field for String {
    const EXPECTED: &'static str = "a name";
    fn show(&self) -> String {
        self.clone()
    }
    fn parse(text: &str) -> Option<Self> {
        (!text.is_empty()).then(|| text.to_owned())
    }
}

impl Field for u64 {
    const EXPECTED: &'static str = "a whole number";
    fn show(&self) -> String {
        self.to_string()
    }
    fn parse(text: &str) -> Option<Self> {
        text.parse().ok()
    }
}

impl Field for f64 {
    const EXPECTED: &'static str = "a finite number";
    fn show(&self) -> String {
        // The shortest digits that read back to the same bits.
        format!("{self:?}")
    }
    fn parse(text: &str) -> Option<Self> {
        text.parse().ok().filter(|number: &f64| number.is_finite())
    }
}

impl Field for Option<f64> {
    const EXPECTED: &'static str = "a finite number or nothing";
    fn show(&self) -> String {
        self.as_ref().map_or_else(String::new, Field::show)
    }
    fn parse(text: &str) -> Option<Self> {
        match text {
            "" => Some(None),
            number => f64::parse(number).map(Some),
        }
    }
}

impl Field for Ending {
    const EXPECTED: &'static str = "`completed`, `diverged` or `failed`";
    fn show(&self) -> String {
        self.name().to_owned()
    }
    fn parse(text: &str) -> Option<Self> {
        Ending::ALL.into_iter().find(|ending| ending.name() == text)
    }
}

/// Declares a table: its file, and a field for every column.
macro_rules! table {
    (
        $(#[$meta:meta])*
        $name:ident in $file:literal {
            $( $(#[$doc:meta])+ $field:ident = $column:literal: $type:ty, )+
        }
    ) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Default, PartialEq)]
        pub struct $name {
            $( $(#[$doc])+ pub $field: $type, )+
        }

        impl Row for $name {
            const FILE: &'static str = $file;
            const COLUMNS: &'static [&'static str] = &[$($column),+];
            fn fields(&self) -> Vec<String> {
                vec![$( self.$field.show() ),+]
            }
            fn parse(fields: &csv::StringRecord) -> Result<Self, (usize, &'static str)> {
                let mut next = fields.iter().enumerate();
                $( let (place, text) = next.next().unwrap_or((0, ""));
                   let $field = <$type as Field>::parse(text)
                       .ok_or((place, <$type as Field>::EXPECTED))?; )+
                Ok(Self { $( $field ),+ })
            }
        }
    };
}

table! {
    /// The scores of one run; of one that diverged, what stands for them.
    ScoreRow in "scores.csv" {
        /// Task.
        env = "env": String,
        /// Variant.
        variant = "variant": String,
        /// Seed.
        seed = "seed": u64,
        /// `completed`, `diverged` or `failed`.
        status = "status": Ending,
        /// Mean return of the evaluation of the final policy.
        evaluation = "evaluation": Option<f64>,
        /// Area under the learning curve, divided by the steps.
        area = "area": Option<f64>,
        /// Mean training return over the last 10% of the steps.
        training = "training": Option<f64>,
        /// Mean return of the episodes that ended in the last 10% of the steps.
        last = "final": Option<f64>,
    }
}

table! {
    /// A point of the learning curve of one run.
    CurveRow in "curves.csv" {
        /// Task.
        env = "env": String,
        /// Variant.
        variant = "variant": String,
        /// Seed.
        seed = "seed": u64,
        /// Environment steps at the point; of a bin of the training return, in its
        /// middle.
        step = "step": u64,
        /// The return; nothing in a gap.
        value = "return": Option<f64>,
    }
}

table! {
    /// The learning curves of one task and variant at one point.
    BandRow in "curves_summary.csv" {
        /// Task.
        env = "env": String,
        /// Variant.
        variant = "variant": String,
        /// Environment steps at the point.
        step = "step": u64,
        /// Runs that have a value there.
        n = "n": u64,
        /// Their mean.
        mean = "mean": f64,
        /// Lower end of the mean's 95% bootstrap interval; needs two runs.
        low = "low": Option<f64>,
        /// Upper end.
        high = "high": Option<f64>,
    }
}

table! {
    /// The learning curves of one task and variant at one point, by Q-values.
    QValueRow in "q_values_summary.csv" {
        /// Task.
        env = "env": String,
        /// Variant.
        variant = "variant": String,
        /// Q-values that were used by the point: mean over runs.
        q_values = "q_values": u64,
        /// Runs that have a value there.
        n = "n": u64,
        /// Their mean.
        mean = "mean": f64,
        /// Lower end of the mean's 95% bootstrap interval; needs two runs.
        low = "low": Option<f64>,
        /// Upper end.
        high = "high": Option<f64>,
    }
}

table! {
    /// What a diagnostic found in one run.
    DiagnosticRow in "diagnostics.csv" {
        /// The diagnostic.
        diagnostic = "diagnostic": String,
        /// Task.
        env = "env": String,
        /// Variant.
        variant = "variant": String,
        /// Seed.
        seed = "seed": u64,
        /// Updates that the policy had made.
        update = "update": u64,
        /// The quantity.
        quantity = "quantity": String,
        /// The number; nothing where it could not be told.
        value = "value": Option<f64>,
    }
}

table! {
    /// A number of one repetition of a study.
    StudyRow in "study.csv" {
        /// What was looked at.
        case = "case": String,
        /// Where along it, in the unit of the case; 0 where there is no such thing.
        at = "at": f64,
        /// The seed of the repetition.
        repetition = "repetition": u64,
        /// The quantity.
        quantity = "quantity": String,
        /// The number.
        value = "value": f64,
    }
}

table! {
    /// Wall time that one part of an update takes, on one task under one
    /// variant. Measured once: not a function of configuration and seed.
    CostRow in "cost.csv" {
        /// Task.
        env = "env": String,
        /// Variant.
        variant = "variant": String,
        /// `collect`, `advantages`, `policy` or `critic`.
        part = "part": String,
        /// Runs behind the quantiles.
        n = "n": u64,
        /// Seconds an update: first quartile over runs.
        q25 = "q25": f64,
        /// Median.
        median = "median": f64,
        /// Third quartile.
        q75 = "q75": f64,
        /// Model of the CPU.
        cpu = "cpu": String,
        /// Kernels that ran.
        kernel = "kernel": String,
        /// Load average of the machine, a core: median over runs.
        load = "load": Option<f64>,
        /// Share of its CPU time that others on its host took: median over runs.
        stolen = "stolen": Option<f64>,
        /// The first 16 digits of the digest of the manifest.
        manifest = "manifest": String,
    }
}

table! {
    /// One update of the two runs that show a collapse beside a run that does
    /// not.
    CollapseRow in "collapse.csv" {
        /// Task.
        env = "env": String,
        /// Variant.
        variant = "variant": String,
        /// Seed, the same for both.
        seed = "seed": u64,
        /// Environment steps after the update.
        step = "step": u64,
        /// Mean return of the episodes that ended in its batch.
        return_mean = "return_mean": Option<f64>,
        /// Mean KL divergence of the update.
        kl_mean = "kl_mean": Option<f64>,
        /// Entropy of the policy.
        entropy = "entropy": Option<f64>,
    }
}

table! {
    /// One recorded column of one task and variant after one update.
    UpdateRow in "updates_summary.csv" {
        /// Task.
        env = "env": String,
        /// Variant.
        variant = "variant": String,
        /// Number of the update, from 0.
        update = "update": u64,
        /// Environment steps after it.
        step = "step": u64,
        /// The recorded column, or `column:word` for one of words.
        column = "column": String,
        /// Runs that have a value.
        n = "n": u64,
        /// Their mean; for a word, the share of runs that have it.
        mean = "mean": f64,
        /// Smallest value.
        min = "min": Option<f64>,
        /// First quartile.
        q25 = "q25": Option<f64>,
        /// Median.
        median = "median": Option<f64>,
        /// Third quartile.
        q75 = "q75": Option<f64>,
        /// Largest value.
        max = "max": Option<f64>,
    }
}

impl CostRow {
    /// Whether the machine was busy with other things while it was measured.
    pub fn is_busy(&self) -> bool {
        self.load.is_some_and(|load| load > BUSY_LOAD)
            || self.stolen.is_some_and(|stolen| stolen > BUSY_STOLEN)
    }
}

/// Above this load of a core, times are those of a busy machine. As many runs as
/// cores are a load of 1.
const BUSY_LOAD: f64 = 1.25;

/// Above this share of stolen time too.
const BUSY_STOLEN: f64 = 0.05;

impl ScoreRow {
    /// One of the four scores.
    pub fn score(&self, metric: Metric) -> Option<f64> {
        match metric {
            Metric::Evaluation => self.evaluation,
            Metric::Area => self.area,
            Metric::Training => self.training,
            Metric::Final => self.last,
        }
    }
}
