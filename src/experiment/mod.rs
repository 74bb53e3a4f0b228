//! From an experiment file to a folder of records.

pub mod cells;
pub mod checkpoint;
pub mod choice;
pub mod disk;
pub mod document;
pub mod file;
mod fingerprint;
pub mod frame;
pub mod interrupt;
pub mod ledger;
pub mod listing;
pub mod manifest;
pub mod memory;
pub mod plan;
mod pool;
pub mod progress;
pub mod provenance;
pub mod purpose;
pub mod runner;
pub mod seeds;
pub mod source;
pub mod store;
mod sweep;
pub mod temporary;
pub mod verify;
mod watch;
mod work;
