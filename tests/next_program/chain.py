"""A chain by one program, run as ``python -m tests.next_program.chain DIRECTORY``: decides the blocks it is given.

It opens the ledger in the directory, executes again what is there, reads the blocks of ``blocks`` (batches each, in
MessagePack) that come after it, and writes what it answered to ``answers``.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from payport import _native
from payport.consensus.abci import AbciApplication
from payport.consensus.batch import encode_batch
from payport.history.audit import Auditor
from payport.ledger.protocol import ProtocolUnknownError
from payport.ledger.store.block_log import BlockLog
from payport.ledger.store.files import DirectoryFiles
from payport.ledger.store.stored_block import read_stored_block
from payport.ledger.transactions.institutions.set_parameter import SetParameter
from payport.proof.commitment import decode_commitment
from payport.values import codec
from payport.values.envelopes import Envelope, Signature, signing_bytes
from payport.values.refusals import Refusal
from tests.consensus.small_network import BANK, BANK_SEED, GENESIS, NODE_SIGNER, START_MS, issue, open_application

if TYPE_CHECKING:
    from payport.consensus.application import Application
    from payport.ledger.store.stored_block import StoredBlock

FROM_HEIGHT = 4
"""First block of the ledger under version 2."""

MUCH = 2_000_000
"""More than version 2 issues at once."""


class Answer(codec.Record, frozen=True):
    """What a program answered to a block."""

    app_hash: bytes
    codes: tuple[int, ...]
    outcomes: tuple[str, ...]


class Report(codec.Record, frozen=True):
    """What a program did."""

    stopped: str
    """Why it stopped; empty where it did not."""
    height: int
    """Last block of its ledger."""
    answers: tuple[Answer, ...]
    """Of the blocks that it was given and had not yet."""
    protocols: tuple[bytes, ...]
    """Fingerprint of the rules of each block of its ledger."""
    audited: str
    """What an audit refused; empty where it refused nothing."""


def batch(*items: tuple[bytes, ...]) -> bytes:
    return encode_batch(GENESIS.chain_id, BANK, items, NODE_SIGNER)


def _sign(body: bytes) -> tuple[bytes, ...]:
    signature = _native.sign_ed25519(BANK_SEED, signing_bytes(body))
    public_key = _native.public_key_ed25519(BANK_SEED)
    return (codec.encode(Envelope(body, (Signature("ed25519", public_key, signature),))),)


def transaction(kind: str, number: int, *fields: object) -> tuple[bytes, ...]:
    """Return a transaction of the bank, also of a kind that this program does not know."""
    head = [GENESIS.chain_id, kind, BANK, bytes([number] * 16), START_MS - 30_000, START_MS + 300_000, None, None]
    return _sign(codec.encode([*head, *fields]))


def set_version(version: int, from_height: int) -> tuple[bytes, ...]:
    assert SetParameter.__struct_fields__[-3:] == ("name", "value", "from_height")
    return transaction("set_parameter/1", 200 + version, "protocol_version", codec.encode(version), from_height)


def note(number: int, digest: int) -> tuple[bytes, ...]:
    return transaction("note/1", number, bytes([digest]) * 32)


def blocks() -> list[list[bytes]]:
    """Return a chain on which version 2 is decided, by batches: the verb it brings comes too early, then in time."""
    return [
        [batch(issue(MUCH, nonce=bytes(16)))],
        [batch(set_version(2, FROM_HEIGHT))],
        [batch(note(1, 1)), batch(issue(MUCH, nonce=bytes([3]) * 16))],
        [batch(note(2, 2))],
        [
            batch(note(3, 3)),
            batch(note(4, 2)),
            batch(issue(MUCH, nonce=bytes([5]) * 16)),
            batch(issue(nonce=b"6" * 16)),
        ],
        [batch(set_version(4, 100), set_version(1, 100), issue(nonce=bytes([7]) * 16))],
    ]


def open_in(directory: Path) -> Application:
    log = directory / "log"
    log.mkdir(exist_ok=True)
    return open_application(DirectoryFiles(log))


def decide(directory: Path) -> Report:
    """Decide what the ledger in a directory has not yet."""
    application, answers, stopped = open_in(directory), [], ""
    abci = AbciApplication(application)
    given: list[list[bytes]] = codec.decode((directory / "blocks").read_bytes(), list[list[bytes]])
    try:
        for height, batches in list(enumerate(given, 1))[abci.info().height :]:
            found = abci.finalize_block(b"%d" % height, height, START_MS + 1_000 * height, batches)
            abci.commit()
            told = tuple(each.code for of_batch in found.outcomes for item in of_batch for each in item)
            answers.append(Answer(found.app_hash, found.codes, told))
    except ProtocolUnknownError as error:
        stopped = str(error)
    application.close()
    stored = stored_blocks(directory)
    protocols = tuple(decode_commitment(each.commitment_bytes).protocol for each in stored)
    return Report(stopped, application.height, tuple(answers), protocols, audit(directory))


def stored_blocks(directory: Path) -> list[StoredBlock]:
    log = BlockLog(DirectoryFiles(directory / "log"), segment_bytes=4_096)
    found = [read_stored_block(log.read(each)) for each in range(1, log.height + 1)]
    log.close()
    return found


def audit(directory: Path) -> str:
    """Execute all blocks again; return the code of what was refused, empty where nothing was."""
    auditor = Auditor(GENESIS, None)
    try:
        for each in stored_blocks(directory):
            auditor.take(each)
        auditor.finish()
    except Refusal as refusal:
        return refusal.code
    return ""


if __name__ == "__main__":
    where = Path(sys.argv[1])
    (where / "report").write_bytes(codec.encode(decide(where)))
