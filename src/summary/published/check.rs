//! What is refused in `experiments/published.toml`, and how that is said.

use std::collections::BTreeSet;

use super::{Score, Source};
use crate::algo::ALGORITHMS;

impl Source {
    /// Refuses what a reader could not judge, or could take for something else.
    pub(super) fn check(&self) -> Result<(), String> {
        let Self { label, scores, .. } = self;
        for (key, text) in [
            ("label", label),
            ("citation", &self.citation),
            ("versions", &self.versions),
            ("measures", &self.measures),
            ("protocol", &self.protocol),
        ] {
            // A line or a bar would break the table.
            if text.trim().is_empty() || text.contains(['\n', '|']) {
                return Err(format!(
                    "source `{label}`: `{key}` must be one line of text without `|`"
                ));
            }
        }
        if scores.is_empty() {
            return Err(format!("source `{label}` has no scores; leave it out"));
        }
        let mut seen = BTreeSet::new();
        for (place, score) in scores.iter().enumerate() {
            let wrong = |problem: String| {
                format!(
                    "source `{label}`, score {} ({} on {}): {problem}",
                    place + 1,
                    score.algorithm,
                    score.task
                )
            };
            score.check(self.spread.is_some()).map_err(wrong)?;
            let key = (&score.task, &score.algorithm, score.steps);
            if !seen.insert(key) {
                return Err(wrong("stands here twice; leave one out".to_owned()));
            }
        }
        Ok(())
    }
}

impl Score {
    fn check(&self, spread_has_meaning: bool) -> Result<(), String> {
        let known: Vec<&str> = ALGORITHMS.iter().map(|kind| kind.name()).collect();
        if !known.contains(&self.algorithm.as_str()) {
            return Err(format!(
                "there is no algorithm `{}`; take one of {}",
                self.algorithm,
                known.join(", ")
            ));
        }
        if !self.task_fits() {
            return Err(format!(
                "`published` is `{}`; write the same task with the version that was used, such \
                 as `{}-v3`",
                self.published,
                base(&self.task)
            ));
        }
        if self.steps == 0 {
            return Err("`steps` is 0; give the environment steps of training".to_owned());
        }
        let [low, high] = self.interval.unwrap_or([self.value; 2]);
        if !self.value.is_finite() || !(low..=high).contains(&self.value) {
            return Err(format!(
                "`value` is {}; give a finite number, inside its interval if it has one",
                self.value
            ));
        }
        if self
            .spread
            .is_some_and(|spread| !(0.0..f64::INFINITY).contains(&spread))
        {
            return Err("`spread` must be a finite number, not below 0".to_owned());
        }
        match (self.spread, self.interval) {
            (Some(_), Some(_)) => Err("give `spread` or `interval`, not both".to_owned()),
            (None, None) => Ok(()),
            _ if spread_has_meaning => Ok(()),
            _ => Err(
                "has a spread, and the source does not say what it is; add `spread = \
                      \"...\"` to the source"
                    .to_owned(),
            ),
        }
    }

    fn task_fits(&self) -> bool {
        let version = self.published.strip_prefix(base(&self.task));
        version.is_some_and(|version| {
            let named = version.starts_with("-v") || version.starts_with(" (v");
            named && version.contains(|digit: char| digit.is_ascii_digit())
        })
    }
}

/// The name of a task without its version.
fn base(task: &str) -> &str {
    task.rsplit_once("-v").map_or(task, |(base, _)| base)
}

#[cfg(test)]
mod tests {
    use super::super::Published;

    /// A file of one source with one score, in which `from` becomes `to`.
    fn problem_of(from: &str, to: &str) -> String {
        let text = "[[source]]\nlabel = \"A\"\ncitation = \"B 2020\"\nhow = \"read\"\n\
                    versions = \"v3\"\nseeds = 5\nmeasures = \"training\"\nprotocol = \"So.\"\n\
                    spread = \"standard deviation\"\nmark = \"circle\"\nscores = [\n\
                    { task = \"Hopper-v5\", published = \"Hopper-v3\", algorithm = \"trpo\", \
                    steps = 1000, value = 2.0, spread = 1.0 },\n]\n";
        assert!(Published::parse(text).is_ok());
        assert!(text.contains(from), "{from}");
        let error = Published::parse(&text.replacen(from, to, 1)).unwrap_err();
        error.to_string()
    }

    #[test]
    fn a_damaged_file_is_refused_with_the_place() {
        for (from, to, said) in [
            ("seeds = 5", "seeds = 0", "line 6"),
            ("seeds = 5", "seeds = \"many\"", "or \"not stated\""),
            ("seeds = 5\n", "", "missing field `seeds`"),
            ("steps = 1000, ", "", "line 12"),
            (
                "steps = 1000",
                "steps = 0",
                "score 1 (trpo on Hopper-v5): `steps` is 0",
            ),
            ("citation = \"B 2020\"\n", "", "missing field `citation`"),
            (
                "\"B 2020\"",
                "\"\"",
                "source `A`: `citation` must be one line of text",
            ),
            (
                "\"Hopper-v3\"",
                "\"Hopper\"",
                "write the same task with the version",
            ),
            ("\"Hopper-v3\"", "\"Walker2d-v3\"", "such as `Hopper-v3`"),
            (
                "\"trpo\"",
                "\"acktr\"",
                "there is no algorithm `acktr`; take one of trpo",
            ),
            (
                "value = 2.0",
                "value = nan",
                "score 1 (trpo on Hopper-v5): `value` is NaN",
            ),
            ("spread = 1.0", "spread = -1.0", "not below 0"),
            (
                "spread = 1.0",
                "interval = [3.0, 4.0]",
                "inside its interval",
            ),
            (
                "spread = \"standard deviation\"\n",
                "",
                "does not say what it is",
            ),
            ("\"circle\"", "\"star\"", "expected one of `circle`"),
        ] {
            let message = problem_of(from, to);
            assert!(
                message.starts_with("experiments/published.toml: "),
                "{message}"
            );
            assert!(message.contains(said), "{to}: {message}");
        }
    }
}
