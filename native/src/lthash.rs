//! LtHash over BLAKE3: a digest of a set that grows and shrinks without looking at the rest of it.

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyBytes;

const BYTES: usize = 2048;

fn combine(lanes: &mut [u8; BYTES], element: &[u8], operation: fn(u16, u16) -> u16) {
    let mut expanded = [0; BYTES];
    blake3::Hasher::new()
        .update(element)
        .finalize_xof()
        .fill(&mut expanded);
    for (lane, other) in lanes.chunks_exact_mut(2).zip(expanded.chunks_exact(2)) {
        let value = operation(
            u16::from_le_bytes([lane[0], lane[1]]),
            u16::from_le_bytes([other[0], other[1]]),
        );
        lane.copy_from_slice(&value.to_le_bytes());
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
    let mut lanes: [u8; BYTES] = state
        .try_into()
        .map_err(|_| PyValueError::new_err("an LtHash has 2048 bytes"))?;
    py.detach(|| {
        for element in &added {
            combine(&mut lanes, element, u16::wrapping_add);
        }
        for element in &removed {
            combine(&mut lanes, element, u16::wrapping_sub);
        }
    });
    Ok(PyBytes::new(py, &lanes))
}
