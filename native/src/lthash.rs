//! LtHash over BLAKE3: a digest of a set that grows and shrinks without looking at the rest of it.

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyBytes;

const LANES: usize = 1024;
const BYTES: usize = 2 * LANES;

fn combine(lanes: &mut [u16; LANES], element: &[u8], operation: impl Fn(u16, u16) -> u16) {
    let mut expanded = [0; BYTES];
    blake3::Hasher::new()
        .update(element)
        .finalize_xof()
        .fill(&mut expanded);
    for (lane, other) in lanes.iter_mut().zip(expanded.chunks_exact(2)) {
        *lane = operation(*lane, u16::from_le_bytes([other[0], other[1]]));
    }
}

/// Add and remove elements; 1,024 little-endian 16-bit lanes, wrapping.
#[pyfunction]
pub fn lthash_update<'py>(
    py: Python<'py>,
    state: &[u8],
    added: Vec<Vec<u8>>,
    removed: Vec<Vec<u8>>,
) -> PyResult<Bound<'py, PyBytes>> {
    if state.len() != BYTES {
        return Err(PyValueError::new_err("an LtHash has 2048 bytes"));
    }
    let mut lanes = [0; LANES];
    for (lane, bytes) in lanes.iter_mut().zip(state.chunks_exact(2)) {
        *lane = u16::from_le_bytes([bytes[0], bytes[1]]);
    }
    py.detach(|| {
        for element in &added {
            combine(&mut lanes, element, u16::wrapping_add);
        }
        for element in &removed {
            combine(&mut lanes, element, u16::wrapping_sub);
        }
    });
    let mut bytes = [0; BYTES];
    for (pair, lane) in bytes.chunks_exact_mut(2).zip(lanes) {
        pair.copy_from_slice(&lane.to_le_bytes());
    }
    Ok(PyBytes::new(py, &bytes))
}
