//! Which column of a table of scores is what, and how its numbers are written.
//!
//! | column | also called |
//! |---|---|
//! | `algorithm` | `variant`, `method`, `agent` |
//! | `task` | `env`, `environment` |
//! | `run` | `seed` (then runs of one seed are compared with each other), `trial` |
//! | `score` | any name, with `--score NAME` |
//! | `random`, `reference` | |
//! | `status` | |
//!
//! in any case and any order. Columns are separated by a comma, a semicolon or a
//! tab. A first column without a name is an index and not read, nor are empty
//! columns at the end.

use csv::StringRecord;

use super::text::shown;
use crate::format::list;

/// Names of the columns that a table must have, apart from the score.
const KEYS: [&[&str]; 3] = [
    &["algorithm", "variant", "method", "agent"],
    &["task", "env", "environment"],
    &["run", "seed", "trial"],
];
const SCORE: &str = "score";
const REFERENCES: [&str; 2] = ["random", "reference"];
const STATUS: &str = "status";

/// The scores of `scores.csv`, as this program writes it; the first is taken
/// unless another is asked for.
const OWN_SCORES: [&str; 4] = ["evaluation", "area", "training", "final"];

const WANTED: &str = "wanted are the columns algorithm (or variant, method, agent), task (or env, \
     environment), run (or seed, trial) and score, and for raw scores also random and reference";

/// Where the columns stand.
#[derive(Debug)]
pub(super) struct Columns {
    pub algorithm: usize,
    pub task: usize,
    pub run: usize,
    /// Whether runs are named by their seeds: those of one seed are partners.
    pub has_seeds: bool,
    pub score: usize,
    /// `random` and `reference`.
    pub references: Option<[usize; 2]>,
    pub status: Option<usize>,
    /// Number of columns, without empty ones at the end.
    pub count: usize,
    /// What is not read, or was chosen.
    pub note: Option<String>,
}

/// The character that separates columns: the one at which most of the header is
/// known, or which makes most columns.
pub(super) fn separator(text: &str) -> u8 {
    let line = text.lines().find(|line| !line.trim().is_empty());
    let line = line.unwrap_or_default();
    let rank = |separator: &u8| {
        let mut is_quoted = false;
        let is_end = |c: char| {
            is_quoted ^= c == '"';
            c == char::from(*separator) && !is_quoted
        };
        let names: Vec<String> = line.split(is_end).map(plain).collect();
        let known = names.iter().filter(|name| is_known(name)).count();
        (known, names.len())
    };
    // The last of equals wins.
    let all = [b'\t', b';', b','];
    all.into_iter().max_by_key(rank).unwrap_or(b',')
}

/// A name as it is compared: without quotes, spaces around it, and case.
fn plain(name: &str) -> String {
    name.trim().trim_matches('"').trim().to_lowercase()
}

fn is_known(name: &str) -> bool {
    let others = [SCORE, REFERENCES[0], REFERENCES[1], STATUS];
    KEYS.iter()
        .copied()
        .flatten()
        .chain(&others)
        .any(|known| *known == name)
}

fn quoted<S: AsRef<str>>(names: &[S]) -> String {
    let names: Vec<String> = names
        .iter()
        .map(|n| format!("`{}`", shown(n.as_ref())))
        .collect();
    list(&names)
}

