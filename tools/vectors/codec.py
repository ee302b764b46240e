"""Canonical MessagePack: typed values with their one encoding, and byte strings that are refused."""

from __future__ import annotations

from tools.vector_form import code_of, typed

from payport.proof import messagepack

ABOUT = "Each value has exactly one encoding; every other byte string is refused."

_INTEGERS = (0, 127, 128, 255, 256, 2**16 - 1, 2**16, 2**32 - 1, 2**32, 2**53 - 1, 2**53, 2**64 - 1)
_NEGATIVES = (-1, -32, -33, -128, -129, -(2**15), -(2**15) - 1, -(2**31), -(2**31) - 1, -(2**53), -(2**63))
_LENGTHS = (0, 1, 31, 32, 255, 256)

_REFUSED = {
    "nothing": "",
    "one in two bytes": "cc01",
    "128 in three bytes": "cd0080",
    "65535 in five bytes": "ce0000ffff",
    "4294967295 in nine bytes": "cf00000000ffffffff",
    "a natural number as a signed one": "d001",
    "minus one in two bytes": "d0ff",
    "minus 128 in three bytes": "d1ff80",
    "a short text with a long head": "d90161",
    "a text of 32 characters with a head of three bytes": "da0020" + "61" * 32,
    "a byte string with a long head": "c5000101",
    "a short array with a long head": "dc000101",
    "text that is not UTF-8": "a1ff",
    "text with a lone surrogate": "a3eda080",
    "a map": "80",
    "a float": "ca3f800000",
    "a double": "cb3ff0000000000000",
    "an extension": "d40100",
    "the byte that means nothing": "c1",
    "a byte too many": "c0c0",
    "an array that ends early": "9201",
    "a byte string that ends early": "c40301",
    "an array nested thirteen deep": "91" * 13 + "c0",
}


def make() -> dict[str, object]:
    """Return the vectors."""
    values: list[object] = [None, False, True, *_INTEGERS, *_NEGATIVES]
    values += [b"\xa5" * length for length in _LENGTHS]
    values += ["a" * length for length in _LENGTHS]
    values += ["", "超市", "\U0001f4b6", [], [1, "a", b"b", None], list(range(15)), list(range(16)), [[[[]]]]]
    return {
        "valid": [{"value": typed(value), "encoded": messagepack.encode(value).hex()} for value in values],
        "refused": [
            {"name": name, "encoded": data, "code": code_of(messagepack.decode, bytes.fromhex(data))}
            for name, data in _REFUSED.items()
        ],
    }
