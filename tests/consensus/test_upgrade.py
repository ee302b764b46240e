"""New rules from a block on: who knows them goes on, who does not stops before it, and old blocks stay as they are."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

import msgspec
import pytest

from payport.consensus.abci import AbciApplication
from payport.consensus.batch import encode_batch
from payport.history.audit import Auditor
from payport.ledger import protocol
from payport.ledger.protocol import ProtocolUnknownError, fingerprint
from payport.ledger.registry import verbs
from payport.ledger.state import parameters
from payport.ledger.state.parameters import encode_value
from payport.ledger.store.checkpoint import MemoryCheckpoint
from payport.ledger.store.faulty_files import FaultyFiles
from payport.ledger.transactions.institutions.set_parameter import SetParameter
from payport.proof.commitment import decode_commitment
from payport.values import codec
from tests.consensus.small_network import BANK, GENESIS, NODE_SIGNER, START_MS, issue, open_application, sign

if TYPE_CHECKING:
    from collections.abc import Iterator

    from payport.consensus.abci import Finalized

NEW_KIND = "approve/1"
"""Taken for a verb that version 2 brings."""

FROM_HEIGHT = 4


@pytest.fixture(autouse=True)
def version_2(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A verb of the ledger becomes one of version 2 alone."""
    monkeypatch.setitem(verbs(), NEW_KIND, verbs()[NEW_KIND]._replace(since=2))
    fingerprint.cache_clear()
    yield
    fingerprint.cache_clear()


def batch(*items: tuple[bytes, ...]) -> bytes:
    return encode_batch(GENESIS.chain_id, BANK, items, NODE_SIGNER)


def set_version(version: int, from_height: int) -> tuple[bytes, ...]:
    body = SetParameter(
        chain_id=GENESIS.chain_id,
        kind="set_parameter/1",
        sender=BANK,
        nonce=bytes([version] * 16),
        valid_from_ms=START_MS - 30_000,
        valid_until_ms=START_MS + 300_000,
        group=None,
        attachment=None,
        name="protocol_version",
        value=encode_value("protocol_version", version),
        from_height=from_height,
    )
    return (sign(codec.encode(body)),)


def new_verb() -> tuple[bytes, ...]:
    """Return a transaction of the new kind, that its own rules refuse."""
    example = verbs()[NEW_KIND].example()
    changes = {
        "chain_id": GENESIS.chain_id,
        "sender": BANK,
        "valid_from_ms": START_MS - 30_000,
        "valid_until_ms": START_MS + 300_000,
        "group": None,
    }
    return (sign(codec.encode(msgspec.structs.replace(example, **changes))),)


class Program:
    """A node with a program that knows so many versions."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, knows: int) -> None:
        self.monkeypatch, self.knows = monkeypatch, knows
        self.files, self.checkpoint = FaultyFiles(Random(1)), MemoryCheckpoint()
        self.open()

    def open(self) -> None:
        self.monkeypatch.setattr(protocol, "PROTOCOL_VERSION", self.knows)
        self.application = open_application(self.files, self.checkpoint)
        self.abci = AbciApplication(self.application)

    def decide(self, height: int, *batches: bytes) -> Finalized:
        self.monkeypatch.setattr(protocol, "PROTOCOL_VERSION", self.knows)
        answer = self.abci.finalize_block(b"%d" % height, height, START_MS + 1_000 * height, batches)
        self.abci.commit()
        return answer


def test_all_switch_between_the_same_two_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    old, new = Program(monkeypatch, 1), Program(monkeypatch, 2)
    paid, later = batch(issue(1)), batch(new_verb())
    blocks = [(paid,), (batch(set_version(2, FROM_HEIGHT)),), (later, batch(issue(2)))]
    for height, batches in enumerate(blocks, 1):
        one, other = old.decide(height, *batches), new.decide(height, *batches)
        assert one == other
        assert one.codes == tuple(int(each == later) for each in batches), "what comes later is not known yet"
    assert parameters.decided_protocol(new.application.state) == (2, FROM_HEIGHT)
    assert [decode_commitment(new.application.read_block(each).commitment_bytes).protocol for each in (1, 2, 3)] == [
        fingerprint(1)
    ] * 3
    with pytest.raises(ProtocolUnknownError, match="block 4 needs protocol version 2"):
        old.decide(4, later)
    assert old.application.height == old.application.durable_height == 3
    answer = new.decide(4, later, batch(issue(3)))
    assert answer.codes == (0, 0)
    assert decode_commitment(new.application.machine.commitment_bytes).protocol == fingerprint(2) != fingerprint(1)

    # The old program does not start any more; the new one catches up.
    with pytest.raises(ProtocolUnknownError):
        old.open()
    old.knows = 2
    old.open()
    assert old.decide(4, later, batch(issue(3))).codes == (0, 0)


def test_a_newer_program_executes_old_blocks_by_the_old_rules(monkeypatch: pytest.MonkeyPatch) -> None:
    made = Program(monkeypatch, 2)
    made.decide(1, batch(issue(1)))
    made.decide(2, batch(set_version(2, FROM_HEIGHT)))
    for height in range(3, 7):
        made.decide(height, batch(issue(height)), batch(new_verb()))
    auditor = Auditor(GENESIS, None)
    for height in range(1, made.application.height + 1):
        auditor.take(made.application.read_block(height))
    assert auditor.compare(_sealed(made)) > 0
    assert auditor.finish().height == 6


def _sealed(made: Program) -> MemoryCheckpoint:
    made.application.close()
    assert made.checkpoint.height == made.application.height
    return made.checkpoint


@pytest.mark.parametrize(("version", "from_height"), [(1, 4), (3, 4), (2, 1)])
def test_only_the_next_version_is_decided_and_only_for_a_later_block(
    monkeypatch: pytest.MonkeyPatch, version: int, from_height: int
) -> None:
    made = Program(monkeypatch, 3)
    answer = made.decide(1, batch(set_version(version, from_height)))
    assert answer.outcomes[0][0][0].code in {"parameter_invalid", "effective_height_past"}
    assert parameters.decided_protocol(made.application.state) == (1, 0)
    assert parameters.protocol_version(made.application.state, 100) == 1
