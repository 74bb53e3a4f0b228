//! The committed tables, `tables/*.md`, as blocks: headings, paragraphs and items of
//! one line, pipe tables.

use std::iter::Peekable;
use std::str::Lines;

use super::block::{Block, Table, Text, Tone, slug};

/// More columns than this are shown in parts.
const WIDEST: usize = 11;

/// What a committed table says: what stands before its sections, and these.
pub(super) struct Parsed {
    /// Its heading.
    pub title: String,
    pub intro: Vec<Block>,
    pub sections: Vec<Section>,
}

/// What stands under a heading of the second level.
pub(super) struct Section {
    pub title: String,
    pub blocks: Vec<Block>,
}

impl Parsed {
    /// Reads the text of a table.
    pub fn of(markdown: &str) -> Self {
        let mut parsed = Self {
            title: String::new(),
            intro: Vec::new(),
            sections: Vec::new(),
        };
        let mut lines = markdown.lines().peekable();
        while let Some(line) = lines.next() {
            if let Some(title) = line.strip_prefix("# ") {
                parsed.title = title.trim().to_owned();
            } else if let Some(title) = line.strip_prefix("## ") {
                parsed.sections.push(Section {
                    title: title.trim().to_owned(),
                    blocks: Vec::new(),
                });
            } else if !line.trim().is_empty() {
                let blocks = match parsed.sections.last_mut() {
                    Some(section) => &mut section.blocks,
                    None => &mut parsed.intro,
                };
                blocks.extend(of_lines(line, &mut lines));
            }
        }
        parsed
    }

    /// As blocks under a heading of `level`: the first section as it is, the others
    /// folded away.
    pub fn folded(self, level: u8, prefix: &str) -> Vec<Block> {
        let id = format!("{prefix}{}", slug(&self.title));
        let mut blocks = vec![Block::heading(level, id.clone(), Text::plain(self.title))];
        blocks.extend(self.intro);
        for (place, section) in self.sections.into_iter().enumerate() {
            if place == 0 {
                let id = format!("{id}-{}", slug(&section.title));
                blocks.push(Block::heading(level + 1, id, Text::plain(section.title)));
                blocks.extend(section.blocks);
            } else {
                blocks.push(Block::details(section.title, section.blocks));
            }
        }
        blocks
    }
}

/// The block that begins with `line`, of which further lines are taken.
fn of_lines(line: &str, lines: &mut Peekable<Lines<'_>>) -> Vec<Block> {
    if line.starts_with('|') {
        let mut rows = vec![line];
        while let Some(row) = lines.next_if(|next| next.starts_with('|')) {
            rows.push(row);
        }
        return in_parts(of_rows(&rows));
    }
    if let Some(item) = line.strip_prefix("- ") {
        let mut items = vec![Text::marked(item)];
        while let Some(item) = lines.next_if(|next| next.starts_with("- ")) {
            items.push(Text::marked(&item[2..]));
        }
        return vec![Block::List(Tone::Note, items)];
    }
    let marks = line.bytes().take_while(|&byte| byte == b'#').count();
    let text = Text::marked(line[marks..].trim());
    vec![Block::Text(Tone::Note, text)]
}

/// A pipe table: the header, the alignments, the body.
fn of_rows(rows: &[&str]) -> Table {
    let cells = |row: &str| -> Vec<String> {
        let row = row.trim();
        let row = row.strip_prefix('|').unwrap_or(row);
        let row = row.strip_suffix('|').unwrap_or(row);
        row.split('|').map(|cell| cell.trim().to_owned()).collect()
    };
    let rule = rows.get(1).map(|rule| cells(rule)).unwrap_or_default();
    let is_right = |cell: &String| cell.ends_with(':') && !cell.starts_with(':');
    let right: Vec<usize> = (0..rule.len()).filter(|&c| is_right(&rule[c])).collect();
    let all = rows.iter().enumerate().filter(|(place, _)| *place != 1);
    let all: Vec<Vec<String>> = all.map(|(_, row)| cells(row)).collect();
    Table::of(&all, &right)
}

