//! The page of a search: what was drawn, how it did, what was chosen and how good
//! the search was, as Markdown.

use std::fmt::Write;

use super::Protocol;
use super::choose;
use super::chosen::Outline;
use super::measures::{expected_best, spearman};
use super::score::{Scored, Scores};
use super::table::{Role, RunRow, SettingRow};
use crate::format::{count, decimals, list, number};

/// The page.
///
/// # Errors
/// If the tables are not those of one search.
pub fn page(
    outline: &Outline,
    title: &str,
    rows: &[RunRow],
    settings: &[SettingRow],
) -> Result<String, String> {
    let rungs: Vec<Scores> = (1..=choose::last_rung(rows))
        .map(|rung| Scores::of(rows, rung))
        .collect::<Result<_, String>>()?;
    let mut text = format!("# {}\n\n{title}\n\n", outline.name);
    if outline.protocol == Protocol::ByTask {
        by_task(&mut text, &rungs, settings);
        return Ok(text);
    }
    let variants = choose::variants(settings);
    let _ = writeln!(
        text,
        "Protocol: **{}**. Setting 0 is what the file and the defaults give, the others were \
         drawn. A score is the mean over tasks of (mean final evaluation \u{2212} random) / (best \
         \u{2212} random), cut to [0, 1], the best being the best mean of any setting of any \
         variant on that task and rung: scores of two rungs are not comparable. Chosen is, of the \
         settings within one paired standard error of the best on the last rung, the one with the \
         fewest failed runs, then the cheapest, then the first.\n",
        outline.protocol.name(),
    );
    for (place, rung) in rungs.iter().enumerate() {
        scale(&mut text, place, rung);
    }
    for variant in &variants {
        of_variant(&mut text, variant, &rungs, settings);
    }
    quality(&mut text, &variants, &rungs);
    Ok(text)
}

/// What becomes 0 and 1 on a rung.
fn scale(text: &mut String, place: usize, rung: &Scores) {
    let _ = writeln!(
        text,
        "Rung {}: {}, seeds {}.\n\n| task | random | best mean |\n|---|---:|---:|",
        place + 1,
        count(rung.settings.len(), "setting"),
        crate::experiment::ledger::shown(&rung.seeds),
    );
    for task in &rung.tasks {
        let unlearnt = if task.is_learnt {
            ""
        } else {
            ", nobody better than random"
        };
        let _ = writeln!(
            text,
            "| {} | {} | {}{unlearnt} |",
            task.env,
            raw(task.random),
            raw(task.best)
        );
    }
    text.push('\n');
}

fn raw(value: f64) -> String {
    number(value, decimals(value))
}

/// The settings of one variant on every rung.
fn of_variant(text: &mut String, variant: &str, rungs: &[Scores], settings: &[SettingRow]) {
    let Some(last) = rungs.last() else {
        return;
    };
    let cost = |setting: u64| {
        choose::values(settings, variant, setting)
            .first()
            .map(|row| row.cost)
    };
    let costs = |setting: u64| cost(setting).unwrap_or(f64::INFINITY);
    let chosen = choose::chosen(last, variant, costs);
    let keys: Vec<&str> = choose::values(settings, variant, 0)
        .iter()
        .map(|row| row.key.as_str())
        .collect();
    let _ = writeln!(
        text,
        "## {variant}\n\n{} searched: {}.\n",
        count(keys.len(), "key"),
        list(&keys)
    );
    let mut header = format!("| setting | {} | cost |", keys.join(" | "));
    let mut rule = format!("|---:|{}---:|", "---:|".repeat(keys.len()));
    for (place, rung) in rungs.iter().enumerate() {
        for task in &rung.tasks {
            let _ = write!(header, " {}: {} |", place + 1, task.env);
        }
        let _ = write!(
            header,
            " {}: failed | {}: **score** |",
            place + 1,
            place + 1
        );
        rule += &"---:|".repeat(rung.tasks.len() + 2);
    }
    let _ = writeln!(text, "{header} outcome |\n{rule}---|");
    for scored in rungs[0]
        .settings
        .iter()
        .filter(|scored| scored.variant == *variant)
    {
        let setting = scored.setting;
        let values: Vec<String> = choose::values(settings, variant, setting)
            .iter()
            .map(|row| row.value.clone())
            .collect();
        let _ = write!(
            text,
            "| {setting} | {} | {} |",
            values.join(" | "),
            number(costs(setting), 1)
        );
        for rung in rungs {
            match rung.get(variant, setting) {
                Some(scored) => cells(text, scored),
                None => text.push_str(&" |".repeat(rung.tasks.len() + 2)),
            }
        }
        let is_audit = last
            .get(variant, setting)
            .is_some_and(|scored| scored.role == Role::Audit);
        let outcome = match &chosen {
            Some(chosen) if chosen.setting == setting => "**chosen**",
            Some(chosen) if chosen.best == setting => "best score",
            Some(chosen) if chosen.within.contains(&setting) => "within one error of the best",
            _ if is_audit => "audit",
            _ => "",
        };
        let _ = writeln!(text, " {outcome} |");
    }
    text.push('\n');
    if let Some(chosen) = chosen {
        why(text, &chosen, last);
    }
}

fn cells(text: &mut String, scored: &Scored) {
    for mean in &scored.means {
        let _ = write!(text, " {} |", raw(*mean));
    }
    let _ = write!(
        text,
        " {} of {} | {} |",
        scored.failed,
        scored.runs,
        number(scored.score, 3)
    );
}

