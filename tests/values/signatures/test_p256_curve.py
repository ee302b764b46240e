import hashlib

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from payport.values.signatures import p256_curve
from payport.values.signatures.p256_curve import GROUP_ORDER, PRIME, verify

KEY = ec.derive_private_key(7, ec.SECP256R1())
PUBLIC = KEY.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def numbers(*values: int) -> bytes:
    return b"".join(value.to_bytes(32, "big") for value in values)


def test_the_vector_of_rfc_6979() -> None:
    # Appendix A.2.5, SHA-256, message "sample".
    public_key = bytes.fromhex(
        "0460fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6"
        "7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299"
    )
    signature = bytes.fromhex(
        "efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716"
        "f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8"
    )
    assert verify(public_key, hashlib.sha256(b"sample").digest(), signature)
    assert not verify(public_key, hashlib.sha256(b"test").digest(), signature)


@given(st.binary(max_size=100))
def test_it_agrees_with_another_implementation(message: bytes) -> None:
    r, s = decode_dss_signature(KEY.sign(message, ec.ECDSA(hashes.SHA256())))
    digest = hashlib.sha256(message).digest()
    assert verify(PUBLIC, digest, numbers(r, s))
    assert verify(PUBLIC, digest, numbers(r, GROUP_ORDER - s))
    assert not verify(PUBLIC, digest, numbers(r ^ 1, s))
    assert not verify(PUBLIC, digest, numbers(s, r))


def test_numbers_out_of_range_do_not_verify() -> None:
    digest = b"\x01" * 32
    for r, s in [(0, 1), (1, 0), (GROUP_ORDER, 1), (1, GROUP_ORDER), (2**256 - 1, 1)]:
        assert not verify(PUBLIC, digest, numbers(r, s))
    assert not verify(PUBLIC, digest, b"\x01" * 63)
    assert not verify(PUBLIC, b"\x01" * 31, numbers(1, 1))


@pytest.mark.parametrize(
    "public_key",
    [
        b"",
        PUBLIC[:-1],
        b"\x02" + PUBLIC[1:],
        b"\x02" + PUBLIC[1:33],
        PUBLIC[:-1] + bytes([PUBLIC[-1] ^ 1]),
        b"\x04" + b"\x00" * 64,
        b"\x04" + numbers(PRIME, 1),
        b"\x04" + numbers(1, PRIME),
    ],
)
def test_what_is_no_point_of_the_curve_is_no_key(public_key: bytes) -> None:
    assert p256_curve.read_public_key(public_key) is None
    assert not verify(public_key, b"\x01" * 32, numbers(1, 1))


def test_the_point_at_infinity_does_not_verify() -> None:
    # With key = d * base, digest = -r * d makes both products cancel.
    r = 5
    digest = (-r * 7) % GROUP_ORDER
    assert not verify(PUBLIC, numbers(digest), numbers(r, 1))


def test_equal_points_are_doubled() -> None:
    # Key and base are the same point: u1 * base + u2 * base passes through the equal case of the addition.
    key = ec.derive_private_key(1, ec.SECP256R1())
    r, s = decode_dss_signature(key.sign(b"equal", ec.ECDSA(hashes.SHA256())))
    public_key = key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    assert verify(public_key, hashlib.sha256(b"equal").digest(), numbers(r, s))