/// A table of more columns than a screen has room for, which is one of a search: the
/// failed runs and the score of every rung, then what the settings are and the tasks
/// of each rung, folded. Any other is one table for each piece of its columns.
fn in_parts(table: Table) -> Vec<Block> {
    let names: Vec<String> = table.header.iter().map(Text::words).collect();
    if names.len() <= WIDEST {
        return vec![Block::Table(table)];
    }
    let part = |columns: Vec<usize>| Block::Table(table.columns(&columns));
    let Some(first) = names.iter().position(|name| rung(name).is_some()) else {
        let rest: Vec<usize> = (1..names.len()).collect();
        let pieces = rest.chunks(WIDEST - 1);
        return pieces.map(|piece| part([&[0], piece].concat())).collect();
    };
    let is_key = |column: usize| (1..first).contains(&column) && names[column] != "cost";
    let is_sum = |name: &str| {
        [": failed", ": score"]
            .iter()
            .any(|end| name.ends_with(end))
    };
    let is_shown = |c: usize| !is_key(c) && (rung(&names[c]).is_none() || is_sum(&names[c]));
    let all = 0..names.len();
    let keys = all.clone().filter(|&column| column == 0 || is_key(column));
    let mut blocks = vec![
        part(all.clone().filter(|&column| is_shown(column)).collect()),
        Block::details("Their settings", vec![part(keys.collect())]),
    ];
    let mut rungs: Vec<&str> = names.iter().filter_map(|name| rung(name)).collect();
    rungs.dedup();
    for number in rungs {
        let of_it = |column: &usize| *column == 0 || rung(&names[*column]) == Some(number);
        let mut part = table.columns(&all.clone().filter(of_it).collect::<Vec<_>>());
        // Those that were not run there say nothing.
        part.rows
            .retain(|row| row[1..].iter().any(|cell| !cell.is_empty()));
        let title = format!("Rung {number}, task by task");
        blocks.push(Block::details(title, vec![Block::Table(part)]));
    }
    blocks
}

/// The rung that a column is of: `1` of `1: CartPole-v1`.
fn rung(name: &str) -> Option<&str> {
    let (rung, _) = name.split_once(": ")?;
    rung.parse::<u32>().is_ok().then_some(rung)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_read_with_its_alignments_and_marks() {
        let text = "# A & B\n\nSee `a<b`.\n\n## C\n\n| name | mean |\n|:--|--:|\n| **x** | 1<2 |\n\n- one\n- two\n";
        let parsed = Parsed::of(text);
        assert_eq!((parsed.title.as_str(), parsed.intro.len()), ("A & B", 1));
        let [Block::Table(table), Block::List(Tone::Note, items)] = &parsed.sections[0].blocks[..]
        else {
            panic!("not a table and a list");
        };
        assert_eq!(table.numeric, [false, true]);
        assert_eq!(table.rows, [[Text::marked("**x**"), Text::plain("1<2")]]);
        assert_eq!(items.len(), 2);
    }

    /// Every cell of a wide table stands in one of its parts.
    #[test]
    fn a_wide_table_comes_in_parts() {
        let names = "| setting | a.b | c | cost | 1: T | 1: U | 1: failed | 1: **score** | 2: T | 2: U | 2: failed | 2: **score** | |";
        let rule = "|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---|";
        let text = format!(
            "{names}\n{rule}\n| 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 | 10 | 11 | chosen |\n| 1 | 1 | 2 | 3 | 4 | 5 | 6 | 7 | | | | | |\n"
        );
        let parsed = Parsed::of(&text);
        let [
            Block::Table(first),
            Block::Details { .. },
            _,
            Block::Details { blocks, .. },
        ] = &parsed.intro[..]
        else {
            panic!("{} parts", parsed.intro.len());
        };
        let header: Vec<String> = first.header.iter().map(Text::words).collect();
        assert_eq!(
            header,
            [
                "setting",
                "cost",
                "1: failed",
                "1: score",
                "2: failed",
                "2: score",
                ""
            ]
        );
        let Block::Table(last) = &blocks[0] else {
            panic!()
        };
        assert_eq!((last.header.len(), last.rows.len()), (5, 1));
    }
}
