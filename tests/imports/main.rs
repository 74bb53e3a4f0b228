//! A module of `src` imports only what stands below it in the table of
//! `src/lib.rs`, and the parts of a module import each other in no circle.
//!
//! Read from the text: `use` declarations, and paths in place that begin with
//! `crate` or `super`. What a `mod.rs` passes on (`use child::Name`) counts as an
//! import of the child. That a part uses what its own `mod.rs` declares, and
//! `mod.rs` its parts, is no circle. Modules of tests do not count.

mod text;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use text::{Module, absolute, is_letter, paths, without_comments, without_tests};

/// What is still to be cut. It must shrink: an entry that is no longer found
/// fails the test.
const KNOWN: &[&str] = &[];

/// One source file.
struct Source {
    file: PathBuf,
    /// What it imports, each a path of names from the crate down.
    imports: Vec<Module>,
    /// What other names mean here, by the name.
    names: BTreeMap<String, Module>,
}

/// The modules, and the macros that stand at the root, with their modules.
#[derive(Default)]
struct Tree {
    sources: BTreeMap<Module, Source>,
    macros: BTreeMap<String, Module>,
}

/// An import from one module of another.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Edge {
    from: Module,
    to: Module,
}

impl Tree {
    fn read(root: &Path) -> Self {
        let mut texts = BTreeMap::new();
        files(root, &mut texts);
        let mut tree = Self::default();
        let mut of_tests = BTreeSet::new();
        let mut stripped = BTreeMap::new();
        for (file, text) in texts {
            let module = module_of(file.strip_prefix(root).unwrap());
            let (text, tests) = without_tests(&without_comments(&text));
            for name in tests {
                of_tests.insert([&module[..], &[name]].concat());
            }
            for piece in text.split("macro_export]").skip(1) {
                let name = piece.split("macro_rules!").nth(1).unwrap();
                let name: String = name.trim().chars().take_while(|c| is_letter(*c)).collect();
                tree.macros.insert(name, module.clone());
            }
            stripped.insert(module, (file, text));
        }
        stripped.retain(|module, _| !of_tests.contains(module));
        let known: BTreeSet<Module> = stripped.keys().cloned().collect();
        for (module, (file, text)) in stripped {
            let mut source = Source {
                file,
                imports: Vec::new(),
                names: BTreeMap::new(),
            };
            for (name, path) in paths(&text) {
                let Some(path) = absolute(&module, &path, &known) else {
                    continue;
                };
                source.imports.push(path.clone());
                source.names.extend(name.map(|name| (name, path)));
            }
            tree.sources.insert(module, source);
        }
        tree
    }

    /// The module in which the last name of `path` is declared.
    fn declares(&self, path: &[String], depth: usize) -> Module {
        let mut module = Module::new();
        let mut rest = path.iter();
        for name in rest.by_ref() {
            let inner = [&module[..], std::slice::from_ref(name)].concat();
            if self.sources.contains_key(&inner) {
                module = inner;
                continue;
            }
            if module.is_empty() {
                return self.macros.get(name).cloned().unwrap_or_default();
            }
            let passed_on = self.sources[&module].names.get(name);
            return match passed_on {
                Some(further) if depth < 8 => self.declares(further, depth + 1),
                _ => module,
            };
        }
        module
    }

    fn edges(&self) -> BTreeSet<Edge> {
        let mut edges = BTreeSet::new();
        for (from, source) in &self.sources {
            for path in &source.imports {
                let to = self.declares(path, 0);
                if !from.is_empty() && !to.is_empty() && *from != to {
                    edges.insert(Edge {
                        from: from.clone(),
                        to,
                    });
                }
            }
        }
        edges
    }

    fn shown(&self, module: &Module) -> String {
        let file = &self.sources[module].file;
        let inside = file.strip_prefix(env!("CARGO_MANIFEST_DIR")).unwrap();
        inside.display().to_string()
    }
}

fn files(folder: &Path, found: &mut BTreeMap<PathBuf, String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = fs::read_to_string(&path).unwrap();
            found.insert(path, text);
        }
    }
}

fn module_of(file: &Path) -> Module {
    let parts = file.with_extension("");
    let parts = parts.iter().map(|part| part.to_string_lossy().into_owned());
    let mut module: Module = parts.collect();
    if ["mod", "lib"].contains(&module.last().unwrap().as_str()) {
        module.pop();
    }
    module
}

