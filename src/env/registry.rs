//! The list of tasks: one line each.

use super::{Env, Spec, acrobot, cartpole, mountain_car, mountain_car_continuous, pendulum};

struct Task {
    spec: fn() -> &'static Spec,
    make: fn() -> Box<dyn Env>,
}

const TASKS: &[Task] = &[
    task::<cartpole::CartPole>(cartpole::spec),
    task::<acrobot::Acrobot>(acrobot::spec),
    task::<mountain_car::MountainCar>(mountain_car::spec),
    task::<mountain_car_continuous::MountainCarContinuous>(mountain_car_continuous::spec),
    task::<pendulum::Pendulum>(pendulum::spec),
];

const fn task<E: Env + Default + 'static>(spec: fn() -> &'static Spec) -> Task {
    Task {
        spec,
        make: || Box::new(E::default()),
    }
}

/// A name that no task has.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no task `{id}`{}; the tasks are {}", suggestion(.nearest), known())]
pub struct UnknownEnv {
    /// The name given.
    pub id: String,
    /// The task that was probably meant.
    pub nearest: Option<&'static str>,
}

/// What is fixed about each task.
pub fn all() -> impl Iterator<Item = &'static Spec> {
    TASKS.iter().map(|task| (task.spec)())
}

/// What is fixed about the task named `id`.
pub fn spec(id: &str) -> Result<&'static Spec, UnknownEnv> {
    find(id).map(|task| (task.spec)())
}

/// A copy of the task named `id`. Its state means nothing before
/// [`Env::reset`] or [`Env::set_state`].
pub fn make(id: &str) -> Result<Box<dyn Env>, UnknownEnv> {
    find(id).map(|task| (task.make)())
}

fn find(id: &str) -> Result<&'static Task, UnknownEnv> {
    TASKS
        .iter()
        .find(|task| (task.spec)().id == id)
        .ok_or_else(|| UnknownEnv {
            id: id.to_owned(),
            nearest: nearest(id),
        })
}

/// The task that `id` begins, or else misspells in at most 3 places; case does
/// not matter.
fn nearest(id: &str) -> Option<&'static str> {
    let given = id.to_lowercase();
    all()
        .filter_map(|spec| {
            let known = spec.id.to_lowercase();
            let begins = given.len() >= 3 && known.starts_with(&given);
            let distance = edit_distance(&given, &known);
            (begins || distance <= 3).then_some((!begins, distance, spec.id))
        })
        .min()
        .map(|(_, _, id)| id)
}

/// Insertions, deletions and replacements that turn `a` into `b`
/// (Levenshtein), one row of the table at a time.
fn edit_distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, &to) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(from != to);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

fn suggestion(nearest: &Option<&str>) -> String {
    nearest.map_or_else(String::new, |id| format!(" (did you mean `{id}`?)"))
}

fn known() -> String {
    all().map(|spec| spec.id).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_task_is_found_under_its_name() {
        for listed in all() {
            assert_eq!(spec(listed.id).unwrap(), listed);
            assert_eq!(make(listed.id).unwrap().spec(), listed);
        }
    }

    #[test]
    fn an_unknown_name_is_answered_with_the_nearest_and_all() {
        let near = |id| make(id).err().unwrap().nearest;
        assert_eq!(near("CartPole-v0"), Some("CartPole-v1"));
        assert_eq!(near("cartpole"), Some("CartPole-v1"));
        assert_eq!(near("mountaincarc"), Some("MountainCarContinuous-v0"));
        assert_eq!(near("MountainCar-v1"), Some("MountainCar-v0"));
        assert_eq!(near("Pong-v5"), None);
        assert_eq!(near(""), None);
        assert_eq!(
            make("Acrobat-v1").err().unwrap().to_string(),
            "there is no task `Acrobat-v1` (did you mean `Acrobot-v1`?); the tasks are \
             CartPole-v1, Acrobot-v1, MountainCar-v0, MountainCarContinuous-v0, Pendulum-v1"
        );
    }

    #[test]
    fn edit_distance_counts_edits() {
        for (a, b, distance) in [("", "abc", 3), ("kitten", "sitting", 3), ("ab", "ab", 0)] {
            assert_eq!(edit_distance(a, b), distance);
            assert_eq!(edit_distance(b, a), distance);
        }
    }
}
