//! Merkle trees of RFC 6962 over SHA-256.

use pyo3::exceptions::PyIndexError;
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use pyo3::types::PyBytes;
use sha2::{Digest, Sha256};

type Hash = [u8; 32];

fn leaf_hash(leaf: &[u8]) -> Hash {
    Sha256::new()
        .chain_update([0])
        .chain_update(leaf)
        .finalize()
        .into()
}

fn node_hash(left: &Hash, right: &Hash) -> Hash {
    Sha256::new()
        .chain_update([1])
        .chain_update(left)
        .chain_update(right)
        .finalize()
        .into()
}

/// One level up; an odd last node rises unchanged.
fn parents(level: &[Hash]) -> Vec<Hash> {
    level
        .chunks(2)
        .map(|pair| {
            if pair.len() == 2 {
                node_hash(&pair[0], &pair[1])
            } else {
                pair[0]
            }
        })
        .collect()
}

/// Return the root over leaf data; of no leaves, the hash of nothing.
#[pyfunction]
pub fn merkle_root<'py>(py: Python<'py>, leaves: Vec<PyBackedBytes>) -> Bound<'py, PyBytes> {
    let root = py.detach(|| {
        let mut level: Vec<Hash> = leaves.iter().map(|leaf| leaf_hash(leaf)).collect();
        while level.len() > 1 {
            level = parents(&level);
        }
        level.pop().unwrap_or_else(|| Sha256::digest([]).into())
    });
    PyBytes::new(py, &root)
}

/// Return the inclusion path of one leaf, from its sibling upwards.
#[pyfunction]
pub fn merkle_path<'py>(
    py: Python<'py>,
    leaves: Vec<PyBackedBytes>,
    index: usize,
) -> PyResult<Vec<Bound<'py, PyBytes>>> {
    if index >= leaves.len() {
        return Err(PyIndexError::new_err("the index must lie in the tree"));
    }
    let siblings = py.detach(|| {
        let mut level: Vec<Hash> = leaves.iter().map(|leaf| leaf_hash(leaf)).collect();
        let mut at = index;
        let mut siblings = Vec::new();
        while level.len() > 1 {
            if let Some(sibling) = level.get(at ^ 1) {
                siblings.push(*sibling);
            }
            level = parents(&level);
            at >>= 1;
        }
        siblings
    });
    Ok(siblings.iter().map(|hash| PyBytes::new(py, hash)).collect())
}