impl Columns {
    /// The columns of a table whose numbers `is_number` knows; `wanted` is the
    /// name of the score.
    ///
    /// # Errors
    /// If it cannot be told what a column is: what was found and what is wanted.
    pub(super) fn find(
        header: &StringRecord,
        records: &[&StringRecord],
        wanted: Option<&str>,
        is_number: impl Fn(&str) -> bool,
    ) -> Result<Self, String> {
        let header = Header::new(header)?;
        let [algorithm, task, run] = header.keys()?;
        let references = match REFERENCES.map(|name| header.place(name)) {
            [None, None] => None,
            [Some(random), Some(reference)] => Some([random, reference]),
            [None, _] => return Err(header.missing(REFERENCES[0])),
            [_, None] => return Err(header.missing(REFERENCES[1])),
        };
        // What else holds numbers.
        let others: Vec<usize> = header.others().collect();
        let fields = |place: usize| {
            let fields = records.iter().filter_map(move |record| record.get(place));
            fields.filter(|field| !field.is_empty())
        };
        let numeric: Vec<&str> = others
            .iter()
            .filter(|&&place| fields(place).next().is_some() && fields(place).all(&is_number))
            .map(|&place| header.names[place].as_str())
            .collect();
        let (score, note) = header.score(wanted, &numeric)?;
        Ok(Self {
            algorithm,
            task,
            run,
            has_seeds: header.plain[run] == "seed",
            score,
            references,
            status: header.place(STATUS),
            count: header.names.len(),
            note: note.or_else(|| {
                let unread = others.iter().filter(|&&place| place != score);
                let unread: Vec<&String> = unread.map(|&place| &header.names[place]).collect();
                let columns = match unread.len() {
                    0 => return None,
                    1 => "column",
                    _ => "columns",
                };
                let unread = quoted(&unread);
                let note = format!("not read: {columns} {unread}");
                wanted.is_none().then_some(note)
            }),
        })
    }
}

/// The names of the columns.
struct Header {
    /// As they stand, without empty ones at the end.
    names: Vec<String>,
    /// As they are compared; empty where a column is not read.
    plain: Vec<String>,
}

impl Header {
    fn new(header: &StringRecord) -> Result<Self, String> {
        let mut names: Vec<String> = header.iter().map(str::to_owned).collect();
        while names.last().is_some_and(|name| plain(name).is_empty()) {
            names.pop();
        }
        let mut lower: Vec<String> = names.iter().map(|name| plain(name)).collect();
        // What pandas calls an index that it reads back.
        if let Some(first) = lower
            .first_mut()
            .filter(|name| name.starts_with("unnamed:"))
        {
            first.clear();
        }
        if let [only] = lower.as_slice()
            && !is_known(only)
        {
            let found = shown(&names[0]);
            return Err(format!(
                "there is one column, `{found}`; separate columns by a comma, a semicolon or a \
                 tab: {WANTED}"
            ));
        }
        if let Some(place) = lower.iter().skip(1).position(String::is_empty) {
            let number = place + 2;
            return Err(format!(
                "column {number} has no name; give it one, or remove it"
            ));
        }
        let header = Self {
            names,
            plain: lower,
        };
        for (place, name) in header.plain.iter().enumerate() {
            if !name.is_empty() && header.plain[..place].contains(name) {
                let name = shown(&header.names[place]);
                return Err(format!("column `{name}` stands twice; keep one of them"));
            }
        }
        Ok(header)
    }

    fn place(&self, name: &str) -> Option<usize> {
        self.plain.iter().position(|known| known == name)
    }

    /// The places of algorithm, task and run.
    fn keys(&self) -> Result<[usize; 3], String> {
        let mut places = [0; 3];
        for (place, names) in places.iter_mut().zip(KEYS) {
            let found: Vec<usize> = names.iter().filter_map(|name| self.place(name)).collect();
            *place = match found[..] {
                [] => return Err(self.missing(names[0])),
                [only] => only,
                _ => {
                    let found: Vec<&String> = found.iter().map(|&k| &self.names[k]).collect();
                    return Err(format!(
                        "{} may each name the {}; keep one of these columns",
                        quoted(&found),
                        names[0]
                    ));
                }
            };
        }
        Ok(places)
    }

    /// Columns whose names mean nothing here.
    fn others(&self) -> impl Iterator<Item = usize> {
        let others = self.plain.iter().enumerate();
        let others = others.filter(|(_, name)| !name.is_empty() && !is_known(name));
        others.map(|(place, _)| place)
    }

