"""The native crate against references of this language."""

from __future__ import annotations

import blake3
import pytest
from hypothesis import given
from hypothesis import strategies as st

from payport import _native
from payport.proof import merkle
from payport.values.signatures import ed25519_curve, pure
from payport.values.signatures.contract import Primitive

EMPTY = bytes(2_048)


def expand(element: bytes) -> list[int]:
    digest = blake3.blake3(element).digest(2_048)
    return [int.from_bytes(digest[at : at + 2], "little") for at in range(0, 2_048, 2)]


@given(st.lists(st.binary(max_size=40), max_size=5), st.lists(st.binary(max_size=40), max_size=5))
def test_lthash_is_the_sum_of_its_elements(added: list[bytes], removed: list[bytes]) -> None:
    lanes = [0] * 1_024
    for sign, elements in ((1, added), (-1, removed)):
        for element in elements:
            lanes = [(lane + sign * other) % 2**16 for lane, other in zip(lanes, expand(element), strict=True)]
    assert _native.lthash_update(EMPTY, added, removed) == b"".join(lane.to_bytes(2, "little") for lane in lanes)


def test_lthash_asks_for_its_length() -> None:
    with pytest.raises(ValueError, match="2048"):
        _native.lthash_update(b"", [], [])


@pytest.mark.parametrize("size", [*range(20), 64, 65])
def test_merkle_agrees_with_the_verifier(size: int) -> None:
    leaves = [bytes([number]) for number in range(size)]
    assert _native.merkle_root(leaves) == merkle.root(leaves)
    for index in range(size):
        assert tuple(_native.merkle_path(leaves, index)) == merkle.path(leaves, index)
    with pytest.raises(IndexError):
        _native.merkle_path(leaves, size)


def signed(number: int) -> tuple[bytes, bytes, bytes]:
    seed, message = bytes([number]) * 32, b"message %d" % number
    return _native.public_key_ed25519(seed), message, _native.sign_ed25519(seed, message)


@given(st.sets(st.integers(0, 199), max_size=20), st.integers(1, 3))
def test_batch_and_single_verdicts_agree(broken: set[int], threads: int) -> None:
    items = [signed(number) for number in range(200)]
    for number in broken:
        key, message, signature = items[number]
        items[number] = (key, message + b"!", signature)
    verdicts = _native.verify_ed25519(items, threads)
    assert [not verdict for verdict in verdicts] == [number in broken for number in range(200)]


def test_wrong_lengths_are_verdicts() -> None:
    key, message, signature = signed(1)
    items = [(b"", message, signature), (key, message, b""), (key, message, signature)]
    assert _native.verify_ed25519(items) == b"\x00\x00\x01"
    assert _native.verify_ed25519([]) == b""


def torsion_encodings() -> list[bytes]:
    """Every encoding, canonical or not, of the eight points of small order (ZIP-215)."""
    prime = 2**255 - 19
    found = set()
    for y in (0, 1, prime - 1, prime, prime + 1, *_order_eight()):
        for sign in (0, 1):
            found.add((y | sign << 255).to_bytes(32, "little"))
    return sorted(found)


def _order_eight() -> tuple[int, int]:
    y = int.from_bytes(bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"), "little")
    return y, 2**255 - 19 - y


def test_zip_215_edge_encodings_agree_with_the_verifier() -> None:
    encodings = torsion_encodings()
    items = [(key, b"Zcash", r + bytes(32)) for key in encodings for r in encodings]
    batch = _native.verify_ed25519(items)
    single = bytes(_native.verify_ed25519_one(*item) for item in items)
    assert batch == single == b"\x01" * len(items)
    some = items[:: len(items) // 12]
    assert all(pure.verify(Primitive("ed25519", *item)) for item in some)
    assert ed25519_curve.__doc__
