//! One copy of a MuJoCo model in motion.

use std::sync::Arc;

use mujoco_rs::mujoco_c::{mjData, mjModel, mjtState};
use mujoco_rs::wrappers::mj_data::MjData;
use mujoco_rs::wrappers::mj_model::MjModel;

use super::super::Fault;
use super::library::{self, LibraryError, guarded};

/// What has to be kept of a simulation for it to go on bit for bit: time,
/// positions, velocities, and the accelerations from which the solver starts.
const STATE: u32 = mjtState::mjSTATE_FULLPHYSICS as u32 | mjtState::mjSTATE_WARMSTART as u32;

/// The words for MuJoCo's warnings, in the order of `mjtWarning`. After any of
/// them the numbers of a step are not those of the model.
const WARNINGS: [Fault; 7] = [
    Fault("the inertia matrix is close to singular"),
    Fault("there are more contacts than the memory of the simulation holds"),
    Fault("there are more constraints than the memory of the simulation holds"),
    Fault("a position is not finite or too large"),
    Fault("a velocity is not finite or too large"),
    Fault("an acceleration is not finite or too large"),
    Fault("an action is not finite or too large"),
];

/// The engine's bound of positions, velocities and accelerations.
const LARGEST: f64 = 1e10;

/// A function of the engine.
type Call = unsafe extern "C-unwind" fn(*const mjModel, *mut mjData);

/// A copy of a model: its state and all that the engine derived from it when it
/// last computed. After a step these derived quantities belong to the last
/// stage of the integrator and lag behind the positions and velocities.
pub struct Simulation {
    model: Arc<MjModel>,
    data: MjData<Arc<MjModel>>,
    /// For velocities on their way into the data.
    qvel: Vec<f64>,
}

impl Simulation {
    /// The model in its initial configuration.
    pub fn new(model: Arc<MjModel>) -> Self {
        let data = MjData::new(model.clone());
        let qvel = vec![0.0; data.qvel().len()];
        Self { model, data, qvel }
    }

    /// Numbers in a position and in a velocity.
    pub fn dimensions(&self) -> (usize, usize) {
        (self.qpos().len(), self.qvel().len())
    }

    /// Joint positions.
    pub fn qpos(&self) -> &[f64] {
        self.data.qpos()
    }

    /// Joint velocities.
    pub fn qvel(&self) -> &[f64] {
        self.data.qvel()
    }

    /// Everything else that the engine keeps.
    pub fn data(&self) -> &MjData<Arc<MjModel>> {
        &self.data
    }

    /// The model.
    pub fn model(&self) -> &MjModel {
        &self.model
    }

    /// Back to the initial configuration, with nothing left of before, then
    /// `place(qpos, qvel)`, and all that follows from it computed.
    pub fn start(&mut self, place: impl FnOnce(&mut [f64], &mut [f64])) -> Result<(), Fault> {
        self.call(library::mj_resetData)?;
        // Two slices of one struct cannot be lent together.
        self.qvel.fill(0.0);
        place(self.data.qpos_mut(), &mut self.qvel);
        self.data.qvel_mut().copy_from_slice(&self.qvel);
        self.compute()
    }

    /// The state, for [`Simulation::resume`].
    pub fn state(&self) -> Vec<f64> {
        self.data.state(STATE).into_vec()
    }

    /// Numbers in a state.
    pub fn state_len(&self) -> usize {
        let (nq, nv) = self.dimensions();
        1 + nq + 2 * nv
    }

    /// Continues from a state. Derived quantities are those of its positions
    /// and velocities; after a step they would lag behind them.
    pub fn resume(&mut self, state: &[f64]) -> Result<(), Fault> {
        self.call(library::mj_resetData)?;
        let set = "a state of the length that `state_len` says";
        self.data.set_state(state, STATE).expect(set);
        self.compute()?;
        // Once more: the computation moved the accelerations to start from.
        self.data.set_state(state, STATE).expect(set);
        Ok(())
    }

