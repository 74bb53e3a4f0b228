//! Tensors by name, in the order of their names.

use std::collections::BTreeMap;

use safetensors::tensor::{Dtype, TensorView};

use super::Damage;

/// A tensor as it stands in a file: little endian.
#[derive(Debug, Clone, PartialEq)]
struct Stored {
    dtype: Dtype,
    shape: Vec<usize>,
    bytes: Vec<u8>,
}

/// The tensors of a file.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Tensors(BTreeMap<String, Stored>);

impl Tensors {
    /// Adds one of f32.
    pub fn add(&mut self, name: impl Into<String>, shape: &[usize], values: &[f32]) {
        let bytes = values.iter().flat_map(|value| value.to_le_bytes());
        self.insert(name.into(), Dtype::F32, shape, bytes.collect());
    }

    /// Adds one of f64.
    pub fn add_double(&mut self, name: impl Into<String>, shape: &[usize], values: &[f64]) {
        let bytes = values.iter().flat_map(|value| value.to_le_bytes());
        self.insert(name.into(), Dtype::F64, shape, bytes.collect());
    }

    fn insert(&mut self, name: String, dtype: Dtype, shape: &[usize], bytes: Vec<u8>) {
        let shape = shape.to_vec();
        self.0.insert(
            name,
            Stored {
                dtype,
                shape,
                bytes,
            },
        );
    }

    /// Adds one of a file.
    pub fn read(&mut self, name: &str, view: &TensorView<'_>) {
        let bytes = view.data().to_vec();
        self.insert(name.to_owned(), view.dtype(), view.shape(), bytes);
    }

    /// For the writer of the format.
    pub fn views(&self) -> Result<Vec<(&str, TensorView<'_>)>, safetensors::SafeTensorError> {
        let all = self.0.iter().map(|(name, stored)| {
            let view = TensorView::new(stored.dtype, stored.shape.clone(), &stored.bytes)?;
            Ok((name.as_str(), view))
        });
        all.collect()
    }

    /// BLAKE3 of `about`, and of names, types, shapes and numbers, in hexadecimal.
    pub fn digest(&self, about: &[u8]) -> String {
        let mut hasher = blake3::Hasher::new_derive_key("trpo-lab policy, version 1");
        hasher.update(&(about.len() as u64).to_le_bytes());
        hasher.update(about);
        for (name, stored) in &self.0 {
            hasher.update(&(name.len() as u64).to_le_bytes());
            hasher.update(name.as_bytes());
            hasher.update(&[u8::from(stored.dtype == Dtype::F64)]);
            hasher.update(&(stored.shape.len() as u64).to_le_bytes());
            for size in &stored.shape {
                hasher.update(&(*size as u64).to_le_bytes());
            }
            hasher.update(&stored.bytes);
        }
        hasher.finalize().to_hex().to_string()
    }

    /// Whether there is one of this name.
    pub fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// Removes one, and gives its shape.
    fn take(&mut self, name: &str, dtype: Dtype) -> Result<Stored, Damage> {
        let missing = || Damage::Tensor(format!("it has no tensor `{name}`"));
        let stored = self.0.remove(name).ok_or_else(missing)?;
        match stored.dtype == dtype {
            true => Ok(stored),
            false => Err(Damage::Tensor(format!(
                "its tensor `{name}` is of {:?}, not of {dtype:?}",
                stored.dtype
            ))),
        }
    }

    /// Removes one of f32, all of whose numbers are finite, with its shape.
    pub fn finite(&mut self, name: &str) -> Result<(Vec<usize>, Vec<f32>), Damage> {
        let (shape, values) = self.floats(name)?;
        match values.iter().all(|value| value.is_finite()) {
            true => Ok((shape, values)),
            false => Err(not_finite(name)),
        }
    }

    /// Removes one of f32, with its shape.
    pub fn floats(&mut self, name: &str) -> Result<(Vec<usize>, Vec<f32>), Damage> {
        let stored = self.take(name, Dtype::F32)?;
        let (values, _) = stored.bytes.as_chunks::<4>();
        let values = values.iter().map(|bytes| f32::from_le_bytes(*bytes));
        Ok((stored.shape, values.collect()))
    }

    /// Removes one of f64, all of whose numbers are finite, with its shape.
    pub fn doubles(&mut self, name: &str) -> Result<(Vec<usize>, Vec<f64>), Damage> {
        let stored = self.take(name, Dtype::F64)?;
        let (values, _) = stored.bytes.as_chunks::<8>();
        let values: Vec<f64> = values
            .iter()
            .map(|bytes| f64::from_le_bytes(*bytes))
            .collect();
        match values.iter().all(|value| value.is_finite()) {
            true => Ok((stored.shape, values)),
            false => Err(not_finite(name)),
        }
    }

    /// The first that was not removed.
    pub fn left(&self) -> Option<&str> {
        self.0.keys().next().map(String::as_str)
    }
}

fn not_finite(name: &str) -> Damage {
    Damage::Tensor(format!(
        "its tensor `{name}` has a number that is not finite"
    ))
}
