//! Ed25519 under ZIP-215: one acceptance rule, whether a signature is checked alone or in a batch.

use curve25519_dalek::edwards::CompressedEdwardsY;
use ed25519_zebra::{batch, Signature, SigningKey, VerificationKey, VerificationKeyBytes};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use pyo3::types::PyBytes;

/// Public key, message, signature.
type Claim = (PyBackedBytes, PyBackedBytes, PyBackedBytes);

/// Signatures checked as one equation; larger gains little and makes a bad one dearer to find.
const BATCH: usize = 128;

fn parts(claim: &Claim) -> Option<(VerificationKeyBytes, Signature)> {
    let key: [u8; 32] = claim.0.as_ref().try_into().ok()?;
    let signature: [u8; 64] = claim.2.as_ref().try_into().ok()?;
    Some((
        VerificationKeyBytes::from(key),
        Signature::from_bytes(&signature),
    ))
}

fn holds(claim: &Claim) -> bool {
    let Some((key, signature)) = parts(claim) else {
        return false;
    };
    VerificationKey::try_from(key)
        .and_then(|key| key.verify(&signature, &claim.1))
        .is_ok()
}

/// Check a run of claims as one equation, and each alone where the equation fails.
fn verify_run(claims: &[Claim], verdicts: &mut [u8]) {
    let mut verifier = batch::Verifier::new();
    let mut whole = claims.len() > 1;
    for claim in claims {
        match parts(claim) {
            Some((key, signature)) => verifier.queue((key, signature, &claim.1)),
            None => whole = false,
        }
    }
    if whole && verifier.verify(rand::rng()).is_ok() {
        verdicts.fill(1);
        return;
    }
    for (claim, verdict) in claims.iter().zip(verdicts) {
        *verdict = u8::from(holds(claim));
    }
}

fn verify_all(claims: &[Claim], threads: usize) -> Vec<u8> {
    let mut verdicts = vec![0; claims.len()];
    let share = claims.len().div_ceil(threads.max(1)).max(1);
    std::thread::scope(|scope| {
        for (claims, verdicts) in claims.chunks(share).zip(verdicts.chunks_mut(share)) {
            let mut work = move || {
                for (run, out) in claims.chunks(BATCH).zip(verdicts.chunks_mut(BATCH)) {
                    verify_run(run, out);
                }
            };
            if threads > 1 {
                scope.spawn(work);
            } else {
                work();
            }
        }
    });
    verdicts
}

/// Verify many signatures; one byte per claim, 1 where it holds.
#[pyfunction]
#[pyo3(signature = (items, threads = 1))]
pub fn verify_ed25519<'py>(
    py: Python<'py>,
    items: Vec<Claim>,
    threads: usize,
) -> Bound<'py, PyBytes> {
    let verdicts = py.detach(|| verify_all(&items, threads));
    PyBytes::new(py, &verdicts)
}

/// Verify one signature alone.
#[pyfunction]
pub fn verify_ed25519_one(
    py: Python<'_>,
    public_key: PyBackedBytes,
    message: PyBackedBytes,
    signature: PyBackedBytes,
) -> bool {
    py.detach(|| holds(&(public_key, message, signature)))
}

/// Whether bytes are a point of the curve, written in the one canonical way, and not of small order.
fn bindable(key: &[u8]) -> bool {
    let Ok(compressed) = CompressedEdwardsY::from_slice(key) else {
        return false;
    };
    compressed
        .decompress()
        .is_some_and(|point| point.compress() == compressed && !point.is_small_order())
}

/// Tell of each public key whether it may be bound; one byte each, 1 where it may.
#[pyfunction]
pub fn bindable_ed25519<'py>(
    py: Python<'py>,
    public_keys: Vec<PyBackedBytes>,
) -> Bound<'py, PyBytes> {
    let verdicts: Vec<u8> =
        py.detach(|| public_keys.iter().map(|key| bindable(key).into()).collect());
    PyBytes::new(py, &verdicts)
}

fn signing_key(seed: &[u8]) -> PyResult<SigningKey> {
    let seed: [u8; 32] = seed
        .try_into()
        .map_err(|_| PyValueError::new_err("a seed has 32 bytes"))?;
    Ok(SigningKey::from(seed))
}

/// Sign a message with the key of a 32-byte seed.
#[pyfunction]
pub fn sign_ed25519<'py>(
    py: Python<'py>,
    seed: &[u8],
    message: &[u8],
) -> PyResult<Bound<'py, PyBytes>> {
    let signature = signing_key(seed)?.sign(message);
    Ok(PyBytes::new(py, &signature.to_bytes()))
}

/// Return the public key of a 32-byte seed.
#[pyfunction]
pub fn public_key_ed25519<'py>(py: Python<'py>, seed: &[u8]) -> PyResult<Bound<'py, PyBytes>> {
    let key = VerificationKeyBytes::from(&signing_key(seed)?);
    Ok(PyBytes::new(py, key.as_ref()))
}
