//! Bytes under Payport. Each module is one noun; none knows a business rule.

mod ed25519;
mod lthash;
mod merkle;
mod messagepack;
mod p256;
mod sha256;
mod store;

use pyo3::prelude::*;

#[pymodule]
fn _native(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(ed25519::verify_ed25519, module)?)?;
    module.add_function(wrap_pyfunction!(ed25519::verify_ed25519_one, module)?)?;
    module.add_function(wrap_pyfunction!(ed25519::bindable_ed25519, module)?)?;
    module.add_function(wrap_pyfunction!(ed25519::sign_ed25519, module)?)?;
    module.add_function(wrap_pyfunction!(ed25519::public_key_ed25519, module)?)?;
    module.add_function(wrap_pyfunction!(p256::verify_p256, module)?)?;
    module.add_function(wrap_pyfunction!(lthash::lthash_update, module)?)?;
    module.add_function(wrap_pyfunction!(lthash::lthash_replace, module)?)?;
    module.add_function(wrap_pyfunction!(messagepack::scan_envelope, module)?)?;
    module.add_function(wrap_pyfunction!(sha256::hmac_sha256_many, module)?)?;
    module.add_function(wrap_pyfunction!(merkle::merkle_root, module)?)?;
    module.add_function(wrap_pyfunction!(merkle::merkle_path, module)?)?;
    module.add_class::<store::Store>()?;
    module.add_class::<store::Rows>()?;
    Ok(())
}
