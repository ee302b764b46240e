import hashlib
import secrets

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from payport.values.refusals import Refusal
from payport.values.signatures import ed25519, ed25519_curve, pure
from payport.values.signatures.contract import Primitive, WebAuthnPolicy

NOBODY = WebAuthnPolicy((), ())

# RFC 8032, section 7.1: public key, message, signature.
RFC_8032 = [
    (
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        (
            "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
            "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"
        ),
    ),
    (
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        (
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
            "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
        ),
    ),
    (
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        (
            "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
            "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"
        ),
    ),
    (
        "ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf",
        hashlib.sha512(b"abc").hexdigest(),
        (
            "dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b589"
            "09351fc9ac90b3ecfdfbc7c66431e0303dca179c138ac17ad9bef1177331a704"
        ),
    ),
]

# Every encoding of a point whose order divides 8 that ZIP-215 accepts: eight canonical ones, then six others.
SMALL_ORDER = [
    "0100000000000000000000000000000000000000000000000000000000000000",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0000000000000000000000000000000000000000000000000000000000000080",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
    "0100000000000000000000000000000000000000000000000000000000000080",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
]


def verify(public_key: bytes, message: bytes, signature: bytes) -> bool:
    return pure.verify(ed25519.reduce(public_key, message, signature, NOBODY))


@pytest.mark.parametrize(("public_key", "message", "signature"), RFC_8032)
def test_vectors_of_rfc_8032(public_key: str, message: str, signature: str) -> None:
    key, said, signed = bytes.fromhex(public_key), bytes.fromhex(message), bytes.fromhex(signature)
    assert verify(key, said, signed)
    assert ed25519.is_bindable(key)
    assert not verify(key, said + b"\x00", signed)


@pytest.mark.parametrize("public_key", SMALL_ORDER)
def test_the_matrix_of_zip_215_is_accepted(public_key: str) -> None:
    for commitment in SMALL_ORDER:
        assert verify(bytes.fromhex(public_key), b"Zcash", bytes.fromhex(commitment) + b"\x00" * 32)


@pytest.mark.parametrize("public_key", SMALL_ORDER)
def test_such_keys_cannot_be_bound(public_key: str) -> None:
    assert not ed25519.is_bindable(bytes.fromhex(public_key))


def test_only_canonical_points_of_the_curve_can_be_bound() -> None:
    assert not ed25519.is_bindable(b"")
    assert not ed25519.is_bindable(b"\x02" + b"\x00" * 31)  # no x belongs to y = 2
    for beyond in range(19):
        assert not ed25519.is_bindable((ed25519_curve.PRIME + beyond).to_bytes(32, "little"))


@given(st.binary(max_size=200))
def test_it_agrees_with_another_implementation(message: bytes) -> None:
    key = Ed25519PrivateKey.from_private_bytes(hashlib.sha256(message).digest())
    public_key, signature = key.public_key().public_bytes_raw(), key.sign(message)
    assert ed25519.is_bindable(public_key)
    assert verify(public_key, message, signature)
    at = len(message) % 64
    changed = signature[:at] + bytes([signature[at] ^ 1]) + signature[at + 1 :]
    assert not verify(public_key, message, changed)


def test_a_scalar_beyond_the_order_is_refused() -> None:
    key, said, signed = (bytes.fromhex(part) for part in RFC_8032[0])
    scalar = int.from_bytes(signed[32:], "little") + ed25519_curve.GROUP_ORDER
    assert not verify(key, said, signed[:32] + scalar.to_bytes(32, "little"))


def test_the_equation_is_cofactored() -> None:
    # A signature with a point of order 8 added to R verifies only when both sides are multiplied by 8.
    scalar, blind = secrets.randbelow(ed25519_curve.GROUP_ORDER), secrets.randbelow(ed25519_curve.GROUP_ORDER)
    torsion = ed25519_curve.decompress(bytes.fromhex(SMALL_ORDER[4]))
    assert torsion is not None
    base, neutral = ed25519_curve._BASE, ed25519_curve._NEUTRAL
    public_key = compress(ed25519_curve._two_products(scalar, base, 0, neutral))
    commitment = compress(ed25519_curve._add(ed25519_curve._two_products(blind, base, 0, neutral), torsion))
    challenge = int.from_bytes(hashlib.sha512(commitment + public_key + b"message").digest(), "little")
    response = (blind + challenge * scalar) % ed25519_curve.GROUP_ORDER
    assert verify(public_key, b"message", commitment + response.to_bytes(32, "little"))


def compress(point: ed25519_curve.Point) -> bytes:
    x, y, z, _ = point
    inverse = pow(z, -1, ed25519_curve.PRIME)
    x, y = x * inverse % ed25519_curve.PRIME, y * inverse % ed25519_curve.PRIME
    return (y | (x & 1) << 255).to_bytes(32, "little")


def test_wrong_lengths_are_refused() -> None:
    for public_key, signature in [(b"k" * 31, b"s" * 64), (b"k" * 65, b"s" * 64), (b"k" * 32, b"s" * 63)]:
        with pytest.raises(Refusal, match="invalid_signature"):
            ed25519.reduce(public_key, b"", signature, NOBODY)
        assert not pure.verify(Primitive("ed25519", public_key, b"", signature))


def test_points_off_the_curve_do_not_verify() -> None:
    off_curve = b"\x02" + b"\x00" * 31
    key, said, signed = (bytes.fromhex(part) for part in RFC_8032[0])
    assert not verify(off_curve, said, signed)
    assert not verify(key, said, off_curve + signed[32:])
