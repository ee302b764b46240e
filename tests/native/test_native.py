"""The native crate against references of this language."""

from __future__ import annotations

import contextlib
import hashlib
import hmac
from pathlib import Path
from random import Random

import blake3
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from payport import _native
from payport.proof import merkle
from payport.values import codec
from payport.values.signatures import ed25519, ed25519_curve, pure
from payport.values.signatures.contract import Primitive
from tests.vectors.files import read

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
    with pytest.raises(ValueError, match="2048"):
        _native.lthash_replace(b"", b"", [], [], [])
    with pytest.raises(ValueError, match="one record"):
        _native.lthash_replace(EMPTY, b"", [b"k"], [None], [])


RECORDS = st.none() | st.binary(max_size=40) | st.just(bytes(300)) | st.just(bytes(70_000))


@given(st.dictionaries(st.binary(max_size=300), st.tuples(RECORDS, RECORDS), max_size=8))
def test_lthash_replace_hashes_the_encoded_triple(changes: dict[bytes, tuple[bytes | None, bytes | None]]) -> None:
    def element(key: bytes, record: bytes) -> bytes:
        return codec.encode(("family", key, record))

    removed = [element(key, old) for key, (old, _) in changes.items() if old is not None]
    added = [element(key, new) for key, (_, new) in changes.items() if new is not None]
    columns = (list(changes), [old for old, _ in changes.values()], [new for _, new in changes.values()])
    found = _native.lthash_replace(EMPTY, b"\x93" + codec.encode("family"), *columns)
    assert found == _native.lthash_update(EMPTY, added, removed)


@given(st.lists(st.tuples(st.binary(max_size=64), st.binary(max_size=99)), max_size=5), st.binary(max_size=9))
def test_many_hmacs_are_each_the_standard_librarys(pairs: list[tuple[bytes, bytes]], tag: bytes) -> None:
    found = _native.hmac_sha256_many(tag, [key for key, _ in pairs], [message for _, message in pairs])
    assert found == [hmac.digest(key, tag + message, "sha256") for key, message in pairs]


def test_hmac_keys_have_one_block_at_most() -> None:
    with pytest.raises(ValueError, match="64 bytes"):
        _native.hmac_sha256_many(b"", [bytes(65)], [b""])
    with pytest.raises(ValueError, match="per message"):
        _native.hmac_sha256_many(b"", [b""], [])


LEAVES = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.binary(max_size=300)
    | st.text(max_size=300)
    | st.sampled_from(
        [
            bytes(65_536),
            "a" * 65_536,
            *(sign * 2**bits + off for sign in (1, -1) for bits in (5, 7, 8, 15, 16, 31, 32) for off in (-1, 0, 1)),
        ]
    )
)
VALUES = st.recursive(LEAVES, lambda inner: st.lists(inner, max_size=20), max_leaves=30)


def hashed(tag: bytes, data: bytes) -> bytes:
    return hashlib.sha256(tag + data).digest()


@given(VALUES, st.lists(VALUES, max_size=20))
def test_scan_accepts_what_the_codec_writes(body: object, array: list[object]) -> None:
    encoded = codec.encode(body)
    found = _native.scan_envelope(codec.encode((encoded, array)), b"b", b"a")
    assert found == (hashed(b"b", encoded), hashed(b"a", codec.encode(array)))


@given(st.binary(max_size=24), st.binary(max_size=24))
def test_scan_accepts_nothing_the_codec_would_write_otherwise(body: bytes, array: bytes) -> None:
    if _native.scan_envelope(b"\x92" + codec.encode(body) + array, b"", b"") is not None:
        with contextlib.suppress(UnicodeDecodeError):  # text that is not UTF-8 is the decoder's to refuse
            assert codec.encode(msgspec.msgpack.decode(body)) == body
            assert codec.encode(msgspec.msgpack.decode(array)) == array


OTHER_FORMS = """
cc7f cd00ff ce0000ffff cf00000000ffffffff d07f d0e0 d1ff80 d2ffff8000 d3ffffffff80000000 d900 da0000 db00000000
c50000 c600000000 dc0000 dd00000000 80 ca00000000 cb0000000000000000 d40100 c1 91 a2aa c403aa 0101
"""


@pytest.mark.parametrize("value", [*OTHER_FORMS.split(), "", "91" * 20 + "c0"])
def test_scan_leaves_every_other_form_to_the_decoder(value: str) -> None:
    other = bytes.fromhex(value)
    assert _native.scan_envelope(b"\x92" + codec.encode(other) + b"\x90", b"", b"") is None
    assert _native.scan_envelope(b"\x92\xc4\x01\x00" + other, b"", b"") is None


def test_store_reads_many_in_one_call_and_rows_as_they_were(tmp_path: Path) -> None:
    store = _native.Store(tmp_path, 2**30, 8)
    assert store.get_many("one", [b"k"]) == [None]
    assert store.rows("one", b"").next_rows(5) == []
    store.apply({"one": {b"b": b"2", b"a": b"1", b"c": None}, "two": {b"a": b""}})
    rows = store.rows("one", b"")
    store.apply({"one": {b"a": None, b"ba": b"3"}})
    assert store.get_many("one", [b"b", b"a", b"ba"]) == [b"2", None, b"3"]
    assert [rows.next_rows(1) for _ in range(3)] == [[(b"a", b"1")], [(b"b", b"2")], []]
    assert store.rows("one", b"b").next_rows(5) == [(b"b", b"2"), (b"ba", b"3")]
    with pytest.raises(OSError, match="LMDB"):
        store.apply({"one": {b"d": b"4", b"": b"no empty keys"}})
    assert store.get_many("one", [b"d"]) == [None]
    del store, rows
    assert _native.Store(tmp_path, 2**30, 8).get_many("two", [b"a"]) == [b""]


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


def edge_keys() -> list[bytes]:
    """Return encodings around every edge: the field's end, x = 0, y = 0 and 1, each with either sign; and lengths."""
    ends = [value for edge in (0, ed25519_curve.PRIME, 2**255) for value in range(edge - 20, edge + 20)]
    ys = [y for y in ends if 0 <= y < 2**255]
    signed = [y | sign << 255 for y in ys for sign in (0, 1)]
    points = [bytes.fromhex(each["public_key"]) for each in read("ed25519")["bindable"]]
    return [*(each.to_bytes(32, "little") for each in signed), *points, b"", bytes(31), bytes(33), b"\x01" + bytes(63)]


def test_which_keys_may_be_bound_on_every_edge() -> None:
    keys = edge_keys()
    pure = [ed25519.is_bindable(each) for each in keys]
    assert list(_native.bindable_ed25519(keys)) == pure
    assert {True, False} == set(pure)
    assert _native.bindable_ed25519([]) == b""


@given(st.lists(st.binary(min_size=32, max_size=32), max_size=20))
def test_which_keys_may_be_bound(keys: list[bytes]) -> None:
    """About every second random encoding is a point, nearly always one with a part of small order."""
    assert list(_native.bindable_ed25519(keys)) == [ed25519.is_bindable(each) for each in keys]


def test_which_keys_may_be_bound_of_many_points() -> None:
    random = Random(25519)
    keys = [random.randbytes(32) for _ in range(2_000)]
    keys += [_native.public_key_ed25519(random.randbytes(32)) for _ in range(500)]
    verdicts = _native.bindable_ed25519(keys)
    assert list(verdicts) == [ed25519.is_bindable(each) for each in keys]
    assert 800 < sum(verdicts[:2_000]) < 1_200
    assert all(verdicts[2_000:])
