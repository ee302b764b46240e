"""Ed25519 verification under ZIP-215, on Python integers.

ZIP-215 fixes what RFC 8032 leaves open, so that all verifiers agree: S must be below the group order; A and R may be
written non-canonically and may be of small order; the equation is multiplied by the cofactor:
``[8][S]B = [8]R + [8][k]A``. Points are in extended coordinates (X, Y, Z, T) with x = X/Z, y = Y/Z, xy = T/Z.
"""

from __future__ import annotations

import hashlib
from typing import Final, TypeAlias

Point: TypeAlias = tuple[int, int, int, int]
"""Extended coordinates."""

PRIME: Final = 2**255 - 19
"""The field."""

GROUP_ORDER: Final = 2**252 + 27742317777372353535851937790883648493
"""Order of the base point."""

_LENGTH: Final = 32
_SIGN_BIT: Final = 1 << 255
_D: Final = -121665 * pow(121666, -1, PRIME) % PRIME
_SQRT_MINUS_ONE: Final = pow(2, (PRIME - 1) // 4, PRIME)
_NEUTRAL: Final[Point] = (0, 1, 1, 0)


def is_canonical(encoded: bytes) -> bool:
    """Tell whether a point that decompresses is written in the one canonical way."""
    number = int.from_bytes(encoded, "little")
    y = number & ~_SIGN_BIT
    # x = 0 belongs to y = 1 and y = -1; its sign bit must then be clear.
    return y < PRIME and not (number & _SIGN_BIT and y in (1, PRIME - 1))


def decompress(encoded: bytes) -> Point | None:
    """Read a point as ZIP-215 does (y may exceed the field, x = 0 may carry a sign); None off the curve."""
    number = int.from_bytes(encoded, "little")
    sign, y = number >> 255, (number & ~_SIGN_BIT) % PRIME
    numerator, denominator = (y * y - 1) % PRIME, (_D * y * y + 1) % PRIME
    # RFC 8032, section 5.1.3: a candidate for the root of numerator/denominator in one exponentiation.
    x = numerator * pow(denominator, 3, PRIME) % PRIME
    x = x * pow(x * pow(denominator, 4, PRIME), (PRIME - 5) // 8, PRIME) % PRIME
    square = denominator * x * x % PRIME
    if square == -numerator % PRIME:
        x = x * _SQRT_MINUS_ONE % PRIME
    elif square != numerator:
        return None
    if x & 1 != sign:
        x = -x % PRIME
    return (x, y, 1, x * y % PRIME)


def is_small_order(point: Point) -> bool:
    """Tell whether the point's order divides 8."""
    return _is_neutral(_times_cofactor(point))


def verify(public_key: bytes, message: bytes, signature: bytes) -> bool:
    """Tell whether the signature verifies under ZIP-215."""
    if len(public_key) != _LENGTH or len(signature) != 2 * _LENGTH:
        return False
    commitment, scalar = decompress(signature[:_LENGTH]), int.from_bytes(signature[_LENGTH:], "little")
    key = decompress(public_key)
    if key is None or commitment is None or scalar >= GROUP_ORDER:
        return False
    # SHA-512 is part of Ed25519 itself, not a hash of ours, so it does not go through the hash suite.
    digest = hashlib.sha512(signature[:_LENGTH] + public_key + message).digest()
    challenge = int.from_bytes(digest, "little") % GROUP_ORDER
    difference = _add(_two_products(scalar, _BASE, challenge, _negate(key)), _negate(commitment))
    return _is_neutral(_times_cofactor(difference))


def _add(left: Point, right: Point) -> Point:
    x1, y1, z1, t1 = left
    x2, y2, z2, t2 = right
    a, b = (y1 - x1) * (y2 - x2) % PRIME, (y1 + x1) * (y2 + x2) % PRIME
    c, d = 2 * _D * t1 * t2 % PRIME, 2 * z1 * z2 % PRIME
    e, f, g, h = b - a, d - c, d + c, b + a
    return (e * f % PRIME, g * h % PRIME, f * g % PRIME, e * h % PRIME)


def _double(point: Point) -> Point:
    x, y, z, _ = point
    a, b = x * x % PRIME, y * y % PRIME
    h = a + b
    e = h - (x + y) * (x + y) % PRIME
    g = a - b
    f = 2 * z * z % PRIME + g
    return (e * f % PRIME, g * h % PRIME, f * g % PRIME, e * h % PRIME)


def _negate(point: Point) -> Point:
    x, y, z, t = point
    return (-x % PRIME, y, z, -t % PRIME)


def _times_cofactor(point: Point) -> Point:
    return _double(_double(_double(point)))


def _is_neutral(point: Point) -> bool:
    x, y, z, _ = point
    return x % PRIME == 0 and (y - z) % PRIME == 0


def _two_products(left_scalar: int, left: Point, right_scalar: int, right: Point) -> Point:
    """Return the sum of both products with one run of doublings (Shamir's trick); scalars are public."""
    both = _add(left, right)
    total = _NEUTRAL
    for bit in range(max(left_scalar.bit_length(), right_scalar.bit_length()) - 1, -1, -1):
        total = _double(total)
        pick = (left_scalar >> bit & 1, right_scalar >> bit & 1)
        if pick == (1, 1):
            total = _add(total, both)
        elif pick != (0, 0):
            total = _add(total, left if pick[0] else right)
    return total


def _base_point() -> Point:
    point = decompress((4 * pow(5, -1, PRIME) % PRIME).to_bytes(_LENGTH, "little"))
    assert point is not None, "the base point lies on the curve"
    return point


_BASE: Final = _base_point()
