//! LtHash over BLAKE3: a digest of a set that grows and shrinks without looking at the rest of it.

use crate::messagepack;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use pyo3::types::PyBytes;

const LANES: usize = 1024;
const BYTES: usize = 2 * LANES;

type Lanes = [u16; LANES];

fn combine(lanes: &mut Lanes, element: &[u8], operation: impl Fn(u16, u16) -> u16) {
    let mut expanded = [0; BYTES];
    blake3::Hasher::new()
        .update(element)
        .finalize_xof()
        .fill(&mut expanded);
    for (lane, other) in lanes.iter_mut().zip(expanded.chunks_exact(2)) {
        *lane = operation(*lane, u16::from_le_bytes([other[0], other[1]]));
    }
}

fn read(state: &[u8]) -> PyResult<Lanes> {
    if state.len() != BYTES {
        return Err(PyValueError::new_err("an LtHash has 2048 bytes"));
    }
    let mut lanes = [0; LANES];
    for (lane, bytes) in lanes.iter_mut().zip(state.chunks_exact(2)) {
        *lane = u16::from_le_bytes([bytes[0], bytes[1]]);
    }
    Ok(lanes)
}

fn write<'py>(py: Python<'py>, lanes: Lanes) -> Bound<'py, PyBytes> {
    let mut bytes = [0; BYTES];
    for (pair, lane) in bytes.chunks_exact_mut(2).zip(lanes) {
        pair.copy_from_slice(&lane.to_le_bytes());
    }
    PyBytes::new(py, &bytes)
}

/// Add and remove elements; 1,024 little-endian 16-bit lanes, wrapping.
#[pyfunction]
pub fn lthash_update<'py>(
    py: Python<'py>,
    state: &[u8],
    added: Vec<PyBackedBytes>,
    removed: Vec<PyBackedBytes>,
) -> PyResult<Bound<'py, PyBytes>> {
    let mut lanes = read(state)?;
    py.detach(|| {
        for element in &added {
            combine(&mut lanes, element, u16::wrapping_add);
        }
        for element in &removed {
            combine(&mut lanes, element, u16::wrapping_sub);
        }
    });
    Ok(write(py, lanes))
}

/// Replace the elements of some keys: an element is `head`, then key and record as MessagePack byte strings.
#[pyfunction]
pub fn lthash_replace<'py>(
    py: Python<'py>,
    state: &[u8],
    head: &[u8],
    keys: Vec<PyBackedBytes>,
    before: Vec<Option<PyBackedBytes>>,
    after: Vec<Option<PyBackedBytes>>,
) -> PyResult<Bound<'py, PyBytes>> {
    if keys.len() != before.len() || keys.len() != after.len() {
        return Err(PyValueError::new_err("one record before and after per key"));
    }
    let mut lanes = read(state)?;
    py.detach(|| {
        let mut element = head.to_vec();
        for ((key, before), after) in keys.iter().zip(&before).zip(&after) {
            element.truncate(head.len());
            messagepack::push_binary(&mut element, key);
            let record = element.len();
            if let Some(after) = after {
                messagepack::push_binary(&mut element, after);
                combine(&mut lanes, &element, u16::wrapping_add);
                element.truncate(record);
            }
            if let Some(before) = before {
                messagepack::push_binary(&mut element, before);
                combine(&mut lanes, &element, u16::wrapping_sub);
            }
        }
    });
    Ok(write(py, lanes))
}
