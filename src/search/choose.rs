//! The choice: a function of the tables.
//!
//! Of the settings on the last rung that are within one paired standard error of
//! the best, the one with the fewest failed runs is chosen, of those the one of
//! the least nominal cost, of those the one with the lowest number. Differences
//! below the noise must not decide, and then what is safer and cheaper does.

use super::score::{Scored, Scores, paired_error};
use super::table::{RunRow, SettingRow};

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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::search::table::Role;
    use crate::search::table::tests::runs;

    /// Four settings on one task and four seeds. Setting 3 is the best, with 100
    /// everywhere; 0 and 2 differ from it by 0.025, with one paired standard error
    /// of 0.075 and more; 1 by 0.04, with none.
    fn last() -> Vec<RunRow> {
        [
            [80.0, 110.0, 90.0, 110.0],
            [96.0; 4],
            [70.0, 120.0, 80.0, 120.0],
            [100.0; 4],
        ]
        .iter()
        .zip(0..)
        .flat_map(|(values, setting)| runs(2, "trpo", setting, "A", values))
        .collect()
    }

    fn choice(rows: &[RunRow], costs: [f64; 4]) -> Chosen {
        let scores = Scores::of(rows, 2).unwrap();
        chosen(&scores, "trpo", |setting| costs[setting as usize]).unwrap()
    }

    fn fail(rows: &mut [RunRow], settings: &[u64]) {
        for row in rows
            .iter_mut()
            .filter(|row| row.seed == 0 && settings.contains(&row.setting))
        {
            row.failed = true;
        }
    }

    #[test]
    fn of_those_within_one_error_failures_then_cost_then_number_decide() {
        let found = choice(&last(), [1.0; 4]);
        assert_eq!((found.best, &found.within[..]), (3, &[0, 2, 3][..]));
        assert_eq!(found.setting, 0, "the lower number");
        assert_eq!(
            choice(&last(), [3.0, 0.0, 2.0, 9.0]).setting,
            2,
            "the cheaper one"
        );
        let mut rows = last();
        fail(&mut rows, &[0, 2]);
        assert_eq!(
            choice(&rows, [3.0, 0.0, 2.0, 9.0]).setting,
            3,
            "no failed run"
        );
        fail(&mut rows, &[3]);
        assert_eq!(choice(&rows, [3.0, 0.0, 2.0, 9.0]).setting, 2);
    }

    #[test]
    fn an_audit_is_never_chosen() {
        let mut rows = last();
        for row in rows.iter_mut().filter(|row| row.setting == 3) {
            row.role = Role::Audit;
        }
        // Of the others 0 and 2 have the same mean, and the first is the best.
        let found = choice(&rows, [1.0, 1.0, 0.5, 0.0]);
        assert_eq!((found.best, found.setting), (0, 2));
        assert!(!found.within.contains(&3));
    }

    #[test]
    fn a_rung_must_hold_what_the_one_before_keeps() {
        let before = |values: [f64; 4]| {
            let rows = values.into_iter().zip(0..);
            let mut rows: Vec<RunRow> = rows
                .flat_map(|(value, setting)| runs(1, "trpo", setting, "A", &[value; 2]))
                .collect();
            rows.extend(runs(2, "trpo", 1, "A", &[1.0, 2.0]));
            rows.extend(runs(2, "trpo", 2, "A", &[1.0, 2.0]));
            rows
        };
        let names = ["trpo".to_owned()];
        assert_eq!(check_kept(&before([1.0, 5.0, 4.0, 3.0]), &names), Ok(()));
        // Of equal ones the lower number is kept.
        assert_eq!(check_kept(&before([1.0, 5.0, 3.0, 3.0]), &names), Ok(()));
        let message = check_kept(&before([1.0, 3.0, 2.0, 3.0]), &names).unwrap_err();
        assert!(
            message.contains("[1, 2]") && message.contains("keep [1, 3]"),
            "{message}"
        );
    }

    #[test]
    fn one_value_serves_all_variants_of_a_task() {
        // Setting 1 is best for TRPO alone, setting 0 on average.
        let mut rows = runs(1, "trpo", 0, "A", &[80.0, 80.0]);
        rows.extend(runs(1, "trpo", 1, "A", &[100.0, 100.0]));
        rows.extend(runs(1, "vpg", 0, "A", &[90.0, 90.0]));
        rows.extend(runs(1, "vpg", 1, "A", &[20.0, 20.0]));
        let found = chosen_by_task(&Scores::of(&rows, 1).unwrap());
        assert_eq!(found.len(), 1);
        let (task, setting, share) = &found[0];
        assert_eq!((task.as_str(), *setting), ("A", 0));
        assert!((share - 0.85).abs() < 1e-12);
    }
}
