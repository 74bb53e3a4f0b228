//! One step of a run, seen whole: the surrogate, the divergence, their models and
//! the true return along theta_old + s beta x.

mod file;

pub use file::{
    Candidate, Dissection, FOLDER, LinePoint, Recorded, Refusal, ReturnPoint, Returns, Solved, path,
};