    /// All that follows from positions and velocities. The engine itself looks
    /// at them when it steps.
    fn compute(&mut self) -> Result<(), Fault> {
        let sane = |numbers: &[f64]| numbers.iter().all(|x| x.abs() <= LARGEST);
        if !sane(self.qpos()) {
            return Err(WARNINGS[3]);
        }
        if !sane(self.qvel()) {
            return Err(WARNINGS[4]);
        }
        self.call(library::mj_forward)?;
        self.warning()
    }

    /// `count` steps of the engine under the controls `ctrl`.
    pub fn step(&mut self, ctrl: &[f32], count: u32) -> Result<(), Fault> {
        for (control, &component) in self.data.ctrl_mut().iter_mut().zip(ctrl) {
            *control = f64::from(component);
        }
        let (model, data) = self.pointers();
        let outcome = guarded(|| {
            for _ in 0..count {
                // SAFETY: `pointers`.
                unsafe { library::mj_step(model, data) };
            }
        });
        self.settle(outcome)?;
        self.warning()
    }

    /// Computes the forces that act on the bodies from outside (`cfrc_ext`).
    pub fn compute_external_forces(&mut self) -> Result<(), Fault> {
        self.call(library::mj_rnePostConstraint)
    }

    /// `function` on this simulation.
    fn call(&mut self, function: Call) -> Result<(), Fault> {
        let (model, data) = self.pointers();
        // SAFETY: `pointers`.
        let outcome = guarded(|| unsafe { function(model, data) });
        self.settle(outcome)
    }

    /// For the engine: a valid model, and valid data of that model which this
    /// simulation alone has.
    fn pointers(&mut self) -> (*const mjModel, *mut mjData) {
        // SAFETY: nothing is written here; what the engine writes leaves the
        // data consistent, or it is replaced by `settle`.
        (self.model.ffi(), unsafe { self.data.ffi_mut() })
    }

    /// After an error of the engine: new data, since the old are in no defined
    /// state.
    fn settle(&mut self, outcome: Result<(), LibraryError>) -> Result<(), Fault> {
        outcome.map_err(|LibraryError(text)| {
            self.data = MjData::new(self.model.clone());
            // Kept for good: it happens at most a few times in a process.
            Fault(String::leak(text))
        })
    }

    /// The first warning since the last start.
    fn warning(&self) -> Result<(), Fault> {
        let seen = |warning: &&mujoco_rs::mujoco_c::mjWarningStat| warning.number > 0;
        match self.data.ffi().warning.iter().position(|w| seen(&w)) {
            Some(kind) => Err(WARNINGS[kind]),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A ball above a plane, in as many bytes of memory as given.
    fn ball(memory: u32) -> Option<Simulation> {
        library::install();
        let xml = format!(
            r#"<mujoco><size memory="{memory}"/><worldbody><geom type="plane" size="9 9 1"/>
               <body pos="0 0 .05"><freejoint/><geom size=".1"/></body></worldbody></mujoco>"#
        );
        let model = MjModel::from_xml_string(&xml).ok()?;
        Some(Simulation::new(Arc::new(model)))
    }

    /// By default the engine would print, write a file and end the process.
    #[test]
    fn an_error_of_the_engine_is_a_fault() {
        let sound = &mut ball(1_000_000).unwrap();
        assert_eq!(sound.step(&[], 5), Ok(()));
        // Enough to load the model, too little to move it.
        let faults = (500..20_000).step_by(100).filter_map(|memory| {
            let Fault(problem) = ball(memory)?.step(&[], 1).err()?;
            Some(problem)
        });
        let problems: Vec<_> = faults.collect();
        assert!(
            problems
                .iter()
                .any(|problem| problem.contains("mj_stackAlloc")),
            "{problems:?}"
        );
        // The thread can go on.
        assert_eq!(sound.step(&[], 5), Ok(()));
    }

    #[test]
    fn a_warning_of_the_engine_is_a_fault() {
        let mut falling = ball(1_000_000).unwrap();
        falling.start(|qpos, _| qpos[2] = -0.9 * LARGEST).unwrap();
        assert_eq!(falling.step(&[], 1), Err(WARNINGS[5]));
    }
}
