//! The search whose settings are drawn.

use std::ops::Range;

use toml::Spanned;
use toml::de::DeTable;

use super::file::{Search, Setting, Variant, stream};
use super::head::Head;
use super::keys::Keys;
use super::rungs;
use super::source::Source;
use crate::experiment::document::DocumentError;
use crate::experiment::file::Experiment;

/// Draws for each setting after which ranges are taken to hold no further one.
const PATIENCE: usize = 200;

impl Source<'_> {
    /// The search that draws a number of settings for each variant; `root` is the
    /// document without `[search]`, which stands at `place`.
    pub(super) fn drawn(
        &self,
        experiment: &Experiment,
        head: Head,
        keys: Keys<'_>,
        root: &DeTable<'_>,
        place: Range<usize>,
    ) -> Result<Search, DocumentError> {
        let document = self.document;
        let (Some(seed), Some(protocol)) = (&head.seed, &head.protocol) else {
            let message = "a search needs `seed`, the seed of its draw, and `protocol = \"free\"` \
                           or \"matched\"";
            return Err(document.error(Some(place), message));
        };
        let (seed, protocol) = (*seed.get_ref(), *protocol.get_ref());
        let (count, limit) = (head.count(document)?, head.limit(document)?);
        let of_seeds = root.get("seeds").map_or(place.clone(), Spanned::span);
        let seeds = (&experiment.plan.seeds[..], of_seeds);
        let rungs = rungs::split(document, head.rungs, count, seeds, place.clone())?;
        let mut variants = self.variants(&experiment.plan, keys, protocol, root, &place)?;
        for variant in &mut variants {
            for key in &variant.keys {
                for value in key.ends() {
                    let values = vec![(key.name.clone(), value)];
                    let setting = self.setting(variant, values, &key.place)?;
                    rungs::check_updates(document, &rungs, &setting.configs, &variant.keys)?;
                }
            }
            variant.settings = self.draw(variant, seed, count, limit, &place)?;
        }
        Ok(Search {
            protocol,
            seed,
            variants,
            rungs,
            experiment: experiment.clone(),
        })
    }

    /// Setting 0 and others that are drawn, each different and none dearer than
    /// `limit` times setting 0.
    fn draw(
        &self,
        variant: &Variant,
        seed: u64,
        count: usize,
        limit: f64,
        place: &Range<usize>,
    ) -> Result<Vec<Setting>, DocumentError> {
        let mut rng = stream(seed, variant, 0);
        let mut settings = vec![self.first(variant, place)?];
        for _ in 0..PATIENCE * count {
            let keys = variant.keys.iter();
            let values: Vec<_> = keys
                .map(|key| (key.name.clone(), key.draw(&mut rng)))
                .collect();
            if settings.iter().any(|known| known.values == values) {
                continue;
            }
            let setting = self.setting(variant, values, &variant.keys[0].place)?;
            if setting.cost <= limit * settings[0].cost {
                settings.push(setting);
            }
            if settings.len() == count {
                return Ok(settings);
            }
        }
        let message = format!(
            "`{}`: only {} different settings of {count} were found within {limit} times the cost \
             of the defaults; give wider ranges, a higher `cost_limit` or fewer `settings`",
            variant.name,
            settings.len()
        );
        Err(self.document.error(Some(place.clone()), message))
    }
}
