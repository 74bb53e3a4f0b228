//! Which paths a source file names.

use std::collections::BTreeSet;

/// Names of modules from the crate down; none for the crate itself.
pub type Module = Vec<String>;

/// Whether `c` can stand in a name.
pub fn is_letter(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

/// The text with comments and the content of strings left out.
pub fn without_comments(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let at = |place: usize| chars.get(place).copied().unwrap_or(' ');
    let mut out = String::new();
    let mut i = 0;
    while i < chars.len() {
        let raw = at(i) == 'r' && (at(i + 1) == '"' || (at(i + 1) == '#' && at(i + 2) == '"'));
        if at(i) == '/' && at(i + 1) == '/' {
            while i < chars.len() && at(i) != '\n' {
                i += 1;
            }
        } else if raw && (i == 0 || !is_letter(at(i - 1))) {
            let end = if at(i + 1) == '#' { "\"#" } else { "\"" };
            let rest: String = chars[i + 1 + end.len()..].iter().collect();
            let length = rest
                .find(end)
                .map_or(rest.len(), |byte| rest[..byte].chars().count());
            i += 1 + 2 * end.len() + length;
        } else if at(i) == '"' {
            i += 1;
            while i < chars.len() && at(i) != '"' {
                i += if at(i) == '\\' { 2 } else { 1 };
            }
            i += 1;
        } else if at(i) == '\'' && at(i + 1) == '\\' {
            i += 3;
            while at(i) != '\'' {
                i += 1;
            }
            i += 1;
        } else if at(i) == '\'' && at(i + 2) == '\'' {
            i += 3;
        } else {
            out.push(at(i));
            i += 1;
        }
    }
    out
}

/// The text without what is only compiled for tests, and the names of modules
/// of tests in files of their own.
pub fn without_tests(text: &str) -> (String, Vec<String>) {
    let mut out = String::new();
    let mut names = Vec::new();
    let mut rest = text;
    while let Some(start) = rest.find("#[cfg(test)]") {
        out.push_str(&rest[..start]);
        let item = &rest[start..];
        let end = item.find([';', '{']).expect("an item");
        if item[end..].starts_with(';') {
            let name = item[..end].split("mod ").nth(1);
            names.extend(name.map(|name| name.trim().to_owned()));
            rest = &item[end + 1..];
            continue;
        }
        let mut depth = 0;
        let close = item[end..].find(|c| {
            match c {
                '{' => depth += 1,
                '}' => depth -= 1,
                _ => {}
            }
            depth == 0
        });
        rest = &item[end + close.expect("the end of an item") + 1..];
    }
    out.push_str(rest);
    (out, names)
}

/// Every path that is imported or begins with `crate` or `super`, with the name
/// it has from then on if it is imported.
pub fn paths(text: &str) -> Vec<(Option<String>, Vec<String>)> {
    let mut found = Vec::new();
    let mut other = String::new();
    let mut rest = text;
    while let Some(start) = rest.find("use ") {
        let (before, item) = rest.split_at(start);
        let is_word = !before.ends_with(is_letter);
        let end = item.find(';').unwrap_or(item.len());
        other.push_str(before);
        if is_word {
            tree_of(&item[4..end], &[], &mut found);
            rest = &item[end..];
        } else {
            rest = &item[4..];
        }
    }
    other.push_str(rest);
    for first in ["crate::", "super::"] {
        for (place, _) in other.match_indices(first) {
            // In `super::super::x` the second is no beginning.
            if !other[..place].ends_with([':']) && !other[..place].ends_with(is_letter) {
                let path = other[place..].chars();
                let path: String = path.take_while(|c| is_letter(*c) || *c == ':').collect();
                let path = path.trim_end_matches(':').split("::").map(str::to_owned);
                found.push((None, path.collect()));
            }
        }
    }
    found
}

/// The paths of one tree of a `use` declaration below `above`.
fn tree_of(tree: &str, above: &[String], found: &mut Vec<(Option<String>, Vec<String>)>) {
    let tree = tree.trim();
    let Some((path, inner)) = tree.split_once('{') else {
        let (path, name) = tree.split_once(" as ").unwrap_or((tree, ""));
        let mut path: Vec<String> = path
            .split("::")
            .map(|part| part.trim().to_owned())
            .collect();
        path = [above, &path].concat();
        if path
            .last()
            .is_some_and(|last| last == "self" || last == "*")
        {
            path.pop();
        }
        let name = match name.trim() {
            "" => path.last().cloned(),
            name => Some(name.to_owned()),
        };
        found.push((name, path));
        return;
    };
    let path = path.trim().trim_end_matches("::").split("::");
    let path = path
        .filter(|part| !part.is_empty())
        .map(|part| part.trim().to_owned());
    let above = [above, &path.collect::<Vec<_>>()].concat();
    let (mut depth, mut start) = (0, 0);
    let inner = inner.trim_end().strip_suffix('}').expect("a closed brace");
    for (place, c) in inner.char_indices().chain([(inner.len(), ',')]) {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                if !inner[start..place].trim().is_empty() {
                    tree_of(&inner[start..place], &above, found);
                }
                start = (place + 1).min(inner.len());
            }
            _ => {}
        }
    }
}

/// `path`, as it stands in `module`, from the crate down; nothing for paths of
/// other crates.
pub fn absolute(module: &[String], path: &[String], known: &BTreeSet<Module>) -> Option<Module> {
    let first = path.first()?;
    let mut at = match first.as_str() {
        "crate" => Module::new(),
        "super" | "self" => module.to_vec(),
        name => {
            let child = [module, &[name.to_owned()]].concat();
            return known.contains(&child).then(|| [module, path].concat());
        }
    };
    let mut rest = path;
    while let Some((name, others)) = rest.split_first() {
        match name.as_str() {
            "super" => {
                at.pop();
            }
            "crate" | "self" => {}
            _ => break,
        }
        rest = others;
    }
    at.extend(rest.iter().cloned());
    Some(at)
}

#[test]
fn paths_are_read_as_the_compiler_reads_them() {
    let text = "
        use crate::a::{self, b::{C, D as E}, f::*};
        pub use super::g::H; // use crate::no::No;
        fn f() -> impl Sized + use<> { let _ = \"crate::not::this\"; crate::i::j(super::super::k::L) }
        #[cfg(test)]
        mod tests { use crate::test::Only; fn f() { if true {} } }
        use m::N;
    ";
    let (text, _) = without_tests(&without_comments(text));
    let module = ["x".to_owned(), "y".to_owned()];
    let known = [vec!["x".into(), "y".into(), "m".into()]].into();
    let mut found: Vec<String> = paths(&text)
        .iter()
        .filter_map(|(_, path)| Some(absolute(&module, path, &known)?.join("::")))
        .collect();
    found.sort();
    let expected = [
        "a",
        "a::b::C",
        "a::b::D",
        "a::f",
        "i::j",
        "k::L",
        "x::g::H",
        "x::y::m::N",
    ];
    assert_eq!(found, expected);
}
