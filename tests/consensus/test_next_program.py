"""Two programs, each of its own version of the rules, on one chain: the newer one as it will be, not a part of this."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from payport.ledger.protocol import fingerprint
from payport.values import codec
from tests.next_program.chain import FROM_HEIGHT, Report, blocks
from tests.next_program.program import OURS, Program, next_program

if TYPE_CHECKING:
    from pathlib import Path

BEFORE = FROM_HEIGHT - 1


@pytest.fixture(scope="module")
def new(tmp_path_factory: pytest.TempPathFactory) -> Program:
    return next_program(tmp_path_factory.mktemp("next"))


def decide(program: Program, directory: Path, given: list[list[bytes]]) -> Report:
    directory.mkdir(exist_ok=True)
    (directory / "blocks").write_bytes(codec.encode(given))
    program.run("-m", "tests.next_program.chain", str(directory))
    return codec.decode((directory / "report").read_bytes(), Report)


def test_the_first_version_is_the_same_in_both(new: Program) -> None:
    told = new.run("-c", "from payport.ledger.protocol import fingerprint as f; print(f(1).hex(), f(2).hex())").split()
    assert told[0] == fingerprint(1).hex()
    assert told[1] not in {fingerprint(1).hex(), fingerprint(2).hex()}


def test_both_agree_until_the_new_rules_and_then_the_old_one_stops(new: Program, tmp_path: Path) -> None:
    chain = blocks()
    ahead = decide(new, tmp_path / "new", chain)
    assert (ahead.stopped, ahead.height, ahead.audited) == ("", len(chain), "")
    assert [each.codes for each in ahead.answers[BEFORE - 1 : BEFORE + 1]] == [(1, 0), (0,)], "known from its block on"
    assert ahead.answers[0].outcomes == ahead.answers[BEFORE - 1].outcomes == ("committed",), "the old rule"
    assert ahead.answers[FROM_HEIGHT].outcomes == ("committed", "noted_before", "too_much_at_once", "committed")
    assert ahead.answers[-1].outcomes == ("parameter_invalid", "parameter_invalid", "committed")
    assert set(ahead.protocols[:BEFORE]) == {fingerprint(1)}
    assert len(set(ahead.protocols[BEFORE:])) == 1

    behind = decide(OURS, tmp_path / "old", chain)
    assert behind.answers == ahead.answers[:BEFORE]
    assert f"block {FROM_HEIGHT} needs protocol version 2" in behind.stopped
    assert (behind.height, behind.protocols, behind.audited) == (BEFORE, ahead.protocols[:BEFORE], "")

    caught_up = decide(new, tmp_path / "old", chain)
    assert caught_up.answers == ahead.answers[BEFORE:]
    assert (caught_up.height, caught_up.protocols, caught_up.audited) == (len(chain), ahead.protocols, "")


def test_an_old_program_does_not_start_on_blocks_by_newer_rules(new: Program, tmp_path: Path) -> None:
    decide(new, tmp_path / "new", blocks())
    shutil.copytree(tmp_path / "new", tmp_path / "old")
    with pytest.raises(AssertionError, match=f"ProtocolUnknownError: .*block {FROM_HEIGHT} needs protocol version 2"):
        OURS.run("-m", "tests.next_program.chain", str(tmp_path / "old"))
    code = (
        "import sys; from tests.next_program.chain import audit; print(audit(__import__('pathlib').Path(sys.argv[1])))"
    )
    assert OURS.run("-c", code, str(tmp_path / "new")).strip() == "protocol_not_known"
