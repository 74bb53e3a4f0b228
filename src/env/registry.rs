//! The tasks that the laboratory brings: one line each.

use std::sync::Arc;

#[cfg(feature = "mujoco")]
use super::mujoco;
use super::{
    Env, Task, Unavailable, acrobot, cartpole, cartpole_force, mountain_car,
    mountain_car_continuous, pendulum,
};
use crate::suggest::nearest;

/// The tasks in pure Rust.
const TASKS: &[fn() -> Task] = &[
    task::<cartpole::CartPole>,
    task::<acrobot::Acrobot>,
    task::<mountain_car::MountainCar>,
    task::<mountain_car_continuous::MountainCarContinuous>,
    task::<pendulum::Pendulum>,
    task::<cartpole_force::CartPoleForce>,
];

fn task<E: Env + Default + 'static>() -> Task {
    Task::new(E::default)
}

/// Tasks in the list that are not Gymnasium's but this laboratory's own.
pub const OUR_OWN: &[&str] = &["CartPoleForce-v0"];

/// Names are known to every build, the tasks themselves to one with MuJoCo.
macro_rules! mujoco_tasks {
    ($($name:ident = $id:literal,)+) => {
        /// The names of MuJoCo's tasks, which a build without them knows too.
        pub const MUJOCO: &[&str] = &[$($id),+];

        #[cfg(feature = "mujoco")]
        const OF_MUJOCO: &[fn() -> Task] = &[$(mujoco::task::<mujoco::$name>),+];
    };
}

mujoco_tasks! {
    Swimmer = "Swimmer-v5",
    Hopper = "Hopper-v5",
    Walker2d = "Walker2d-v5",
    HalfCheetah = "HalfCheetah-v5",
    Reacher = "Reacher-v5",
    InvertedPendulum = "InvertedPendulum-v5",
    InvertedDoublePendulum = "InvertedDoublePendulum-v5",
    Ant = "Ant-v5",
    Humanoid = "Humanoid-v5",
}

#[cfg(not(feature = "mujoco"))]
const OF_MUJOCO: &[fn() -> Task] = &[];

/// Every task of this build.
pub fn all() -> Vec<Arc<Task>> {
    let makers = TASKS.iter().chain(OF_MUJOCO);
    makers.map(|make| Arc::new(make().ours())).collect()
}

/// The task of this build called `id`.
///
/// # Errors
/// If there is none.
pub fn standard(id: &str) -> Result<Arc<Task>, Unavailable> {
    find(&all(), id)
}

/// The one of `tasks` called `id`.
///
/// # Errors
/// If there is none; the message says which there are.
pub fn find(tasks: &[Arc<Task>], id: &str) -> Result<Arc<Task>, Unavailable> {
    if let Some(task) = tasks.iter().find(|task| task.id() == id) {
        return Ok(task.clone());
    }
    let id = id.to_owned();
    if MUJOCO.contains(&id.as_str()) {
        return Err(Unavailable::NotBuiltIn { id });
    }
    let names = tasks.iter().map(|task| task.id());
    Err(Unavailable::Unknown {
        nearest: nearest(&id, names.chain(MUJOCO.iter().copied())).map(str::to_owned),
        known: known(tasks),
        id,
    })
}

fn known(tasks: &[Arc<Task>]) -> String {
    let known: Vec<&str> = tasks.iter().map(|task| task.id()).collect();
    let known = known.join(", ");
    let known = if cfg!(feature = "mujoco") {
        known
    } else {
        let others = MUJOCO.join(", ");
        format!("{known}, and with MuJoCo (`make mujoco`) {others}")
    };
    format!("{known}; `gym:ID` is any environment of Gymnasium")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_task_is_found_under_its_name() {
        for listed in all() {
            let found = standard(listed.id()).unwrap();
            assert_eq!(found.spec(), listed.spec());
            assert_eq!(found.env().unwrap().unwrap().spec(), *listed.spec());
        }
    }

    #[test]
    fn an_unknown_name_is_answered_with_the_nearest_and_all() {
        let near = |id| match standard(id) {
            Err(Unavailable::Unknown { nearest, .. }) => nearest,
            _ => panic!("{id} is known"),
        };
        assert_eq!(near("hopper").as_deref(), Some("Hopper-v5"));
        assert_eq!(near("Pong-v5"), None);
        let message = standard("Acrobat-v1").unwrap_err().to_string();
        assert!(message.starts_with(
            "there is no task `Acrobat-v1` (did you mean `Acrobot-v1`?); the tasks are \
             CartPole-v1, Acrobot-v1, MountainCar-v0, MountainCarContinuous-v0, Pendulum-v1, \
             CartPoleForce-v0"
        ));
        assert!(message.contains("Hopper-v5"), "{message}");
    }

    #[test]
    fn the_tasks_of_mujoco_are_there_or_asked_for() {
        for id in MUJOCO {
            match standard(id) {
                Ok(task) => assert_eq!(task.env().unwrap().unwrap().spec().id, *id),
                Err(Unavailable::NotBuiltIn { .. }) if !cfg!(feature = "mujoco") => {}
                Err(error) => panic!("{error}"),
            }
        }
        let id = MUJOCO[0].to_owned();
        let missing = Unavailable::NotBuiltIn { id };
        assert!(missing.to_string().contains("`make mujoco`"), "{missing}");
        let others = all()
            .into_iter()
            .filter(|task| !MUJOCO.contains(&task.id()));
        assert_eq!(others.count(), 6);
    }
}