    /// The column of the score, and what to say of a choice that nobody made.
    fn score(
        &self,
        wanted: Option<&str>,
        numeric: &[&str],
    ) -> Result<(usize, Option<String>), String> {
        let score = self.place(SCORE);
        if let Some(wanted) = wanted {
            let exact = self.names.iter().position(|name| name == wanted);
            let found = exact.or_else(|| self.place(&plain(wanted)));
            let mut can_be = score.into_iter().chain(self.others());
            if let Some(found) = found.filter(|found| can_be.any(|place| place == *found)) {
                return Ok((found, None));
            }
            let score = score.map(|place| self.names[place].as_str());
            let others: Vec<&str> = score.into_iter().chain(numeric.iter().copied()).collect();
            let others = match others.is_empty() {
                true => "none holds numbers".to_owned(),
                false => format!("--score takes {}", quoted(&others)),
            };
            let wanted = shown(wanted);
            return Err(format!(
                "no column with scores is called `{wanted}`; {others}"
            ));
        }
        if let Some(score) = score {
            return Ok((score, None));
        }
        let own = OWN_SCORES.map(|name| self.place(name));
        if let [Some(first), Some(_), Some(_), Some(_)] = own {
            let [first_name, others @ ..] = OWN_SCORES;
            let note = format!(
                "the score is column `{first_name}`; --score takes {} instead",
                list(&others).replace(" and ", " or ")
            );
            return Ok((first, Some(note)));
        }
        Err(match numeric {
            [] => self.missing(SCORE),
            [only] => {
                let only = shown(only);
                format!("no column is called `score`; if `{only}` is it, say --score {only}")
            }
            many => format!(
                "no column is called `score`, but {} hold numbers; choose one with --score NAME",
                quoted(many)
            ),
        })
    }

    fn missing(&self, name: &str) -> String {
        let found: Vec<&String> = self.names.iter().filter(|name| !name.is_empty()).collect();
        format!(
            "column `{name}` is missing; found are {}; {WANTED}",
            quoted(&found)
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find(header: &[&str], wanted: Option<&str>) -> Result<Columns, String> {
        let row = vec!["1"; header.len()];
        let is_number = |field: &str| field.parse::<f64>().is_ok();
        Columns::find(&header.into(), &[&row.into()], wanted, is_number)
    }

    #[test]
    fn columns_are_known_by_their_names_in_any_case_and_order() {
        let found = find(&["", "Score", "SEED", "Env", "Agent", "", ""], None).unwrap();
        let places = [found.score, found.run, found.task, found.algorithm];
        assert_eq!((places, found.count), ([1, 2, 3, 4], 5));
        assert_eq!((found.references, found.note), (None, None));
    }

    #[test]
    fn the_separator_is_the_one_at_which_the_header_is_known() {
        for (header, expected) in [
            ("algorithm,task,run,score", b','),
            ("\n Algorithm;Task;Run;\"a,b,c,d,e,f\"", b';'),
            ("algorithm\ttask\trun\tscore", b'\t'),
            ("what", b','),
            ("", b','),
        ] {
            assert_eq!(separator(header), expected, "{header}");
        }
    }

    #[test]
    fn a_score_among_several_is_chosen_or_asked_for() {
        let several = ["algorithm", "task", "run", "return", "length"];
        let message = find(&several, None).unwrap_err();
        assert!(
            message.contains("`return` and `length` hold numbers"),
            "{message}"
        );
        assert_eq!(find(&several, Some("Length")).unwrap().score, 4);
        let message = find(&several, Some("task")).unwrap_err();
        assert!(
            message.contains("--score takes `return` and `length`"),
            "{message}"
        );
        let own = [
            "env",
            "variant",
            "seed",
            "status",
            "evaluation",
            "area",
            "training",
            "final",
        ];
        let found = find(&own, None).unwrap();
        assert_eq!((found.score, found.status), (4, Some(3)));
        assert!(found.note.unwrap().contains("column `evaluation`"));
        assert_eq!(find(&own, Some("area")).unwrap().score, 5);
    }
}
