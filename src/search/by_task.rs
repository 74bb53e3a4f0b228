//! The search for a value that belongs to the task: one for each, the same for all
//! algorithms.

use std::ops::Range;

use toml::Spanned;

use super::Protocol;
use super::file::{Search, Variant};
use super::head::Head;
use super::rungs::Rung;
use super::source::Source;
use super::space::{self, Key};
use crate::experiment::document::DocumentError;
use crate::experiment::file::Experiment;

impl Source<'_> {
    /// The search that chooses one value for each task; `fixed` is where keys stand
    /// that are searched beside it, `place` where `[search]` does.
    pub(super) fn by_task(
        &self,
        experiment: &Experiment,
        head: Head,
        fixed: Option<Range<usize>>,
        place: Range<usize>,
    ) -> Result<Search, DocumentError> {
        let document = self.document;
        let (Some(over), Some(values)) = (head.over, head.values) else {
            let message = "write both `over = \"gamma\"` and `values = [0.95, 0.99]`";
            return Err(document.error(Some(place), message));
        };
        let others = [
            fixed,
            head.seed.map(|seed| seed.span()),
            head.protocol.map(|protocol| protocol.span()),
            head.settings.map(|settings| settings.span()),
            head.cost_limit.map(|limit| limit.span()),
            head.rungs
                .and_then(|rungs| rungs.first().map(Spanned::span)),
        ];
        if let Some(span) = others.into_iter().flatten().next() {
            let message = "with `over` every value is run on every seed, so that nothing else is \
                           said of the search; take this away";
            return Err(document.error(Some(span), message));
        }
        let written = space::list_of(values.get_ref());
        let written = written.map_err(|message| document.error(Some(values.span()), message))?;
        let plan = &experiment.plan;
        let is_shared = |group: &str| {
            let mut cells = plan.cells.iter();
            group == "critic" || cells.all(|cell| cell.config.algorithm.name() == group)
        };
        if !over
            .get_ref()
            .split_once('.')
            .is_none_or(|(group, _)| is_shared(group))
        {
            let message =
                "`over` is a key that all algorithms of the search share, such as `gamma`";
            return Err(document.error(Some(over.span()), message));
        }
        let mut variants = Vec::new();
        for name in &plan.variants {
            let mut variant = Variant::of(plan, name);
            let (key, place) = (over.get_ref(), over.span());
            space::documentation(document, self.lab, &variant.algorithm, key, &place)?;
            variant.keys.push(Key {
                name: key.clone(),
                range: space::Range::List(written.clone()),
                is_whole: false,
                place,
            });
            for value in &written {
                let value = vec![(key.clone(), value.clone())];
                let setting = self.setting(&variant, value, &values.span())?;
                variant.settings.push(setting);
            }
            variants.push(variant);
        }
        Ok(Search {
            experiment: experiment.clone(),
            protocol: Protocol::ByTask,
            seed: 0,
            variants,
            rungs: vec![Rung {
                share: 1.0,
                seeds: plan.seeds.clone(),
                keep: 1,
                place: values.span(),
            }],
        })
    }
}
