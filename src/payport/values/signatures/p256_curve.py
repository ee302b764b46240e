"""ECDSA verification on P-256 (FIPS 186-4, secp256r1), on Python integers.

Both s and n - s verify: authenticators do not normalise it, and an id does not depend on signatures. Points are in
Jacobian coordinates (X, Y, Z) with x = X/Z^2, y = Y/Z^3; Z = 0 is the point at infinity.
"""

from __future__ import annotations

from typing import Final, TypeAlias

Point: TypeAlias = tuple[int, int, int]
"""Jacobian coordinates."""

PRIME: Final = 2**256 - 2**224 + 2**192 + 2**96 - 1
"""The field."""

GROUP_ORDER: Final = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
"""Order of the curve."""

PUBLIC_KEY_BYTES: Final = 65
"""An uncompressed point: 0x04, x, y."""

DIGEST_BYTES: Final = 32
"""What is signed."""

_LENGTH: Final = 32
_UNCOMPRESSED: Final = 0x04
_B: Final = 0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B
_BASE: Final[Point] = (
    0x6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296,
    0x4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5,
    1,
)
_INFINITY: Final[Point] = (1, 1, 0)


def read_public_key(encoded: bytes) -> Point | None:
    """Read an uncompressed public key; None unless it is a point of the curve. The cofactor is 1."""
    if len(encoded) != PUBLIC_KEY_BYTES or encoded[0] != _UNCOMPRESSED:
        return None
    x, y = int.from_bytes(encoded[1 : 1 + _LENGTH], "big"), int.from_bytes(encoded[1 + _LENGTH :], "big")
    if x >= PRIME or y >= PRIME or (y * y - x * x * x + 3 * x - _B) % PRIME:
        return None
    return (x, y, 1)


def verify(public_key: bytes, digest: bytes, signature: bytes) -> bool:
    """Tell whether r||s signs the 32-byte digest."""
    key = read_public_key(public_key)
    if key is None or len(digest) != DIGEST_BYTES or len(signature) != 2 * _LENGTH:
        return False
    r, s = int.from_bytes(signature[:_LENGTH], "big"), int.from_bytes(signature[_LENGTH:], "big")
    if not (0 < r < GROUP_ORDER and 0 < s < GROUP_ORDER):
        return False
    inverse = pow(s, -1, GROUP_ORDER)
    u1, u2 = int.from_bytes(digest, "big") * inverse % GROUP_ORDER, r * inverse % GROUP_ORDER
    x, _, z = _two_products(u1, _BASE, u2, key)
    if z == 0:
        return False
    return x * pow(z, -2, PRIME) % PRIME % GROUP_ORDER == r


def _double(point: Point) -> Point:
    x, y, z = point
    if z == 0:
        return _INFINITY
    delta, gamma = z * z % PRIME, y * y % PRIME
    beta = x * gamma % PRIME
    alpha = 3 * (x - delta) * (x + delta) % PRIME
    x3 = (alpha * alpha - 8 * beta) % PRIME
    y3 = (alpha * (4 * beta - x3) - 8 * gamma * gamma) % PRIME
    return (x3, y3, 2 * y * z % PRIME)


def _add(left: Point, right: Point) -> Point:
    if left[2] == 0:
        return right
    if right[2] == 0:
        return left
    (x1, y1, z1), (x2, y2, z2) = left, right
    z1z1, z2z2 = z1 * z1 % PRIME, z2 * z2 % PRIME
    u1, u2 = x1 * z2z2 % PRIME, x2 * z1z1 % PRIME
    s1, s2 = y1 * z2 * z2z2 % PRIME, y2 * z1 * z1z1 % PRIME
    h, r = (u2 - u1) % PRIME, (s2 - s1) % PRIME
    if h == 0:
        # The formula below does not hold for equal x: the points are equal or opposite.
        return _double(left) if r == 0 else _INFINITY
    hh = h * h % PRIME
    hhh, v = h * hh % PRIME, u1 * hh % PRIME
    x3 = (r * r - hhh - 2 * v) % PRIME
    return (x3, (r * (v - x3) - s1 * hhh) % PRIME, h * z1 * z2 % PRIME)


def _two_products(left_scalar: int, left: Point, right_scalar: int, right: Point) -> Point:
    """Return the sum of both products with one run of doublings (Shamir's trick); scalars are public."""
    both = _add(left, right)
    total = _INFINITY
    for bit in range(max(left_scalar.bit_length(), right_scalar.bit_length()) - 1, -1, -1):
        total = _double(total)
        pick = (left_scalar >> bit & 1, right_scalar >> bit & 1)
        if pick == (1, 1):
            total = _add(total, both)
        elif pick != (0, 0):
            total = _add(total, left if pick[0] else right)
    return total
