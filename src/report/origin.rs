//! Where the results of an experiment come from, as names and values.

use super::block::{Span, Target, Text};
use super::chapter::Chapter;
use crate::format::list;
use crate::record::Ending;

impl Chapter {
    /// What its manifest says.
    pub fn facts(&self) -> Vec<(&'static str, Text)> {
        let manifest = &self.manifest;
        let plain = |text: &str| Text::plain(text);
        vec![
            ("Tasks", Text::plain(list(&manifest.tasks))),
            ("Variants", Text::plain(list(&manifest.variants))),
            ("Seeds", Text::plain(self.seeds())),
            ("Runs", Text::plain(self.outcome())),
            ("Settings chosen by", self.searches()),
            ("Headline score", plain(self.headline())),
            (
                "Experiment file",
                Text::plain(format!("experiments/{}.toml", manifest.experiment)),
            ),
            ("Commit", plain(&manifest.commit)),
            ("Version", plain(&manifest.version)),
            (
                "Numerics",
                Text::plain(format!("version {}", manifest.numerics)),
            ),
            ("Digest of the manifest", Text::plain(manifest.digest())),
            ("Machine", Text::plain(list(&self.machines()))),
            (
                "Compiler and crates",
                plain(
                    "Cargo.toml and Cargo.lock at the commit; every record names its rustc and \
                     dfdx",
                ),
            ),
        ]
    }

    fn seeds(&self) -> String {
        let seeds = &self.manifest.seeds;
        match (seeds.first(), seeds.last()) {
            (Some(first), Some(last)) if last - first + 1 == seeds.len() as u64 && first < last => {
                format!("{first} to {last}")
            }
            _ => list(&seeds.iter().map(u64::to_string).collect::<Vec<_>>()),
        }
    }

    /// How many runs there are, and how many ended badly.
    fn outcome(&self) -> String {
        let runs = &self.manifest.runs;
        let mut outcome = self.runs_made();
        for status in Ending::BAD {
            let number = runs.iter().filter(|run| run.status == status).count();
            if number > 0 {
                outcome += &format!(", {number} {status}");
            }
        }
        outcome
    }

    /// The tables of the searches that chose the settings.
    fn searches(&self) -> Text {
        let searches = &self.manifest.analysis.searched_by;
        if searches.is_empty() {
            return Text::plain("settings of the experiment file");
        }
        let mut text = Text::default();
        for (place, by) in searches.iter().enumerate() {
            if place > 0 {
                text = text.and(Span::Plain(", ".to_owned()));
            }
            let file = format!("{}/tables/search.md", by.search);
            text = text.and(Span::Link(Target::File(file.clone()), file));
        }
        text
    }

    /// The machines on which the runs were made.
    fn machines(&self) -> Vec<String> {
        let mut machines: Vec<String> = Vec::new();
        for cost in &self.costs {
            let machine = format!("{}, {} kernels", cost.cpu, cost.kernel);
            if !machines.contains(&machine) {
                machines.push(machine);
            }
        }
        machines
    }
}
