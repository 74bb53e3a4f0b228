//! The choice: a function of the tables.
//!
//! Of the settings on the last rung that are within one paired standard error of
//! the best, the one with the fewest failed runs is chosen, of those the one of
//! the least nominal cost, of those the one with the lowest number. Differences
//! below the noise must not decide, and then what is safer and cheaper does.

use std::collections::BTreeMap;
use std::fmt::Write;

use serde::Deserialize;

use super::Protocol;
use super::score::{Scored, Scores, paired_error};
use super::space;
use super::table::{RunRow, SettingRow};
use crate::experiment::choice::TABLES;
use crate::lab::Lab;

/// What of a search file the choice needs beside the tables.
#[derive(Debug, Clone, PartialEq)]
pub struct Outline {
    /// Name of the search.
    pub name: String,
    /// Which keys were searched.
    pub protocol: Protocol,
    /// By variant: its algorithm.
    algorithm: BTreeMap<String, String>,
    /// By variant: the one whose choice it takes.
    same_as: BTreeMap<String, String>,
}

/// The choice of one variant, and how it came about.
#[derive(Debug, Clone, PartialEq)]
pub struct Chosen {
    /// The variant.
    pub variant: String,
    /// The number of its setting.
    pub setting: u64,
    /// The one with the best score.
    pub best: u64,
    /// Those within one paired standard error of it, with it, ascending.
    pub within: Vec<u64>,
}

/// The name of a variant's own choice, where another one stands under its name.
pub fn own_name(variant: &str) -> String {
    format!("{variant}-own")
}

impl Outline {
    /// That of the search `name`, whose file holds `text`.
    ///
    /// # Errors
    /// If it is none.
    pub fn of(name: &str, text: &str) -> Result<Self, String> {
        #[derive(Deserialize)]
        struct Whole {
            search: Head,
            #[serde(default)]
            settings: toml::Table,
            #[serde(default)]
            variant: BTreeMap<String, toml::Table>,
        }
        #[derive(Deserialize)]
        struct Head {
            protocol: Option<Protocol>,
        }
        let whole: Whole = toml::from_str(text).map_err(|error| error.message().to_owned())?;
        let named = |key: &str| {
            let read = |(name, table): (&String, &toml::Table)| {
                let value = table.get(key).or(whole.settings.get(key))?.as_str()?;
                Some((name.clone(), value.to_owned()))
            };
            whole.variant.iter().filter_map(read).collect()
        };
        Ok(Self {
            name: name.to_owned(),
            protocol: whole.search.protocol.unwrap_or(Protocol::ByTask),
            algorithm: named("algorithm"),
            same_as: named(crate::experiment::file::SAME_AS),
        })
    }
}

/// What is chosen for `variant`; `costs` by the number of a setting. `None` if no
/// setting of it reached the last rung.
pub fn chosen(last: &Scores, variant: &str, costs: impl Fn(u64) -> f64) -> Option<Chosen> {
    let ranked = last.ranked(variant);
    let best = *ranked.first()?;
    let is_close = |other: &&&Scored| best.score - other.score <= paired_error(best, other);
    let mut close: Vec<&Scored> = ranked.iter().filter(is_close).copied().collect();
    close.sort_by(|a, b| {
        let by_cost = costs(a.setting).total_cmp(&costs(b.setting));
        a.failed
            .cmp(&b.failed)
            .then(by_cost)
            .then(a.setting.cmp(&b.setting))
    });
    let mut within: Vec<u64> = close.iter().map(|scored| scored.setting).collect();
    let setting = within[0];
    within.sort_unstable();
    Some(Chosen {
        variant: variant.to_owned(),
        setting,
        best: best.setting,
        within,
    })
}

/// The setting chosen for each task, with its mean share over variants: the
/// highest, of equal ones the lower number.
pub fn chosen_by_task(last: &Scores) -> Vec<(String, u64, f64)> {
    let mut settings: Vec<u64> = last.settings.iter().map(|scored| scored.setting).collect();
    settings.sort_unstable();
    settings.dedup();
    let tasks = last.tasks.iter().enumerate();
    tasks
        .map(|(place, task)| {
            let means = settings
                .iter()
                .map(|&setting| (setting, by_task(last, place, setting)));
            let best = means.fold((0, f64::NEG_INFINITY), |best, (setting, mean)| {
                if mean > best.1 { (setting, mean) } else { best }
            });
            (task.env.clone(), best.0, best.1)
        })
        .collect()
}

/// The mean over variants of the share of a setting on the task at `place`.
pub fn by_task(last: &Scores, place: usize, setting: u64) -> f64 {
    let of = last
        .settings
        .iter()
        .filter(|scored| scored.setting == setting);
    let shares: Vec<f64> = of.map(|scored| scored.shares[place]).collect();
    crate::stats::estimates::mean(&shares).unwrap_or_default()
}

/// The variants, in the order of the table.
pub fn variants(settings: &[SettingRow]) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for row in settings {
        if !found.contains(&row.variant) {
            found.push(row.variant.clone());
        }
    }
    found
}

