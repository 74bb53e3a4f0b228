//! `chosen.toml`: what was chosen, as experiments read it.

use std::collections::BTreeMap;
use std::fmt::Write;

use serde::Deserialize;

use super::Protocol;
use super::choose::{check_kept, chosen, chosen_by_task, last_rung, values, variants};
use super::score::Scores;
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

/// The name of a variant's own choice, where another one stands under its name.
pub fn own_name(variant: &str) -> String {
    format!("{variant}-own")
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
    let tasks = last.tasks.iter().map(|task| format!("{:?}", task.env));
    let tasks: Vec<String> = tasks.collect();
    let mut text = format!(
        "# What the search {name} ({}) chose: a function of {} beside this\n\
         # file. `trpo-lab search {name} --check` derives it again; it is not to be edited.\n\
         search = \"{name}\"\nprotocol = \"{}\"\ntasks = [{}]\n\
         table = \"{table}\"\n",
        outline.protocol.name(),
        TABLES.join(" and "),
        outline.protocol.name(),
        tasks.join(", "),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variant_takes_what_another_one_chose_of_the_keys_that_both_have() {
        let outline = Outline::of(
            "s",
            "[search]\nprotocol = \"free\"\n[variant.trpo]\nalgorithm = \"trpo\"\n\
             [variant.npg]\nalgorithm = \"npg\"\nsame_as = \"trpo\"\n",
        )
        .unwrap();
        let pairs = |pairs: &[(&str, &str)]| -> Vec<(String, String)> {
            let pairs = pairs.iter();
            pairs
                .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
                .collect()
        };
        let first = pairs(&[
            ("npg.delta", "0.01"),
            ("npg.damping", "0.1"),
            ("critic.epochs", "10"),
        ]);
        let of_trpo = pairs(&[
            ("trpo.delta", "0.05"),
            ("trpo.backtracks", "3"),
            ("lambda", "0.9"),
        ]);
        let lab = Lab::standard();
        let found = shared(&lab, &outline, "npg", "trpo", &first, &of_trpo);
        let expected = [
            ("npg.delta", "0.05"),
            ("lambda", "0.9"),
            ("npg.damping", "0.1"),
            ("critic.epochs", "10"),
        ];
        assert_eq!(found, pairs(&expected));
    }
}
