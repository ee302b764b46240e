//! ECDSA over P-256, as passkeys sign.

use p256::ecdsa::signature::hazmat::PrehashVerifier;
use p256::ecdsa::{Signature, VerifyingKey};
use pyo3::prelude::*;

fn holds(public_key: &[u8], digest: &[u8], signature: &[u8]) -> bool {
    let (Ok(key), Ok(signature)) = (
        VerifyingKey::from_sec1_bytes(public_key),
        Signature::from_slice(signature),
    ) else {
        return false;
    };
    digest.len() == 32 && key.verify_prehash(digest, &signature).is_ok()
}

/// Verify r||s over a 32-byte digest under a SEC1 public key.
#[pyfunction]
pub fn verify_p256(
    py: Python<'_>,
    public_key: Vec<u8>,
    digest: Vec<u8>,
    signature: Vec<u8>,
) -> bool {
    py.detach(|| holds(&public_key, &digest, &signature))
}
