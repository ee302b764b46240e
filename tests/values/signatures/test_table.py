import pytest

from payport.values.refusals import Refusal
from payport.values.signatures.table import SCHEMES, require_bindable, scheme_named
from tests.proof.build import PAYER_KEY, passkey_public


def test_the_table_knows_each_scheme_by_its_name() -> None:
    assert list(SCHEMES) == ["ed25519", "webauthn"]
    assert all(name == scheme.NAME for name, scheme in SCHEMES.items())


def test_an_unknown_scheme_is_refused() -> None:
    with pytest.raises(Refusal, match="unknown_scheme"):
        scheme_named("rot13")


def test_a_key_must_be_one_of_its_scheme() -> None:
    public_key = PAYER_KEY.public_key().public_bytes_raw()
    require_bindable("ed25519", public_key)
    require_bindable("webauthn", passkey_public())
    with pytest.raises(Refusal, match="unbindable_key"):
        require_bindable("webauthn", public_key)
    with pytest.raises(Refusal, match="unbindable_key"):
        require_bindable("ed25519", b"\x00" * 32)
