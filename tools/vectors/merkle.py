"""Merkle trees of RFC 6962: roots, inclusion paths, and paths that are refused."""

from __future__ import annotations

from tools.vector_form import code_of

from payport.proof import merkle

ABOUT = "Leaf hash SHA-256(00 || data), node hash SHA-256(01 || left || right); paths go from the sibling to the top."

_WHOLE = range(10)
_SAMPLED = {16: (0, 7, 15), 17: (0, 15, 16), 100: (0, 63, 64, 96, 99), 1_025: (0, 1_023, 1_024)}


def leaves(size: int) -> list[bytes]:
    """Return the leaf data of the tree of ``size``: the index as two big-endian bytes."""
    return [index.to_bytes(2, "big") for index in range(size)]


def make() -> dict[str, object]:
    """Return the vectors."""
    sizes = {size: tuple(range(size)) for size in _WHOLE} | _SAMPLED
    return {
        "leaf_data": "the leaf's index as two big-endian bytes",
        "trees": [
            {
                "size": size,
                "root": merkle.root(leaves(size)).hex(),
                "paths": [
                    {"index": index, "path": [each.hex() for each in merkle.path(leaves(size), index)]}
                    for index in indices
                ],
            }
            for size, indices in sizes.items()
        ],
        "refused": _refused(),
    }


def _refused() -> list[dict[str, object]]:
    leaf, path = merkle.leaf_hash(leaves(7)[6]), merkle.path(leaves(7), 6)
    cases = {
        "an element too few": (6, 7, path[:-1]),
        "an element too many": (6, 7, (*path, path[0])),
        "an index outside the tree": (7, 7, path),
        "another size whose path is longer": (6, 8, path),
        "an element that is not a hash": (6, 7, (path[0][:31], *path[1:])),
        "the empty tree": (0, 0, ()),
    }
    return [
        {
            "name": name,
            "leaf_hash": leaf.hex(),
            "index": index,
            "size": size,
            "path": [each.hex() for each in siblings],
            "code": code_of(merkle.root_from_path, leaf, index, size, siblings),
        }
        for name, (index, size, siblings) in cases.items()
    ]
