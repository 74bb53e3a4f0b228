//! From an experiment file to a folder of records.

pub mod manifest;