/// The rows of the table in `src/lib.rs`, from above.
fn rows() -> Vec<Vec<String>> {
    let text = include_str!("../../src/lib.rs");
    let lines = text.lines().filter_map(|line| line.strip_prefix("//! | ["));
    let rows = lines.map(|line| {
        let cell = line.split(" | ").next().unwrap();
        let names = cell.split('`').skip(1).step_by(2);
        names
            .map(|name| name.trim_start_matches("mod@").to_owned())
            .collect()
    });
    rows.collect()
}

/// The circles among the parts of the module `folder`, each as the names that
/// reach each other, with the imports between them.
fn circles(folder: &[String], edges: &BTreeSet<Edge>) -> Vec<(Vec<String>, Vec<Edge>)> {
    let part = |module: &Module| -> Option<String> {
        let inside = module.strip_prefix(folder)?;
        inside.first().cloned()
    };
    let mut between: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for edge in edges {
        if let (Some(from), Some(to)) = (part(&edge.from), part(&edge.to))
            && from != to
        {
            between.entry(from).or_default().insert(to);
        }
    }
    let reached = |start: &str| {
        let (mut seen, mut next) = (BTreeSet::new(), vec![start.to_owned()]);
        while let Some(name) = next.pop() {
            for to in between.get(&name).into_iter().flatten() {
                if seen.insert(to.clone()) {
                    next.push(to.clone());
                }
            }
        }
        seen
    };
    let all: BTreeMap<&String, BTreeSet<String>> =
        between.keys().map(|name| (name, reached(name))).collect();
    let mut found: Vec<(Vec<String>, Vec<Edge>)> = Vec::new();
    for (&name, reach) in &all {
        if !reach.contains(name) || found.iter().any(|(circle, _)| circle.contains(name)) {
            continue;
        }
        let back = |other: &&String| all.get(other).is_some_and(|all| all.contains(name));
        let circle: Vec<String> = reach.iter().filter(back).cloned().collect();
        let inside = |module: &Module| part(module).is_some_and(|part| circle.contains(&part));
        let imports = edges
            .iter()
            .filter(|edge| inside(&edge.from) && inside(&edge.to))
            .filter(|edge| part(&edge.from) != part(&edge.to));
        found.push((circle.clone(), imports.cloned().collect()));
    }
    found
}

#[test]
fn imports_go_down_and_in_no_circle() {
    let tree = Tree::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"));
    let edges = tree.edges();
    assert!(edges.len() > 300, "{} imports were understood", edges.len());
    let rows = rows();
    assert!(
        rows.len() > 15,
        "the table of src/lib.rs was not understood"
    );
    let row = |module: &Module| {
        let name = &module[0];
        let found = rows.iter().position(|row| row.contains(name));
        found.unwrap_or_else(|| panic!("the table of src/lib.rs lacks `{name}`"))
    };
    // By the words of KNOWN, where it is.
    let mut problems: BTreeMap<String, String> = BTreeMap::new();
    for edge in edges.iter().filter(|edge| edge.from[0] != "main") {
        if row(&edge.from) > row(&edge.to) {
            let words = format!("upward: {} -> {}", edge.from[0], edge.to[0]);
            let place = format!(
                "\n    {} -> {}",
                tree.shown(&edge.from),
                tree.shown(&edge.to)
            );
            *problems.entry(words).or_default() += &place;
        }
    }
    let mut folders: BTreeSet<Module> = tree.sources.keys().cloned().collect();
    folders.insert(Module::new());
    for folder in folders {
        for (circle, imports) in circles(&folder, &edges) {
            let name = match folder.is_empty() {
                true => "src".to_owned(),
                false => folder.join("/"),
            };
            let places = imports.iter().map(|edge| {
                format!(
                    "\n    {} -> {}",
                    tree.shown(&edge.from),
                    tree.shown(&edge.to)
                )
            });
            problems.insert(
                format!("in {name}: {}", circle.join(", ")),
                places.collect(),
            );
        }
    }
    let known: BTreeSet<&str> = KNOWN.iter().copied().collect();
    let found: BTreeSet<&str> = problems.keys().map(String::as_str).collect();
    let new: Vec<String> = found
        .difference(&known)
        .map(|words| format!("  {words}{}", problems[*words]))
        .collect();
    assert!(
        new.is_empty(),
        "a module imports only what stands below it in the table of src/lib.rs, and its parts \
         import each other in no circle:\n{}",
        new.join("\n")
    );
    let gone: Vec<&&str> = known.difference(&found).collect();
    assert!(
        gone.is_empty(),
        "no longer there; take them off KNOWN: {gone:?}"
    );
}
