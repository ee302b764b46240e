//! SHA-256 and HMAC of many inputs in one call.

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use pyo3::types::PyBytes;
use sha2::{Digest, Sha256};

const BLOCK: usize = 64;

/// HMAC-SHA-256 (RFC 2104) of `tag` and `message`, for keys of at most one block.
fn mac(key: &[u8], tag: &[u8], message: &[u8]) -> [u8; 32] {
    let (mut inner, mut outer) = ([0x36; BLOCK], [0x5c; BLOCK]);
    for (at, byte) in key.iter().enumerate() {
        inner[at] ^= byte;
        outer[at] ^= byte;
    }
    let within = Sha256::new()
        .chain_update(inner)
        .chain_update(tag)
        .chain_update(message)
        .finalize();
    Sha256::new()
        .chain_update(outer)
        .chain_update(within)
        .finalize()
        .into()
}

/// Return the HMAC of `tag` and each message under its key.
#[pyfunction]
pub fn hmac_sha256_many<'py>(
    py: Python<'py>,
    tag: &[u8],
    keys: Vec<PyBackedBytes>,
    messages: Vec<PyBackedBytes>,
) -> PyResult<Vec<Bound<'py, PyBytes>>> {
    if keys.len() != messages.len() || keys.iter().any(|key| key.len() > BLOCK) {
        return Err(PyValueError::new_err(
            "one key of at most 64 bytes per message",
        ));
    }
    let macs: Vec<[u8; 32]> = py.detach(|| {
        keys.iter()
            .zip(&messages)
            .map(|(key, message)| mac(key, tag, message))
            .collect()
    });
    Ok(macs.iter().map(|mac| PyBytes::new(py, mac)).collect())
}
