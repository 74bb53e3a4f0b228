//! The tables of a search, from which its choice follows: `search.csv`, a row for
//! each run, and `settings.csv`, a row for each value of each setting.

use crate::record::Ending;
use crate::summary::Row;

/// Why a setting took part in a rung.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// It was kept so far, and can be chosen.
    Search,
    /// It was left out earlier, and runs to see whether that was right.
    Audit,
}

impl Role {
    /// Its name in the table.
    pub fn name(self) -> &'static str {
        match self {
            Role::Search => "search",
            Role::Audit => "audit",
        }
    }
}

/// One run of a search.
#[derive(Debug, Clone, PartialEq)]
pub struct RunRow {
    /// Its rung, from 1.
    pub rung: u64,
    /// Its variant.
    pub variant: String,
    /// The number of its setting.
    pub setting: u64,
    /// Why it was made.
    pub role: Role,
    /// Its task.
    pub env: String,
    /// Its seed.
    pub seed: u64,
    /// How it ended.
    pub status: Ending,
    /// Mean return of the final evaluation; none of a run that diverged.
    pub evaluation: Option<f64>,
    /// Whether it diverged, or ended below the return that counts as a failure.
    pub failed: bool,
    /// The return of a random policy on the task.
    pub random: f64,
    /// The return of the task that becomes 1 elsewhere; here it says whether more
    /// is better.
    pub reference: f64,
    /// The first 16 digits of the digest of the record.
    pub digest: String,
}

/// One value of one setting.
#[derive(Debug, Clone, PartialEq)]
pub struct SettingRow {
    /// Its variant.
    pub variant: String,
    /// Its number; 0 is what the file and the defaults give.
    pub setting: u64,
    /// Nominal cost of the setting: passes over a row for each environment step.
    pub cost: f64,
    /// The key.
    pub key: String,
    /// The value, as TOML writes it.
    pub value: String,
}

/// The fields of a line, read one after the other.
struct Fields<'a>(&'a csv::StringRecord, usize);

impl Fields<'_> {
    fn next<T>(
        &mut self,
        expected: &'static str,
        read: impl FnOnce(&str) -> Option<T>,
    ) -> Result<T, (usize, &'static str)> {
        let place = self.1;
        self.1 += 1;
        read(self.0.get(place).unwrap_or("")).ok_or((place, expected))
    }

    fn name(&mut self) -> Result<String, (usize, &'static str)> {
        self.next("a name", |text| (!text.is_empty()).then(|| text.to_owned()))
    }

    fn whole(&mut self) -> Result<u64, (usize, &'static str)> {
        self.next("a whole number", |text| text.parse().ok())
    }

    fn number(&mut self) -> Result<f64, (usize, &'static str)> {
        self.next("a finite number", finite)
    }
}

fn finite(text: &str) -> Option<f64> {
    text.parse().ok().filter(|number: &f64| number.is_finite())
}

impl Row for RunRow {
    const FILE: &'static str = "search.csv";
    const COLUMNS: &'static [&'static str] = &[
        "rung",
        "variant",
        "setting",
        "role",
        "env",
        "seed",
        "status",
        "evaluation",
        "failed",
        "random",
        "reference",
        "digest",
    ];

    fn fields(&self) -> Vec<String> {
        vec![
            self.rung.to_string(),
            self.variant.clone(),
            self.setting.to_string(),
            self.role.name().to_owned(),
            self.env.clone(),
            self.seed.to_string(),
            self.status.name().to_owned(),
            self.evaluation
                .map_or_else(String::new, |value| format!("{value:?}")),
            self.failed.to_string(),
            format!("{:?}", self.random),
            format!("{:?}", self.reference),
            self.digest.clone(),
        ]
    }

    fn parse(fields: &csv::StringRecord) -> Result<Self, (usize, &'static str)> {
        let mut fields = Fields(fields, 0);
        Ok(Self {
            rung: fields.whole()?,
            variant: fields.name()?,
            setting: fields.whole()?,
            role: fields.next("`search` or `audit`", |text| {
                [Role::Search, Role::Audit]
                    .into_iter()
                    .find(|role| role.name() == text)
            })?,
            env: fields.name()?,
            seed: fields.whole()?,
            status: fields.next("`completed` or `diverged`", |text| {
                let known = [Ending::Completed, Ending::Diverged];
                known.into_iter().find(|ending| ending.name() == text)
            })?,
            evaluation: fields.next("a finite number or nothing", |text| match text {
                "" => Some(None),
                text => finite(text).map(Some),
            })?,
            failed: fields.next("`true` or `false`", |text| text.parse().ok())?,
            random: fields.number()?,
            reference: fields.number()?,
            digest: fields.name()?,
        })
    }
}

