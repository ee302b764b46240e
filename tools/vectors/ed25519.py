"""Ed25519 under ZIP-215: what verifies, what does not, and which keys may be bound."""

from __future__ import annotations

import hashlib
from typing import Final

from payport import _native
from payport.ledger import examples
from payport.values.signatures import ed25519, ed25519_curve, pure
from payport.values.signatures.contract import Primitive
from payport.values.signatures.ed25519_curve import GROUP_ORDER, PRIME

ABOUT = (
    "ZIP-215: S below the group order; A and R as they come, also of small order or with y at or above the field; "
    "[8][S]B = [8]R + [8][k]A. Binding asks for more: a canonical key whose order is not small."
)

_D: Final = -121665 * pow(121666, -1, PRIME) % PRIME
_MESSAGE: Final = b"payport"
_TORSION: Final = bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05")

_RFC_8032: Final = (
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
)


def make() -> dict[str, object]:
    """Return the vectors."""
    cases = [("RFC 8032", *(bytes.fromhex(part) for part in case)) for case in _RFC_8032]
    cases += _changed() + _with_torsion()
    encodings = small_order_encodings()
    assert all(_verifies(key, _MESSAGE, commitment + bytes(32)) for key in encodings for commitment in encodings)
    return {
        "cases": [_case(*case) for case in cases],
        "small_order": {
            "rule": "every encoding as public key with every encoding as R and S = 0 verifies",
            "message": _MESSAGE.hex(),
            "s": bytes(32).hex(),
            "encodings": [each.hex() for each in encodings],
            "valid": True,
        },
        "bindable": [
            {"name": name, "public_key": key.hex(), "bindable": ed25519.is_bindable(key)} for name, key in _keys()
        ],
    }


def small_order_encodings() -> list[bytes]:
    """Return the fourteen encodings, canonical or not, of the eight points whose order divides 8."""
    eighth = int.from_bytes(_TORSION, "little")
    ys = (0, 1, PRIME - 1, PRIME, PRIME + 1, eighth, PRIME - eighth)
    return sorted((y | sign << 255).to_bytes(32, "little") for y in ys for sign in (0, 1))


def _verifies(public_key: bytes, message: bytes, signature: bytes) -> bool:
    """Ask both implementations; they must agree."""
    native = _native.verify_ed25519_one(public_key, message, signature)
    assert bool(_native.verify_ed25519([(public_key, message, signature)])[0]) == native
    assert pure.verify(Primitive("ed25519", public_key, message, signature)) == native
    return native


def _case(name: str, public_key: bytes, message: bytes, signature: bytes) -> dict[str, object]:
    return {
        "name": name,
        "public_key": public_key.hex(),
        "message": message.hex(),
        "signature": signature.hex(),
        "valid": _verifies(public_key, message, signature),
    }


def _changed() -> list[tuple[str, bytes, bytes, bytes]]:
    """Return changes of one good signature, the last two of which have the wrong length."""
    key, signature = examples.public_key(1), _native.sign_ed25519(examples.seed(1), _MESSAGE)
    commitment, scalar = signature[:32], int.from_bytes(signature[32:], "little")
    off_curve = (2).to_bytes(32, "little")
    return [
        ("an ordinary signature", key, _MESSAGE, signature),
        ("another message", key, _MESSAGE + b"!", signature),
        ("another key", examples.public_key(2), _MESSAGE, signature),
        ("S plus the group order", key, _MESSAGE, commitment + (scalar + GROUP_ORDER).to_bytes(32, "little")),
        ("S with its highest bit set", key, _MESSAGE, signature[:63] + bytes([signature[63] | 0x80])),
        ("S equal to the group order", _TORSION, _MESSAGE, _TORSION + GROUP_ORDER.to_bytes(32, "little")),
        ("a public key off the curve", off_curve, _MESSAGE, signature),
        ("R off the curve", key, _MESSAGE, off_curve + signature[32:]),
        ("the sign of R changed", key, _MESSAGE, signature[:31] + bytes([signature[31] ^ 0x80]) + signature[32:]),
        ("a public key of 31 bytes", key[:31], _MESSAGE, signature),
        ("a signature of 63 bytes", key, _MESSAGE, signature[:63]),
    ]


def _with_torsion() -> list[tuple[str, bytes, bytes, bytes]]:
    """Return signatures that hold only because the equation is multiplied by the cofactor."""
    key, blind = examples.public_key(1), examples.public_key(2)
    mixed_key, mixed_blind = _plus_torsion(key), _plus_torsion(blind)
    return [
        ("R with a point of order 8 added", key, _MESSAGE, _sign_as(key, blind)),
        ("R with a point of order 8 added, as it is hashed", key, _MESSAGE, _sign_as(key, mixed_blind)),
        ("a public key with a point of order 8 added", mixed_key, _MESSAGE, _sign_as(mixed_key, blind)),
        ("both with a point of order 8 added", mixed_key, _MESSAGE, _sign_as(mixed_key, mixed_blind)),
    ]


def _sign_as(key: bytes, commitment: bytes) -> bytes:
    """Sign with the scalars of example seeds 1 and 2 under these encodings of key and commitment."""
    digest = hashlib.sha512(commitment + key + _MESSAGE).digest()
    challenge = int.from_bytes(digest, "little") % GROUP_ORDER
    response = (_scalar(2) + challenge * _scalar(1)) % GROUP_ORDER
    return commitment + response.to_bytes(32, "little")


def _scalar(number: int) -> int:
    """Return the private scalar of an example seed (RFC 8032, section 5.1.5)."""
    half = int.from_bytes(hashlib.sha512(examples.seed(number)).digest()[:32], "little")
    return half & ((1 << 254) - 8) | 1 << 254


def _plus_torsion(encoded: bytes) -> bytes:
    """Add the point of order 8, in affine coordinates."""
    left, right = ed25519_curve.decompress(encoded), ed25519_curve.decompress(_TORSION)
    assert left is not None
    assert right is not None
    (x1, y1, _, _), (x2, y2, _, _) = left, right
    product = _D * x1 * x2 * y1 * y2
    x = (x1 * y2 + x2 * y1) * pow(1 + product, -1, PRIME) % PRIME
    y = (y1 * y2 + x1 * x2) * pow(1 - product, -1, PRIME) % PRIME
    return (y | (x & 1) << 255).to_bytes(32, "little")


def _keys() -> list[tuple[str, bytes]]:
    key = examples.public_key(1)
    return [
        ("an ordinary key", key),
        ("a key with a point of order 8 added", _plus_torsion(key)),
        *((f"small order {number}", each) for number, each in enumerate(small_order_encodings(), start=1)),
        *((f"y = p + {beyond}", (PRIME + beyond).to_bytes(32, "little")) for beyond in range(3, 19)),
        ("off the curve", (2).to_bytes(32, "little")),
        ("31 bytes", key[:31]),
        ("33 bytes", key + b"\x00"),
    ]
