//! Sets of seeds.

use std::ops::Range;

/// Most seeds that one experiment may have.
const LIMIT: usize = 10_000;

/// Reads `3`, `0..10` (without 10), `1,2,5` or a mixture: `0..3,7`. The seeds
/// come out ascending.
pub fn parse(text: &str) -> Result<Vec<u64>, String> {
    let mut seeds = Vec::new();
    for part in text.split(',').map(str::trim) {
        let range = parse_part(part)
            .ok_or_else(|| format!("`{part}` is neither a seed nor a range such as `0..10`"))?;
        if range.is_empty() {
            return Err(format!("the range `{part}` holds no seed"));
        }
        if seeds.len() as u64 + (range.end - range.start) > LIMIT as u64 {
            return Err(format!("more than {LIMIT} seeds"));
        }
        seeds.extend(range);
    }
    sorted(seeds)
}

/// The seeds ascending; an error names one that stands twice.
pub fn sorted(mut seeds: Vec<u64>) -> Result<Vec<u64>, String> {
    seeds.sort_unstable();
    match seeds.windows(2).find(|pair| pair[0] == pair[1]) {
        Some(pair) => Err(format!("seed {} stands twice", pair[0])),
        None if seeds.is_empty() => Err("there must be at least one seed".to_owned()),
        None => Ok(seeds),
    }
}

fn parse_part(part: &str) -> Option<Range<u64>> {
    match part.split_once("..") {
        Some((from, to)) => Some(from.trim().parse().ok()?..to.trim().parse().ok()?),
        None => {
            let seed: u64 = part.parse().ok()?;
            Some(seed..seed.checked_add(1)?)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seeds_ranges_and_lists() {
        assert_eq!(parse("3").unwrap(), [3]);
        assert_eq!(parse("0..3").unwrap(), [0, 1, 2]);
        assert_eq!(parse("7, 0..2").unwrap(), [0, 1, 7]);
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        for text in [
            "",
            "x",
            "3..3",
            "5..2",
            "1,1",
            "0..2,1",
            "-1",
            "0..1000000000000",
            "1..=3",
        ] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
