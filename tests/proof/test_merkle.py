import pytest
from hypothesis import given
from hypothesis import strategies as st

from payport.proof import merkle
from payport.proof.merkle import Frontier
from payport.values.refusals import Refusal

LEAVES = [bytes([number]) for number in range(70)]


def naive_root(leaves: list[bytes]) -> bytes:
    """RFC 6962, section 2.1, word by word."""
    if not leaves:
        return merkle.EMPTY_ROOT
    if len(leaves) == 1:
        return merkle.leaf_hash(leaves[0])
    split = 1 << ((len(leaves) - 1).bit_length() - 1)
    return merkle.node_hash(naive_root(leaves[:split]), naive_root(leaves[split:]))


def naive_path(leaves: list[bytes], index: int) -> tuple[bytes, ...]:
    """RFC 6962, section 2.1.1, word by word."""
    if len(leaves) == 1:
        return ()
    split = 1 << ((len(leaves) - 1).bit_length() - 1)
    if index < split:
        return (*naive_path(leaves[:split], index), naive_root(leaves[split:]))
    return (*naive_path(leaves[split:], index - split), naive_root(leaves[:split]))


def test_vectors_of_certificate_transparency() -> None:
    leaves = [bytes.fromhex(text) for text in ("", "00", "10", "2021", "3031", "40414243")]
    leaves += [bytes.fromhex("5051525354555657"), bytes.fromhex("606162636465666768696a6b6c6d6e6f")]
    assert merkle.root([]).hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert merkle.root(leaves[:1]).hex() == "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"
    assert merkle.root(leaves).hex() == "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"


@pytest.mark.parametrize("size", range(70))
def test_roots_paths_and_frontier_agree_with_the_definition(size: int) -> None:
    leaves = LEAVES[:size]
    expected = naive_root(leaves)
    assert merkle.root(leaves) == expected
    frontier = Frontier()
    for leaf in leaves:
        frontier.append(merkle.leaf_hash(leaf))
    assert (frontier.root(), frontier.size) == (expected, size)
    for index in range(size):
        path = merkle.path(leaves, index)
        assert path == naive_path(leaves, index)
        assert merkle.root_from_path(merkle.leaf_hash(leaves[index]), index, size, path) == expected


@given(st.integers(0, 300), st.integers(0, 60))
def test_a_frontier_continues_from_its_peaks(before: int, more: int) -> None:
    whole = [number.to_bytes(2, "big") for number in range(before + more)]
    first = Frontier()
    for leaf in whole[:before]:
        first.append(merkle.leaf_hash(leaf))
    second = Frontier(first.size, first.peaks)
    copied = first.copy()
    for leaf in whole[before:]:
        second.append(merkle.leaf_hash(leaf))
        copied.append(merkle.leaf_hash(leaf))
    assert second.root() == copied.root() == merkle.root(whole)
    assert first.size == before


@pytest.mark.parametrize("size", [1, 7, 8, 9, 30, 32, 33, 69])
def test_runs_join_to_the_whole_tree(size: int) -> None:
    hashes = [merkle.leaf_hash(leaf) for leaf in LEAVES[:size]]
    runs = [hashes[at : at + 8] for at in range(0, size, 8)]
    roots = [merkle.aligned_root(run) if len(run) == 8 else merkle.hashed_root(run) for run in runs]
    assert merkle.hashed_root(roots) == merkle.hashed_root(hashes)
    for index in range(size):
        run_index, index_in_run = divmod(index, 8)
        path = merkle.joined_path(runs[run_index], index_in_run, roots, run_index)
        assert path == merkle.hashed_path(hashes, index)


@pytest.mark.parametrize(
    ("index", "size", "length"),
    [(-1, 4, 2), (4, 4, 2), (0, 0, 0), (0, 4, 1), (0, 4, 3), (4, 5, 2), (4, 5, 0), (0, 1, 1)],
)
def test_a_path_of_the_wrong_form_is_refused(index: int, size: int, length: int) -> None:
    with pytest.raises(Refusal, match="wrong_path"):
        merkle.root_from_path(b"\x00" * 32, index, size, [b"\x01" * 32] * length)


def test_an_element_that_is_no_hash_is_refused() -> None:
    with pytest.raises(Refusal, match="wrong_path"):
        merkle.root_from_path(b"\x00" * 32, 0, 2, [b"\x01" * 31])


def test_wrong_arguments_are_program_errors() -> None:
    with pytest.raises(AssertionError):
        merkle.aligned_root([b"\x00" * 32] * 3)
    with pytest.raises(AssertionError):
        merkle.path([b"a"], 1)
    with pytest.raises(AssertionError):
        Frontier(3, [b"\x00" * 32])
    with pytest.raises(AssertionError):
        Frontier().append(b"short")
