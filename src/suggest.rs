//! What somebody probably meant who wrote a name that there is not.

/// The one of `known` that `given` begins, or else misspells in at most 3
/// places, a third of its letters; case does not matter.
pub fn nearest<'a>(given: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let given = given.to_lowercase();
    let distances = known.into_iter().filter_map(|name| {
        let known = name.to_lowercase();
        let begins = given.len() >= 3 && known.starts_with(&given);
        let distance = edit_distance(&given, &known);
        (begins || distance <= (given.len() / 3).min(3)).then_some((!begins, distance, name))
    });
    distances.min().map(|(_, _, name)| name)
}

/// ` (did you mean ...?)`, or nothing.
pub fn did_you_mean(nearest: Option<&str>) -> String {
    nearest.map_or_else(String::new, |name| format!(" (did you mean `{name}`?)"))
}

/// Insertions, deletions, replacements and swaps of neighbours that turn `a` into
/// `b`, no place edited twice (optimal string alignment), a row of the table at a
/// time.
fn edit_distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut row: Vec<usize> = (0..=b.len()).collect();
    let mut above = Vec::new();
    for i in 0..a.len() {
        let mut next = vec![i + 1];
        for j in 0..b.len() {
            let replaced = row[j] + usize::from(a[i] != b[j]);
            let mut least = replaced.min(row[j + 1] + 1).min(next[j] + 1);
            if i > 0 && j > 0 && a[i] == b[j - 1] && a[i - 1] == b[j] {
                least = least.min(above[j - 1] + 1);
            }
            next.push(least);
        }
        above = std::mem::replace(&mut row, next);
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_that_is_begun_or_misspelt_is_meant() {
        let near = |given| nearest(given, ["Hopper-v5", "CartPole-v1", "CartPoleLong-v1"]);
        assert_eq!(near("hopper"), Some("Hopper-v5"));
        assert_eq!(near("CartPole-v0"), Some("CartPole-v1"));
        assert_eq!(near("cartpolel"), Some("CartPoleLong-v1"));
        assert_eq!(near("Pong-v5"), None);
        assert_eq!(near(""), None);
    }

    #[test]
    fn edit_distance_counts_edits() {
        for (a, b, distance) in [
            ("", "abc", 3),
            ("kitten", "sitting", 3),
            ("ab", "ab", 0),
            ("trop", "trpo", 1),
            ("abcd", "badc", 2),
        ] {
            assert_eq!(edit_distance(a, b), distance);
            assert_eq!(edit_distance(b, a), distance);
        }
    }
}
