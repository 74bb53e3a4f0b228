//! The parts of an update, and who is told of them.

use crate::rollout::batch::Batch;

/// The parts of which an update consists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// Stepping the environments.
    Collect,
    /// Values and advantages.
    Advantages,
    /// The policy step.
    Policy,
    /// The critic's fit.
    Critic,
    /// The evaluations of the policy, while it trains and at the end.
    Evaluation,
}

impl Part {
    /// All of them, in their order.
    pub const ALL: [Part; 5] = [
        Part::Collect,
        Part::Advantages,
        Part::Policy,
        Part::Critic,
        Part::Evaluation,
    ];

    /// Those of an update.
    pub fn of_update() -> impl Iterator<Item = Part> {
        Part::ALL
            .into_iter()
            .filter(|part| *part != Part::Evaluation)
    }

    /// Its name in lower case.
    pub fn name(self) -> &'static str {
        match self {
            Part::Collect => "collect",
            Part::Advantages => "advantages",
            Part::Policy => "policy",
            Part::Critic => "critic",
            Part::Evaluation => "evaluation",
        }
    }
}

/// Is told what an update does. Nothing that it does can change a result.
pub trait Watch {
    /// A part begins.
    fn begin(&mut self, part: Part);

    /// A batch of the policy as it is has been made.
    fn collected(&mut self, batch: &Batch<f32>);
}
