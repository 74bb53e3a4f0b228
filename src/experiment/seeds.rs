//! Sets of seeds.

use std::ops::RangeInclusive;

/// Most seeds that one experiment may have.
const LIMIT: usize = 10_000;

/// Reads `3`, `0..10` (without 10), `0..=9` (with 9), `1,2,5` or a mixture:
/// `0..3,7`. Every number from 0 to 2^64 - 1 is a seed. They come out ascending.
pub fn parse(text: &str) -> Result<Vec<u64>, String> {
    let mut seeds = Vec::new();
    for part in text.split(',').map(str::trim) {
        let range = parse_part(part)?;
        if range.is_empty() {
            return Err(format!("the range `{part}` holds no seed"));
        }
        // One less than there are, which no range of 64 bits overflows.
        let further = range.end() - range.start();
        if further >= (LIMIT - seeds.len()) as u64 {
            return Err(format!("more than {LIMIT} seeds"));
        }
        seeds.extend(range);
    }
    sorted(seeds)
}

/// The seeds ascending; an error names one that stands twice.
pub fn sorted(mut seeds: Vec<u64>) -> Result<Vec<u64>, String> {
    if seeds.len() > LIMIT {
        return Err(format!("more than {LIMIT} seeds"));
    }
    seeds.sort_unstable();
    match seeds.windows(2).find(|pair| pair[0] == pair[1]) {
        Some(pair) => Err(format!("seed {} stands twice", pair[0])),
        None if seeds.is_empty() => Err("there must be at least one seed".to_owned()),
        None => Ok(seeds),
    }
}

fn parse_part(part: &str) -> Result<RangeInclusive<u64>, String> {
    let seed = |text: &str| {
        text.trim().parse::<u64>().map_err(|_| {
            format!(
                "`{part}` is neither a seed, from 0 to {}, nor a range such as `0..10` or `0..=9`",
                u64::MAX
            )
        })
    };
    let Some((from, to)) = part.split_once("..") else {
        let seed = seed(part)?;
        return Ok(seed..=seed);
    };
    let from = seed(from)?;
    if let Some(last) = to.strip_prefix('=') {
        return Ok(from..=seed(last)?);
    }
    // A range that ends before 0 is empty: like every other, from 1 to 0.
    Ok(match seed(to)?.checked_sub(1) {
        Some(last) => from..=last,
        None => RangeInclusive::new(1, 0),
    })
}

/// Ascending seeds as [`parse`] reads them: `0..20, 31`.
pub fn shown(seeds: &[u64]) -> String {
    let mut parts: Vec<(u64, u64)> = Vec::new();
    for &seed in seeds {
        match parts.last_mut() {
            Some((_, last)) if last.checked_add(1) == Some(seed) => *last = seed,
            _ => parts.push((seed, seed)),
        }
    }
    let part = |(first, last): (u64, u64)| match last.checked_add(1) {
        _ if first == last => first.to_string(),
        Some(end) => format!("{first}..{end}"),
        None => format!("{first}..={last}"),
    };
    let parts: Vec<String> = parts.into_iter().map(part).collect();
    parts.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seeds_ranges_and_lists() {
        assert_eq!(parse("3").unwrap(), [3]);
        assert_eq!(parse("0..3").unwrap(), [0, 1, 2]);
        assert_eq!(parse("1..=3").unwrap(), [1, 2, 3]);
        assert_eq!(parse("3..=3").unwrap(), [3]);
        assert_eq!(parse("7, 0..2").unwrap(), [0, 1, 7]);
        assert_eq!(parse("0..10000").unwrap().len(), 10_000);
    }

    #[test]
    fn the_largest_number_is_a_seed_and_the_end_of_a_range() {
        let last = u64::MAX;
        assert_eq!(parse("18446744073709551615").unwrap(), [last]);
        let range = "18446744073709551614..=18446744073709551615";
        assert_eq!(parse(range).unwrap(), [last - 1, last]);
        let without = "18446744073709551614..18446744073709551615";
        assert_eq!(parse(without).unwrap(), [last - 1]);
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        for text in [
            "",
            "x",
            "3..3",
            "0..0",
            "5..2",
            "5..=4",
            "1,1",
            "0..2,1",
            "-1",
            "18446744073709551616",
            "..=3",
            "0..=",
        ] {
            assert!(parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn more_seeds_than_can_be_held_are_refused() {
        for text in [
            "0..10001",
            "0..=10000",
            "5,6..10007",
            "0..1000000000000",
            "0..18446744073709551615",
            "0..=18446744073709551615",
            "1,0..18446744073709551615",
        ] {
            assert_eq!(parse(text).unwrap_err(), "more than 10000 seeds", "{text}");
        }
        assert!(sorted((0..10_001).collect()).is_err());
    }

    #[test]
    fn seeds_are_shown_as_they_are_read() {
        for text in ["3", "0..20, 31", "18446744073709551615", "5..8, 10..12"] {
            assert_eq!(shown(&parse(text).unwrap()), text);
        }
    }
}