/// The values of a setting, in the order of the table.
pub fn values<'a>(settings: &'a [SettingRow], variant: &str, setting: u64) -> Vec<&'a SettingRow> {
    let of = |row: &&SettingRow| row.variant == variant && row.setting == setting;
    settings.iter().filter(of).collect()
}

/// The number of the last rung.
pub fn last_rung(rows: &[RunRow]) -> u64 {
    rows.iter().map(|row| row.rung).max().unwrap_or(0)
}

/// Checks that each rung holds what the rule keeps of the one before.
///
/// # Errors
/// Where it does not.
pub fn check_kept(rows: &[RunRow], variants: &[String]) -> Result<(), String> {
    for rung in 2..=last_rung(rows) {
        let (before, now) = (Scores::of(rows, rung - 1)?, Scores::of(rows, rung)?);
        for variant in variants {
            let mut kept: Vec<u64> = now.ranked(variant).iter().map(|s| s.setting).collect();
            let ranked = before
                .ranked(variant)
                .into_iter()
                .map(|scored| scored.setting);
            let mut expected: Vec<u64> = ranked.take(kept.len()).collect();
            kept.sort_unstable();
            expected.sort_unstable();
            if kept != expected || kept.is_empty() {
                return Err(format!(
                    "rung {rung} of `{variant}` holds the settings {kept:?}, and the scores of the \
                     rung before keep {expected:?}"
                ));
            }
        }
    }
    Ok(())
}

/// The text of `chosen.toml` that the tables with the digest `table` give.
///
/// # Errors
/// If they are not tables of the search.
pub fn text(
    lab: &Lab,
    outline: &Outline,
    rows: &[RunRow],
    settings: &[SettingRow],
    table: &str,
) -> Result<String, String> {
    let last = Scores::of(rows, last_rung(rows))?;
    let name = &outline.name;
    let mut text = format!(
        "# What the search {name} ({}) chose: a function of {} beside this\n\
         # file. `trpo-lab search {name} --check` derives it again; it is not to be edited.\n\
         search = \"{name}\"\nprotocol = \"{}\"\ntable = \"{table}\"\n",
        outline.protocol.name(),
        TABLES.join(" and "),
        outline.protocol.name(),
    );
    let mut section = |group: &str, name: &str, why: &str, lines: &[(String, String)]| {
        // Writing to a text cannot fail.
        let _ = write!(text, "\n# {why}\n[{group}.\"{name}\"]\n");
        for (key, value) in lines {
            let _ = writeln!(text, "{key} = {value}");
        }
    };
    let names = variants(settings);
    let lines = |variant: &str, setting: u64| -> Vec<(String, String)> {
        let rows = values(settings, variant, setting).into_iter();
        rows.map(|row| (row.key.clone(), row.value.clone()))
            .collect()
    };
    if outline.protocol == Protocol::ByTask {
        for (task, setting, share) in chosen_by_task(&last) {
            let first = names.first().map_or("", String::as_str);
            let why = format!("a share of {share:.3} of the best, on average over variants");
            section("task", &task, &why, &lines(first, setting));
        }
        return Ok(text);
    }
    check_kept(rows, &names)?;
    let choice = |variant: &str| {
        let costs = |setting: u64| {
            let rows = values(settings, variant, setting);
            rows.first().map_or(f64::INFINITY, |row| row.cost)
        };
        let missing = || format!("no setting of `{variant}` reached the last rung");
        chosen(&last, variant, costs).ok_or_else(missing)
    };
    for variant in &names {
        let own = choice(variant)?;
        let why = format!("setting {}", own.setting);
        let Some(of) = outline.same_as.get(variant) else {
            section("variant", variant, &why, &lines(variant, own.setting));
            continue;
        };
        let other = choice(of)?;
        let shared = shared(
            lab,
            outline,
            variant,
            of,
            &lines(variant, 0),
            &lines(of, other.setting),
        );
        let from = format!(
            "setting {} of {of}, as far as it has the keys",
            other.setting
        );
        section("variant", variant, &from, &shared);
        section(
            "variant",
            &own_name(variant),
            &why,
            &lines(variant, own.setting),
        );
    }
    Ok(text)
}

/// The values of `variant` with those that `of` chose of the keys that both have;
/// a key of an algorithm's own table is the same key if it has the same name.
fn shared(
    lab: &Lab,
    outline: &Outline,
    variant: &str,
    of: &str,
    first: &[(String, String)],
    chosen: &[(String, String)],
) -> Vec<(String, String)> {
    let algorithm = |name: &str| outline.algorithm.get(name).cloned().unwrap_or_default();
    let (own, other) = (algorithm(variant), algorithm(of));
    let known = space::known(lab, &own);
    let translated = |(key, value): &(String, String)| {
        let rest = key.strip_prefix(&format!("{other}."));
        let key = rest.map_or(key.clone(), |rest| format!("{own}.{rest}"));
        let has = known.iter().any(|(name, _)| *name == key);
        has.then(|| (key, value.clone()))
    };
    let mut shared: Vec<(String, String)> = chosen.iter().filter_map(translated).collect();
    for (key, value) in first {
        if !shared.iter().any(|(known, _)| known == key) {
            shared.push((key.clone(), value.clone()));
        }
    }
    shared
}