impl Row for SettingRow {
    const FILE: &'static str = "settings.csv";
    const COLUMNS: &'static [&'static str] = &["variant", "setting", "cost", "key", "value"];

    fn fields(&self) -> Vec<String> {
        vec![
            self.variant.clone(),
            self.setting.to_string(),
            format!("{:?}", self.cost),
            self.key.clone(),
            self.value.clone(),
        ]
    }

    fn parse(fields: &csv::StringRecord) -> Result<Self, (usize, &'static str)> {
        let mut fields = Fields(fields, 0);
        Ok(Self {
            variant: fields.name()?,
            setting: fields.whole()?,
            cost: fields.number()?,
            key: fields.name()?,
            value: fields.name()?,
        })
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A run whose random policy has 0.
    pub fn run(
        rung: u64,
        variant: &str,
        setting: u64,
        env: &str,
        seed: u64,
        evaluation: Option<f64>,
    ) -> RunRow {
        RunRow {
            rung,
            variant: variant.to_owned(),
            setting,
            role: Role::Search,
            env: env.to_owned(),
            seed,
            status: match evaluation {
                Some(_) => Ending::Completed,
                None => Ending::Diverged,
            },
            evaluation,
            failed: evaluation.is_none(),
            random: 0.0,
            reference: 100.0,
            digest: "d".to_owned(),
        }
    }

    /// One run with each of the returns, on the seeds 0, 1, ...
    pub fn runs(rung: u64, variant: &str, setting: u64, env: &str, values: &[f64]) -> Vec<RunRow> {
        let seeded = (0..).zip(values);
        seeded
            .map(|(seed, &value)| run(rung, variant, setting, env, seed, Some(value)))
            .collect()
    }

    #[test]
    fn rows_are_read_as_they_are_written() {
        let folder = tempfile::tempdir().unwrap();
        let mut rows = runs(1, "trpo", 0, "A", &[0.1, -3e-7]);
        rows.push(RunRow {
            role: Role::Audit,
            ..run(2, "ppo", 15, "B", u64::MAX, None)
        });
        crate::summary::files::write_rows(folder.path(), &rows).unwrap();
        let read: Vec<RunRow> = crate::summary::files::read_rows(folder.path()).unwrap();
        assert_eq!(read, rows);
        let settings = vec![SettingRow {
            variant: "vpg".to_owned(),
            setting: 3,
            cost: 11.5,
            key: "vpg.optimizer".to_owned(),
            value: "\"sgd\"".to_owned(),
        }];
        crate::summary::files::write_rows(folder.path(), &settings).unwrap();
        let read: Vec<SettingRow> = crate::summary::files::read_rows(folder.path()).unwrap();
        assert_eq!(read, settings);
        let path = folder.path().join(RunRow::FILE);
        let text = std::fs::read_to_string(&path).unwrap();
        std::fs::write(&path, text.replacen("search", "fun", 1)).unwrap();
        let error = crate::summary::files::read_rows::<RunRow>(folder.path()).unwrap_err();
        let message = error.to_string();
        assert!(
            message.contains("search.csv, line 2, column `role`"),
            "{message}"
        );
    }
}
