//! Scores of settings on one rung.

use std::collections::BTreeSet;

use super::table::{Role, RunRow};
use crate::stats::estimates::{mean, moments};

/// What a task looked like on a rung.
#[derive(Debug, Clone, PartialEq)]
pub struct TaskScale {
    /// The task.
    pub env: String,
    /// What becomes 0: the return of a random policy.
    pub random: f64,
    /// What becomes 1: the best mean of any setting of any variant.
    pub best: f64,
    /// Whether that is better than random; if not, everybody has 0.
    pub is_learnt: bool,
}

/// One setting of one variant on a rung.
#[derive(Debug, Clone, PartialEq)]
pub struct Scored {
    /// The variant.
    pub variant: String,
    /// The number of the setting.
    pub setting: u64,
    /// Why it took part.
    pub role: Role,
    /// By task: the mean return of the final evaluations.
    pub means: Vec<f64>,
    /// By task: clip((mean - random) / (best - random), 0, 1).
    pub shares: Vec<f64>,
    /// The mean of those over tasks.
    pub score: f64,
    /// Runs that failed, of all.
    pub failed: usize,
    /// Its runs.
    pub runs: usize,
    /// By seed: the mean over tasks of (return - random) / (best - random), not
    /// clipped, so that seeds can be compared in pairs.
    pub by_seed: Vec<f64>,
}

/// Everything of one rung.
#[derive(Debug, Clone, PartialEq)]
pub struct Scores {
    /// The tasks, in the order of the table.
    pub tasks: Vec<TaskScale>,
    /// The seeds, in the order of the table.
    pub seeds: Vec<u64>,
    /// The settings, in the order of the table.
    pub settings: Vec<Scored>,
}

/// The return by which a run is judged: one that diverged has what a random
/// policy has.
fn value(row: &RunRow) -> f64 {
    row.evaluation.unwrap_or(row.random)
}

fn unique<T: Clone + Ord>(items: impl Iterator<Item = T>) -> Vec<T> {
    let mut seen = BTreeSet::new();
    items.filter(|item| seen.insert(item.clone())).collect()
}

impl Scores {
    /// Those of rung `number`, from 1.
    ///
    /// # Errors
    /// If a run is missing, or stands twice.
    pub fn of(rows: &[RunRow], number: u64) -> Result<Self, String> {
        let rows: Vec<&RunRow> = rows.iter().filter(|row| row.rung == number).collect();
        let envs = unique(rows.iter().map(|row| row.env.clone()));
        let seeds = unique(rows.iter().map(|row| row.seed));
        let who = unique(rows.iter().map(|row| (row.variant.clone(), row.setting)));
        // returns[setting][task][seed]
        let mut returns: Vec<Vec<Vec<f64>>> = Vec::new();
        let mut settings = Vec::new();
        for (variant, setting) in who {
            let own = rows
                .iter()
                .filter(|row| row.variant == variant && row.setting == setting);
            let own: Vec<&&RunRow> = own.collect();
            let run = |env: &String, seed: &u64| {
                let mut found = own
                    .iter()
                    .filter(|row| row.env == *env && row.seed == *seed);
                match (found.next(), found.next()) {
                    (Some(row), None) => Ok(value(row)),
                    (first, _) => Err(format!(
                        "rung {number}: the run of `{variant}`, setting {setting}, on {env} with \
                         seed {seed} {}",
                        if first.is_some() {
                            "stands twice"
                        } else {
                            "is missing"
                        }
                    )),
                }
            };
            let of_task = |env: &String| seeds.iter().map(|seed| run(env, seed)).collect();
            let values: Vec<Vec<f64>> = envs.iter().map(of_task).collect::<Result<_, String>>()?;
            let means = values.iter().map(|values| mean(values).unwrap_or_default());
            settings.push(Scored {
                role: own.first().map_or(Role::Search, |row| row.role),
                means: means.collect(),
                shares: Vec::new(),
                score: 0.0,
                failed: own.iter().filter(|row| row.failed).count(),
                runs: own.len(),
                by_seed: Vec::new(),
                variant,
                setting,
            });
            returns.push(values);
        }
        let scale = |(place, env): (usize, &String)| scale(&rows, &settings, place, env);
        let tasks: Vec<TaskScale> = envs.iter().enumerate().map(scale).collect();
        for (scored, returns) in settings.iter_mut().zip(&returns) {
            let means = scored.means.iter().zip(&tasks);
            scored.shares = means
                .map(|(mean, task)| task.share(*mean).clamp(0.0, 1.0))
                .collect();
            scored.score = mean(&scored.shares).unwrap_or_default();
            let of_seed = |seed: usize| {
                let shares = tasks
                    .iter()
                    .zip(returns)
                    .map(|(task, values)| task.share(values[seed]));
                mean(&shares.collect::<Vec<f64>>()).unwrap_or_default()
            };
            scored.by_seed = (0..seeds.len()).map(of_seed).collect();
        }
        Ok(Self {
            tasks,
            seeds,
            settings,
        })
    }

    /// The settings of `variant` that can be chosen, the best first; of equal ones
    /// the lower number.
    pub fn ranked(&self, variant: &str) -> Vec<&Scored> {
        let of = |scored: &&Scored| scored.variant == variant && scored.role == Role::Search;
        let mut own: Vec<&Scored> = self.settings.iter().filter(of).collect();
        own.sort_by(|a, b| b.score.total_cmp(&a.score).then(a.setting.cmp(&b.setting)));
        own
    }