/// How the choice came about, and what the audit says of it.
fn why(text: &mut String, chosen: &choose::Chosen, last: &Scores) {
    let numbers: Vec<String> = chosen.within.iter().map(ToString::to_string).collect();
    let _ = writeln!(
        text,
        "Best score: setting {}. Within one paired standard error of it: {}. Chosen: setting {}.\n",
        chosen.best,
        list(&numbers),
        chosen.setting
    );
    let audit = last
        .settings
        .iter()
        .find(|scored| scored.variant == chosen.variant && scored.role == Role::Audit);
    let own = last.get(&chosen.variant, chosen.setting);
    if let (Some(audit), Some(own)) = (audit, own) {
        let verdict = match audit.score > own.score {
            true => "**better than what was chosen**: an earlier rung left out what was good",
            false => "no better than what was chosen",
        };
        let _ = writeln!(
            text,
            "Audit: setting {}, left out earlier and drawn to run the last rung all the same, \
             scores {} against {}: {verdict}.\n",
            audit.setting,
            number(audit.score, 3),
            number(own.score, 3)
        );
    }
}

/// How good the search was.
fn quality(text: &mut String, variants: &[String], rungs: &[Scores]) {
    text.push_str(
        "## How good the search was\n\nSpearman's rank correlation between the scores of one rung \
         and the next, over the settings that ran both (audits too): near 1 a short run says what a \
         long one does. Few settings are left on late rungs, and those were kept for being good, so \
         that a low one there says little.\n\n| variant |",
    );
    for rung in 1..rungs.len() {
        let _ = write!(text, " rung {rung} and {} |", rung + 1);
    }
    let _ = writeln!(
        text,
        "\n|---|{}",
        "---:|".repeat(rungs.len().saturating_sub(1))
    );
    for variant in variants {
        let _ = write!(text, "| {variant} |");
        for pair in rungs.windows(2) {
            let later = pair[1]
                .settings
                .iter()
                .filter(|scored| scored.variant == *variant);
            let both = later.filter_map(|later| {
                let earlier = pair[0].get(variant, later.setting)?;
                Some((earlier.score, later.score))
            });
            let both: Vec<(f64, f64)> = both.collect();
            let shown = spearman(&both).map_or("\u{2013}".to_owned(), |r| number(r, 2));
            let _ = write!(text, " {shown} ({}) |", both.len());
        }
        text.push('\n');
    }
    text.push_str(
        "\nThe score on rung 1 that the best of k settings is expected to have: where it still \
         rises at the end, more settings would have helped.\n\n| k |",
    );
    let of = |variant: &String| {
        let own = rungs[0]
            .settings
            .iter()
            .filter(|scored| scored.variant == *variant);
        expected_best(&own.map(|scored| scored.score).collect::<Vec<f64>>())
    };
    let columns: Vec<Vec<f64>> = variants.iter().map(of).collect();
    let _ = writeln!(
        text,
        " {} |\n|---:|{}",
        variants.join(" | "),
        "---:|".repeat(variants.len())
    );
    let most = columns.iter().map(Vec::len).max().unwrap_or(0);
    for k in 0..most {
        let cell = |column: &Vec<f64>| column.get(k).map_or(String::new(), |best| number(*best, 3));
        let cells: Vec<String> = columns.iter().map(cell).collect();
        let _ = writeln!(text, "| {} | {} |", k + 1, cells.join(" | "));
    }
}

/// The page of a search by task.
fn by_task(text: &mut String, rungs: &[Scores], settings: &[SettingRow]) {
    let Some(last) = rungs.last() else {
        return;
    };
    let variants = choose::variants(settings);
    let first = variants.first().map_or("", String::as_str);
    let key = choose::values(settings, first, 0)
        .first()
        .map_or("", |row| row.key.as_str());
    let _ = writeln!(
        text,
        "One value of `{key}` for each task, the same for all algorithms, which run with \
         the settings of the file: the one with the highest mean over algorithms of (mean final evaluation \
         \u{2212} random) / (best \u{2212} random), cut to [0, 1]. Seeds {}.\n",
        crate::experiment::ledger::shown(&last.seeds)
    );
    let chosen = choose::chosen_by_task(last);
    for (place, task) in last.tasks.iter().enumerate() {
        let _ = writeln!(
            text,
            "## {}\n\nRandom {}, best mean {}.\n\n| {key} | {} | share | |\n|---:|{}---:|---|",
            task.env,
            raw(task.random),
            raw(task.best),
            variants.join(" | "),
            "---:|".repeat(variants.len())
        );
        let numbers: Vec<u64> = {
            let own = last
                .settings
                .iter()
                .filter(|scored| scored.variant == first);
            own.map(|scored| scored.setting).collect()
        };
        for setting in numbers {
            let value = choose::values(settings, first, setting);
            let value = value.first().map_or("", |row| row.value.as_str());
            let mean = |variant: &String| {
                let scored = last.get(variant, setting);
                scored.map_or(String::new(), |scored| raw(scored.means[place]))
            };
            let means: Vec<String> = variants.iter().map(mean).collect();
            let is_chosen = chosen[place].1 == setting;
            let _ = writeln!(
                text,
                "| {value} | {} | {} | {} |",
                means.join(" | "),
                number(choose::by_task(last, place, setting), 3),
                if is_chosen { "**chosen**" } else { "" }
            );
        }
        text.push('\n');
    }
}
