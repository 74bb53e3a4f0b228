//! Digests of what is written as JSON.

use serde::Serialize;

/// BLAKE3, in hexadecimal, of a value as compact JSON.
pub fn digest_of(value: &impl Serialize) -> String {
    blake3::hash(&to_json(value)).to_hex().to_string()
}

/// A value as compact JSON.
pub fn to_json(value: &impl Serialize) -> Vec<u8> {
    // Writing to memory cannot fail, and these types have string keys only.
    serde_json::to_vec(value).expect("plain data serialises")
}