    /// A setting of `variant`.
    pub fn get(&self, variant: &str, setting: u64) -> Option<&Scored> {
        let mut all = self.settings.iter();
        all.find(|scored| scored.variant == variant && scored.setting == setting)
    }
}

/// The scale of the task at `place`.
fn scale(rows: &[&RunRow], settings: &[Scored], place: usize, env: &str) -> TaskScale {
    let row = rows.iter().find(|row| row.env == env);
    let (random, reference) = row.map_or((0.0, 1.0), |row| (row.random, row.reference));
    // Where less is better, everything is turned round.
    let sign = (reference - random).signum();
    let means = settings.iter().map(|scored| sign * scored.means[place]);
    let best = sign * means.fold(f64::NEG_INFINITY, f64::max);
    TaskScale {
        env: env.to_owned(),
        random,
        best,
        is_learnt: sign * (best - random) > 0.0,
    }
}

impl TaskScale {
    /// `raw` as a share of the way from random to the best; 0 where nobody is
    /// better than random.
    pub fn share(&self, raw: f64) -> f64 {
        match self.is_learnt {
            true => (raw - self.random) / (self.best - self.random),
            false => 0.0,
        }
    }
}

/// One standard error of the difference of two settings, seed by seed:
/// sd(d_s) / sqrt(n); 0 of fewer than two seeds.
pub fn paired_error(a: &Scored, b: &Scored) -> f64 {
    let differences: Vec<f64> = a
        .by_seed
        .iter()
        .zip(&b.by_seed)
        .map(|(a, b)| a - b)
        .collect();
    let n = differences.len() as f64;
    moments(&differences).map_or(0.0, |(_, variance)| (variance / n).sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::search::table::tests::{run, runs};

    #[test]
    fn scores_are_shares_of_the_best_of_anybody() {
        let mut rows = runs(1, "trpo", 0, "A", &[50.0, 70.0]);
        rows.extend(runs(1, "trpo", 1, "A", &[100.0, 100.0]));
        rows.extend(runs(1, "ppo", 0, "A", &[200.0, 0.0]));
        for (variant, setting, values) in [
            ("trpo", 0, [-10.0; 2]),
            ("trpo", 1, [10.0; 2]),
            ("ppo", 0, [-20.0; 2]),
        ] {
            let of_task = runs(1, variant, setting, "B", &values);
            rows.extend(of_task.into_iter().map(|row| RunRow {
                random: -10.0,
                ..row
            }));
        }
        let scores = Scores::of(&rows, 1).unwrap();
        let best: Vec<f64> = scores.tasks.iter().map(|task| task.best).collect();
        assert_eq!(best, [100.0, 10.0]);
        let of = |variant, setting| scores.get(variant, setting).unwrap();
        assert_eq!(of("trpo", 0).shares, [0.6, 0.0]);
        assert_eq!(of("trpo", 0).score, 0.3);
        assert_eq!(of("trpo", 1).score, 1.0);
        // What is worse than random counts as random, in the mean alone.
        assert_eq!(of("ppo", 0).shares, [1.0, 0.0]);
        assert_eq!(of("ppo", 0).by_seed, [0.75, -0.25]);
        // d = 0.25 and 1.25: sd sqrt(0.5), over the root of 2.
        assert!((paired_error(of("trpo", 1), of("ppo", 0)) - 0.5).abs() < 1e-12);
    }

    #[test]
    fn a_run_that_diverged_is_random_and_nobody_better_than_random_has_nothing() {
        let mut rows = runs(1, "trpo", 0, "A", &[10.0, 20.0]);
        rows[0] = run(1, "trpo", 0, "A", 0, None);
        let scores = Scores::of(&rows, 1).unwrap();
        assert_eq!(scores.settings[0].means, [10.0]);
        assert_eq!(scores.settings[0].failed, 1);
        let rows = runs(1, "trpo", 0, "A", &[-10.0, -20.0]);
        let scores = Scores::of(&rows, 1).unwrap();
        assert!(!scores.tasks[0].is_learnt);
        assert_eq!(
            (scores.settings[0].score, &scores.settings[0].by_seed[..]),
            (0.0, &[0.0; 2][..])
        );
    }

    #[test]
    fn where_less_is_better_the_least_is_best() {
        let less = |row: RunRow| RunRow {
            random: 50.0,
            reference: 0.0,
            ..row
        };
        let mut rows = runs(1, "trpo", 0, "A", &[30.0, 30.0]);
        rows.extend(runs(1, "trpo", 1, "A", &[10.0, 10.0]));
        let rows: Vec<RunRow> = rows.into_iter().map(less).collect();
        let scores = Scores::of(&rows, 1).unwrap();
        assert_eq!(scores.tasks[0].best, 10.0);
        assert_eq!(scores.settings[0].score, 0.5);
        assert_eq!(scores.ranked("trpo")[0].setting, 1);
    }

    #[test]
    fn a_run_that_is_missing_or_there_twice_is_noticed() {
        let mut rows = runs(1, "trpo", 0, "A", &[1.0, 2.0]);
        rows.extend(runs(1, "trpo", 1, "A", &[1.0]));
        assert!(
            Scores::of(&rows, 1)
                .unwrap_err()
                .contains("setting 1, on A with seed 1 is missing")
        );
        rows.push(rows[2].clone());
        rows.push(run(1, "trpo", 1, "A", 1, Some(0.0)));
        assert!(Scores::of(&rows, 1).unwrap_err().contains("stands twice"));
    }
}
