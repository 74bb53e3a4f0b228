//! What can be wrong with the file of a policy.

use std::path::PathBuf;

use super::FORMAT;

/// A file that gives no policy.
#[derive(Debug, thiserror::Error)]
#[error("{}: {problem}", path.display())]
pub struct SavedError {
    /// The file.
    pub path: PathBuf,
    /// What is wrong with it.
    #[source]
    pub problem: Damage,
}

/// What is wrong with it.
#[derive(Debug, thiserror::Error)]
pub enum Damage {
    /// The system refuses.
    #[error("cannot read: {0}")]
    Unreadable(std::io::Error),
    /// It is no file of tensors, or cut off.
    #[error("no whole file of the safetensors format: {0}")]
    Format(String),
    /// It is a file of tensors, but of another program.
    #[error("no policy of this laboratory: its metadata has no key `trpo_lab`")]
    Foreign,
    /// A later program wrote it.
    #[error(
        "its format has version {0}, this program reads up to {FORMAT}: a newer program is needed"
    )]
    Newer(u64),
    /// What it says of its run cannot be read.
    #[error("what it says of its run cannot be read: {0}")]
    About(String),
    /// A tensor is missing, or has another shape or type.
    #[error("{0}")]
    Tensor(String),
    /// What it holds is not what was written.
    #[error("its content does not have the digest that it gives of it: the file was changed")]
    Changed,
}
