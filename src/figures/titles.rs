//! The lines above a block of panels.

use super::letters;
use super::picture::Block;
use super::style::Type;
use crate::env::registry::OUR_OWN;

/// The lines above a block.
pub(super) struct Titles {
    /// Its title, in one line or two.
    pub bold: Vec<String>,
    /// Its subtitle; empty if it has none.
    pub plain: String,
}

impl Titles {
    /// Those of a block, in a slot of this width; `None` if they do not fit.
    pub fn of(block: &Block, slot: f64, letters: Type) -> Option<Self> {
        let fits = |text: &str| letters::width(text, letters.title()) <= slot;
        let title = match OUR_OWN.contains(&block.title.as_str()) {
            true => format!("{} (ours)", block.title),
            false => block.title.clone(),
        };
        let bold = match fits(&title) {
            _ if title.is_empty() => Vec::new(),
            true => vec![title],
            false => {
                let (first, second) = broken(&title)?;
                vec![first, second]
            }
        };
        let plain = block.subtitle.clone();
        let is_short = letters::width(&plain, letters.name()) <= slot;
        (is_short && bold.iter().all(|line| fits(line))).then_some(Self { bold, plain })
    }

    /// How many lines there are.
    pub fn count(&self) -> usize {
        self.bold.len() + usize::from(!self.plain.is_empty())
    }
}

/// A name in two parts: at a space, or where a word begins with a capital.
fn broken(name: &str) -> Option<(String, String)> {
    let letters: Vec<(usize, char)> = name.char_indices().collect();
    let begins = |pair: &[(usize, char)]| {
        let is_word = pair[0].1.is_lowercase() && pair[1].1.is_uppercase();
        (is_word || pair[0].1 == ' ').then_some(pair[1].0)
    };
    let places = letters.windows(2).filter_map(begins);
    // The place nearest to the middle.
    let place = places.min_by_key(|&place| place.abs_diff(name.len() / 2))?;
    let (first, second) = name.split_at(place);
    Some((first.trim().to_owned(), second.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_names_break_where_a_word_begins() {
        let broken = |name| broken(name).unwrap();
        assert_eq!(
            broken("MountainCarContinuous-v0"),
            ("MountainCar".to_owned(), "Continuous-v0".to_owned())
        );
        assert_eq!(super::broken("acrobot"), None);
    }
}
