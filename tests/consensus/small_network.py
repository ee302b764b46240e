"""A network of one bank whose only traffic is money issued to its own account: each transaction unique, all counted."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from payport import _native
from payport.consensus.application import Application, CheckpointPolicy
from payport.ledger.genesis import FORMAT, Genesis, Member, Setting
from payport.ledger.state import balances
from payport.ledger.state.institutions import Institution, InstitutionKey, InstitutionRole
from payport.ledger.state.parameters import FeeSchedule, Validator, encode_value
from payport.ledger.store.block_log import BlockLog
from payport.ledger.store.checkpoint import MemoryCheckpoint
from payport.ledger.store.write_behind import WriteBehind
from payport.ledger.transactions.money.issue import Issue
from payport.signers.key_files import FileSigner
from payport.values import codec
from payport.values.envelopes import Envelope, Signature, signing_bytes

if TYPE_CHECKING:
    from collections.abc import Mapping

    from payport.ledger.store.checkpoint import Checkpoint
    from payport.ledger.store.files import Files

START_MS = 1_790_000_000_000
BANK = "bank-east"
BANK_SEED = bytes([7]) * 32
BANK_ACCOUNT = bytes([0x71]) * 16
NODE_SIGNER = FileSigner(bytes([9]) * 32)
ENGINE_KEY = _native.public_key_ed25519(bytes([1]) * 32)


def _member(name: str, role: InstitutionRole, seed: bytes, account: bytes) -> Institution:
    return Institution(
        name=name,
        role=role,
        keys=(InstitutionKey("ed25519", _native.public_key_ed25519(seed)),),
        threshold=1,
        utc_offset_seconds=0,
        fees_account=account,
        unclaimed_account=bytes([account[0] + 1]) * 16,
        admitted_height=0,
    )


def genesis(name: str = "small", voting: Mapping[str, Validator] | None = None) -> Genesis:
    """Return a network of the bank, and of every institution that votes."""
    voting = voting or {BANK: Validator(ENGINE_KEY, NODE_SIGNER.public_key, 1)}
    values: dict[str, object] = {
        "currencies": ("CNY",),
        "fees/default": FeeSchedule(6_000, 0, 10_000, 500_000, 100_000),
        "fees_account_floor_minor": -1_000_000,
        "operator": BANK,
        "refund_period_ms": 86_400_000,
        **{f"validators/{institution}": each for institution, each in voting.items()},
    }
    members = {BANK: _member("Bank East", InstitutionRole.OPERATOR, BANK_SEED, BANK_ACCOUNT)}
    for place, institution in enumerate(sorted(set(voting) - {BANK})):
        account = bytes([0x81 + 2 * place]) * 16
        members[institution] = _member(institution, InstitutionRole.BANK, bytes([50 + place]) * 32, account)
    return Genesis(
        format=FORMAT,
        name=name,
        suite="sha256",
        time_ms=START_MS,
        members=tuple(Member(institution, each, bytes(32)) for institution, each in sorted(members.items())),
        parameters=tuple(Setting(key, encode_value(key, value)) for key, value in sorted(values.items())),
        rp_ids=(),
        origins=(),
    )


GENESIS = genesis()


def issue(
    amount_minor: int = 1,
    *,
    nonce: bytes | None = None,
    at_ms: int = START_MS,
    validity_ms: int = 300_000,
    chain_id: str = GENESIS.chain_id,
) -> tuple[bytes, ...]:
    """Return one item: money issued to the bank's own account."""
    body = codec.encode(
        Issue(
            chain_id=chain_id,
            kind="issue/1",
            sender=BANK,
            nonce=nonce or os.urandom(16),
            valid_from_ms=at_ms - 30_000,
            valid_until_ms=at_ms + validity_ms,
            group=None,
            attachment=None,
            account=BANK_ACCOUNT,
            asset="CNY",
            amount_minor=amount_minor,
        )
    )
    return (sign(body),)


def sign(body: bytes) -> bytes:
    """Return the envelope of a transaction of the bank."""
    signature = _native.sign_ed25519(BANK_SEED, signing_bytes(body))
    public_key = _native.public_key_ed25519(BANK_SEED)
    return codec.encode(Envelope(body, (Signature("ed25519", public_key, signature),)))


def forged() -> tuple[bytes, ...]:
    """Return an item whose signature does not verify."""
    envelope = codec.decode(issue()[0], Envelope)
    bad = Signature("ed25519", envelope.signatures[0].public_key, bytes(64))
    return (codec.encode(Envelope(envelope.body, (bad,))),)


def open_application(
    files: Files, checkpoint: Checkpoint | None = None, *, blocks: int = 3, network: Genesis = GENESIS
) -> Application:
    base = WriteBehind(checkpoint or MemoryCheckpoint(), threaded=False)
    return Application(network, BlockLog(files, segment_bytes=4_096), base, CheckpointPolicy(blocks=blocks))


def balance_minor(application: Application) -> int:
    return balances.of(application.state, BANK_ACCOUNT, "CNY").amount_minor


class Clock:
    """A clock the test sets."""

    def __init__(self, now_ms: int = START_MS + 1_000) -> None:
        self.now_ms = now_ms

    def __call__(self) -> int:
        return self.now_ms
