//! The list of tasks: one line each.

#[cfg(feature = "mujoco")]
use super::mujoco::{self, *};
use super::{Env, Spec, acrobot, cartpole, mountain_car, mountain_car_continuous, pendulum};

struct Task {
    spec: fn() -> &'static Spec,
    make: fn() -> Result<Box<dyn Env>, Unavailable>,
}

const TASKS: &[Task] = &[
    task::<cartpole::CartPole>(cartpole::spec),
    task::<acrobot::Acrobot>(acrobot::spec),
    task::<mountain_car::MountainCar>(mountain_car::spec),
    task::<mountain_car_continuous::MountainCarContinuous>(mountain_car_continuous::spec),
    task::<pendulum::Pendulum>(pendulum::spec),
];

#[cfg(feature = "mujoco")]
const OF_MUJOCO: &[Task] = &[
    of_mujoco::<Swimmer>(),
    of_mujoco::<Hopper>(),
    of_mujoco::<Walker2d>(),
    of_mujoco::<HalfCheetah>(),
    of_mujoco::<Reacher>(),
    of_mujoco::<InvertedPendulum>(),
    of_mujoco::<InvertedDoublePendulum>(),
    of_mujoco::<Ant>(),
    of_mujoco::<Humanoid>(),
];

#[cfg(not(feature = "mujoco"))]
const OF_MUJOCO: &[Task] = &[];

/// Their names, which a build without them knows too.
pub const MUJOCO: [&str; 9] = [
    "Swimmer-v5",
    "Hopper-v5",
    "Walker2d-v5",
    "HalfCheetah-v5",
    "Reacher-v5",
    "InvertedPendulum-v5",
    "InvertedDoublePendulum-v5",
    "Ant-v5",
    "Humanoid-v5",
];

const fn task<E: Env + Default + 'static>(spec: fn() -> &'static Spec) -> Task {
    Task {
        spec,
        make: || Ok(Box::new(E::default())),
    }
}

#[cfg(feature = "mujoco")]
const fn of_mujoco<T: mujoco::Task>() -> Task {
    Task {
        spec: mujoco::spec::<T>,
        make: mujoco::make::<T>,
    }
}

/// A task that cannot be had.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unavailable {
    /// No task has this name.
    #[error("there is no task `{id}`{}; the tasks are {}", suggestion(.nearest), known())]
    Unknown {
        /// The name given.
        id: String,
        /// The task that was probably meant.
        nearest: Option<&'static str>,
    },
    /// The task is one of MuJoCo's and this build has none.
    #[error(
        "the task `{id}` needs MuJoCo, which this build leaves out: `make mujoco` fetches it, and \
         `cargo build --release --features mujoco` builds it in"
    )]
    NotBuiltIn {
        /// The task.
        id: &'static str,
    },
    /// MuJoCo refuses the model of the task.
    #[error(
        "MuJoCo cannot load the model of `{id}`: {problem}; fetch it again: rm -r .mujoco; make mujoco"
    )]
    Model {
        /// The task.
        id: &'static str,
        /// What MuJoCo says.
        problem: String,
    },
}

fn tasks() -> impl Iterator<Item = &'static Task> {
    TASKS.iter().chain(OF_MUJOCO)
}

/// What is fixed about each task.
pub fn all() -> impl Iterator<Item = &'static Spec> {
    tasks().map(|task| (task.spec)())
}

/// What is fixed about the task named `id`.
pub fn spec(id: &str) -> Result<&'static Spec, Unavailable> {
    find(id).map(|task| (task.spec)())
}

/// A copy of the task named `id`. Its state means nothing before
/// [`Env::reset`] or [`Env::set_state`].
pub fn make(id: &str) -> Result<Box<dyn Env>, Unavailable> {
    find(id).and_then(|task| (task.make)())
}

fn find(id: &str) -> Result<&'static Task, Unavailable> {
    let found = tasks().find(|task| (task.spec)().id == id);
    found.ok_or_else(|| match MUJOCO.into_iter().find(|known| *known == id) {
        Some(id) => Unavailable::NotBuiltIn { id },
        None => Unavailable::Unknown {
            id: id.to_owned(),
            nearest: nearest(id),
        },
    })
}

/// The task that `id` begins, or else misspells in at most 3 places, a third of
/// its letters; case does not matter.
fn nearest(id: &str) -> Option<&'static str> {
    let given = id.to_lowercase();
    let names = all().map(|spec| spec.id).chain(MUJOCO);
    names
        .filter_map(|id| {
            let known = id.to_lowercase();
            let begins = given.len() >= 3 && known.starts_with(&given);
            let distance = edit_distance(&given, &known);
            (begins || distance <= (given.len() / 3).min(3)).then_some((!begins, distance, id))
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
    let known = all().map(|spec| spec.id).collect::<Vec<_>>().join(", ");
    match cfg!(feature = "mujoco") {
        true => known,
        false => format!(
            "{known}, and with MuJoCo (`make mujoco`) {}",
            MUJOCO.join(", ")
        ),
    }
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
        let near = |id| match make(id) {
            Err(Unavailable::Unknown { nearest, .. }) => nearest,
            _ => panic!("{id} is known"),
        };
        assert_eq!(near("hopper"), Some("Hopper-v5"));
        assert_eq!(near("CartPole-v0"), Some("CartPole-v1"));
        assert_eq!(near("cartpole"), Some("CartPole-v1"));
        assert_eq!(near("mountaincarc"), Some("MountainCarContinuous-v0"));
        assert_eq!(near("MountainCar-v1"), Some("MountainCar-v0"));
        assert_eq!(near("Pong-v5"), None);
        assert_eq!(near(""), None);
        let message = make("Acrobat-v1").err().unwrap().to_string();
        assert!(message.starts_with(
            "there is no task `Acrobat-v1` (did you mean `Acrobot-v1`?); the tasks are \
             CartPole-v1, Acrobot-v1, MountainCar-v0, MountainCarContinuous-v0, Pendulum-v1"
        ));
        assert!(message.contains("Hopper-v5"), "{message}");
    }

    #[test]
    fn the_tasks_of_mujoco_are_there_or_asked_for() {
        for id in MUJOCO {
            match make(id) {
                Ok(env) => assert_eq!(env.spec().id, id),
                Err(Unavailable::NotBuiltIn { .. }) if !cfg!(feature = "mujoco") => {}
                Err(error) => panic!("{error}"),
            }
        }
        let missing = Unavailable::NotBuiltIn { id: MUJOCO[0] };
        assert!(missing.to_string().contains("`make mujoco`"), "{missing}");
        let others = all().filter(|spec| !MUJOCO.contains(&spec.id)).count();
        assert_eq!(others, 5);
    }

    #[test]
    fn edit_distance_counts_edits() {
        for (a, b, distance) in [("", "abc", 3), ("kitten", "sitting", 3), ("ab", "ab", 0)] {
            assert_eq!(edit_distance(a, b), distance);
            assert_eq!(edit_distance(b, a), distance);
        }
    }
}
