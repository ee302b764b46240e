"""The state machine: previous state and a block give the next state, receipt leaves and a commitment."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgspec

from payport import _native
from payport.ledger import admission, authority, read_ahead, verification
from payport.ledger import genesis as genesis_module
from payport.ledger.block import COMMITTED, Block, Executed, Outcome
from payport.ledger.digest import META, StateDigest
from payport.ledger.invariants import law
from payport.ledger.leaf_drafts import EntryDraft, ExpiryDraft, LeafDrafts, OutcomeDraft
from payport.ledger.protocol import PROTOCOL_NOT_KNOWN, PROTOCOL_VERSION, fingerprint, require_known
from payport.ledger.state import (
    accounts,
    balances,
    commitments,
    counters,
    dues,
    floors,
    ids,
    institutions,
    long_ids,
    parameters,
    proposals,
)
from payport.ledger.transaction import Context, Power
from payport.proof import merkle
from payport.proof.commitment import Commitment, commitment_hash
from payport.values import codec
from payport.values.refusals import Refusal, RefusalClass, RefusalCode
from payport.values.signatures.contract import WebAuthnPolicy

if TYPE_CHECKING:
    from collections.abc import Sequence

    from payport.ledger.state.state import State

NOT_YET_VALID: Final = RefusalCode(
    "not_yet_valid", RefusalClass.EXPIRED, "The transaction's time of validity has not begun.", "交易尚未生效。"
)
"""Block time is before valid-from."""

EXPIRED: Final = RefusalCode(
    "expired", RefusalClass.EXPIRED, "The transaction's time of validity is over.", "交易已过有效期。"
)
"""Block time is after valid-until; the bytes can never execute any more."""

GROUP_REFUSED: Final = RefusalCode(
    "group_refused",
    RefusalClass.CONFLICT,
    "Another member of the group was refused, so nothing happened.",
    "同组的另一笔交易被拒绝，因此整组未执行。",
)
"""Final for a member that names the group; a member that does not may still execute alone."""

MEMBER_ALREADY_EXECUTED: Final = RefusalCode(
    "member_already_executed",
    RefusalClass.CONFLICT,
    "A member of the group was executed before, outside this group.",
    "组内成员已在该组之外执行过。",
)
"""A group executes all or none; a part of it that is already final makes it none."""

REFUSALS: Final = (EXPIRED, NOT_YET_VALID, MEMBER_ALREADY_EXECUTED, long_ids.TOO_MANY_LONG_IDS, GROUP_REFUSED)
"""Refusals of this module."""


class _Progress(codec.Record, frozen=True):
    """Where the machine stands; kept beside every checkpoint."""

    height: int
    time_ms: int
    commitment_bytes: bytes
    log_size: int
    log_peaks: tuple[bytes, ...]


class _Run(msgspec.Struct, frozen=True, gc=False):
    """What one member did when it ran."""

    outcome: str
    detail: str
    signers: authority.Signers
    """Empty where the envelope was not authorised: then nothing becomes final, or anyone could burn another's id."""
    entries: list[EntryDraft]
    view_keys: list[bytes]
    """For each entry, the view key of its account."""


class _Block(NamedTuple):
    """The block under way."""

    height: int
    time_ms: int
    drafts: LeafDrafts


_MOVES_MONEY: Final = frozenset({Power.MOVE, Power.ISSUE})
_GROUP_REFUSED: Final = GROUP_REFUSED.code
PROGRESS_KEY: Final = b"progress"
"""Key, in the family :data:`payport.ledger.digest.META`, of where the machine stands."""


def encode_progress(commitment: Commitment, log: merkle.Frontier) -> bytes:
    """Return what is kept of where a machine stands after a block; ``log`` holds the commitments before it."""
    progress = _Progress(commitment.height, commitment.time_ms, codec.encode(commitment), log.size, tuple(log.peaks))
    return codec.encode(progress)


class Machine:
    """The deterministic ledger of one node."""

    def __init__(self, genesis: genesis_module.Genesis, state: State) -> None:
        """Continue from ``state``; an empty one gets genesis as height 0. Raises ``protocol_not_known``."""
        self.genesis: Final = genesis
        self.chain_id: Final = genesis.chain_id
        self.state: Final = state
        self.webauthn: Final = WebAuthnPolicy(genesis.rp_ids, genesis.origins)
        self.signatures_checked = 0
        """Signatures checked since the process began; nothing in the ledger depends on it."""
        self._digest = StateDigest(state)
        stored = state.base.get(META, PROGRESS_KEY)
        if stored is not None:
            progress = codec.decode(stored, _Progress)
            self.height = progress.height
            self.time_ms = progress.time_ms
            self.commitment_bytes = progress.commitment_bytes
            self._log = merkle.Frontier(progress.log_size, progress.log_peaks)
            self.protocol = parameters.protocol_version(state, self.height + 1)
            return
        self._log = merkle.Frontier()
        self.height = 0
        self.time_ms = genesis.time_ms
        genesis_module.apply_genesis(state, genesis)
        self.commitment_bytes = b""
        self.protocol = parameters.protocol_version(state, 0)
        """Version of the rules of the next block."""
        if self.protocol > PROTOCOL_VERSION:
            PROTOCOL_NOT_KNOWN.refuse(f"genesis asks for version {self.protocol}, known are 1 to {PROTOCOL_VERSION}")
        self._close(0, genesis.time_ms, (), ())

    def require_known_rules(self) -> None:
        """Raise :class:`~payport.ledger.protocol.ProtocolUnknownError` unless this program knows the next block's."""
        require_known(self.protocol, self.height + 1)

    def read_item(self, encoded: Sequence[bytes]) -> admission.Item:
        """Decode a transaction or group and check it by itself; raises a refusal that is not final."""
        return admission.read_item(self.chain_id, encoded, self.protocol)

    def verify_items(self, items: Sequence[admission.Item], threads: int = 1) -> list[Refusal | None]:
        """Check all signatures; see :func:`payport.ledger.verification.verify_items`."""
        checked = verification.check_items(items, self.webauthn, threads)
        self.signatures_checked += checked.signatures
        return checked.verdicts

    def fetch(self, items: Sequence[admission.Item]) -> read_ahead.Fetched:
        """Read what these items will look at; any thread may. See :mod:`payport.ledger.read_ahead`."""
        return read_ahead.fetch(self.state, items)

    def read_ahead(self, items: Sequence[admission.Item]) -> None:
        """Have in memory what these items will look at."""
        read_ahead.take_in(self.fetch(items))

    def recall(self, item: admission.Item) -> tuple[Outcome, ...] | None:
        """Return the original outcomes where every member is remembered, else ``None``."""
        found = []
        remembered_ids = ids.table(self.state)
        for member in item.members:
            remembered = remembered_ids.get(member.id_place)
            if remembered is None:
                return None
            found.append(_repeat(member, remembered))
        return tuple(found)

    def admit(self, item: admission.Item, now_ms: int) -> None:
        """Refuse at the door what could not execute now: not final, and binding on no one."""
        for member in item.members:
            _require_window(member.transaction, now_ms)
            sender = member.transaction.sender
            if isinstance(sender, str):
                institutions.require(self.state, sender)
            else:
                accounts.require(self.state, sender)

    def execute(self, height: int, time_ms: int, items: Sequence[admission.Item]) -> Executed:
        """Execute one block; signatures have been verified. Laws are asserted before anything is returned.

        Raises :class:`~payport.ledger.protocol.ProtocolUnknownError` before anything is changed.
        """
        self.require_known_rules()
        assert height == self.height + 1, "blocks follow each other"
        assert time_ms > self.time_ms, "block time moves forward"
        under_way = _Block(height, time_ms, LeafDrafts())
        self._begin(under_way)
        outcomes = tuple([self._execute_item(item, under_way) for item in items])
        entries = under_way.drafts.entries
        if entries:
            counters.add_entries(self.state, len(entries))
        encoded_leaves = under_way.drafts.encode()
        commitment = self._close(height, time_ms, encoded_leaves, entries)
        block = Block(height, time_ms, tuple([item.envelopes for item in items]))
        return Executed(block, outcomes, encoded_leaves, commitment, self.commitment_bytes)

    def _begin(self, block: _Block) -> None:
        """Remember the last commitment, drop past ids, and sweep what is due, each expiry with a leaf of its own."""
        time_ms = block.time_ms
        digest = commitment_hash(self.commitment_bytes)
        for bucket in ids.past_buckets(self.time_ms, time_ms):
            dropped = ids.table(self.state).drop_bucket(bucket)
            self.state.note_all_pending(ids.FAMILY.name, dict.fromkeys(dropped))
            self._digest.drop_bucket(ids.FAMILY.name, bucket)
        commitments.append(self.state, self.height, digest)
        self._log.append(merkle.leaf_hash(digest))
        for expiry in dues.sweep(self.state, time_ms):
            block.drafts.add_expiry(ExpiryDraft(*expiry), accounts.require(self.state, expiry.account).view_key)

    def _close(
        self, height: int, time_ms: int, block_leaves: tuple[bytes, ...], entries: Sequence[EntryDraft]
    ) -> Commitment:
        """Assert the laws, bring the digest up to date and commit to the block."""
        changes = self.state.close_block()
        law.assert_block(law.BlockView(self.state, changes, entries, self.protocol))
        self._digest.update(changes)
        commitment = Commitment(
            chain_id=self.chain_id,
            height=height,
            time_ms=time_ms,
            protocol=fingerprint(self.protocol),
            leaf_count=len(block_leaves),
            receipts_root=_native.merkle_root(block_leaves),
            state_digest=self._digest.value(),
            history_root=self._log.root(),
        )
        self.height = height
        self.time_ms = time_ms
        self.protocol = parameters.protocol_version(self.state, height + 1)
        self.commitment_bytes = codec.encode(commitment)
        self.state.note_pending(META, PROGRESS_KEY, encode_progress(commitment, self._log))
        return commitment

    def _execute_item(self, item: admission.Item, block: _Block) -> tuple[Outcome, ...]:
        """Run a transaction or group, write its leaves, and remember what became final."""
        if len(item.members) > 1:
            return self._execute_group(item, block)
        member = item.members[0]
        remembered = ids.table(self.state).get(member.id_place)
        if remembered is not None:
            return (_repeat(member, remembered),)
        self.state.begin_item()
        run = self._run(member, block, len(block.drafts), alone=True)
        if run.outcome != COMMITTED:
            self.state.undo_item()
        return (self._finish(member, run, block),)

    def _execute_group(self, item: admission.Item, block: _Block) -> tuple[Outcome, ...]:
        """Run the members of a group, all or none."""
        repeated = self.recall(item)
        if repeated is not None:
            return repeated
        self.state.begin_item()
        runs: list[_Run] = []
        next_leaf = len(block.drafts)
        for member in item.members:
            run = self._run(member, block, next_leaf, alone=False)
            runs.append(run)
            next_leaf += 1 + len(run.entries)
            if run.outcome != COMMITTED:
                break
        if runs[-1].outcome == COMMITTED:
            return tuple(self._finish(member, run, block) for member, run in zip(item.members, runs, strict=True))
        self.state.undo_item()
        return self._refuse_group(item, runs[-1], len(runs) - 1, block)

    def _refuse_group(
        self, item: admission.Item, failed: _Run, failed_index: int, block: _Block
    ) -> tuple[Outcome, ...]:
        """Record the refusal of the member that failed, and of those that can only execute in this group."""
        outcomes = []
        for index, member in enumerate(item.members):
            if index == failed_index and failed.outcome != MEMBER_ALREADY_EXECUTED.code:
                outcomes.append(self._finish(member, failed, block))
            elif index == failed_index or member.transaction.group is None or not failed.signers:
                outcomes.append(Outcome(member.transaction_id, _GROUP_REFUSED, False, block.height, -1, False, ""))
            else:
                outcomes.append(self._finish(member, _Run(_GROUP_REFUSED, "", (), [], []), block))
        return tuple(outcomes)

    def _run(self, member: admission.Member, block: _Block, leaf_index: int, *, alone: bool) -> _Run:
        """Authorise and apply one member; a refusal leaves the state as it was."""
        signers: authority.Signers = ()
        context = Context(block.height, block.time_ms, leaf_index, member.transaction_id)
        transaction, verb = member.transaction, member.verb
        try:
            _require_window(transaction, block.time_ms)
            if not alone and ids.table(self.state).get(member.id_place) is not None:
                MEMBER_ALREADY_EXECUTED.refuse()
            if long_ids.is_long(transaction.valid_until_ms, block.time_ms):
                # Before anybody is found to have signed it: what is refused here is not remembered.
                long_ids.require_room(self.state, transaction.sender, block.time_ms)
            signers = authority.authorise(self.state, verb, transaction, member.envelope, context)
            authority.require_validity(transaction.valid_until_ms - transaction.valid_from_ms, context)
            verb.apply(transaction, self.state, context)
            if context.proposal is not None:
                proposals.conclude(self.state, context.proposal)
        except Refusal as refusal:
            assert not context.changes, "a refusal is raised before the first write"
            return _Run(refusal.code, refusal.detail, signers, [], [])
        if not context.changes:
            return _Run(COMMITTED, "", signers, [], [])
        assert verb.powers & _MOVES_MONEY, f"{verb.kind} may not touch balances"
        return _Run(COMMITTED, "", signers, *self._write_balances(context))

    def _write_balances(self, context: Context) -> tuple[list[EntryDraft], list[bytes]]:
        """Write the balance changes of one transaction as one numbered entry each; return these and their keys."""
        entries, view_keys = [], []
        state, transaction_id = self.state, context.transaction_id
        for place, change in context.changes.items():
            account = accounts.require(state, change.account)
            balance = balances.write(state, place, change.delta_minor)
            amount_minor, delta_minor = balance.amount_minor, change.delta_minor
            free_minor = amount_minor - balance.held_minor
            assert free_minor >= 0 or free_minor >= floors.floor_minor(state, account), "a verb moved what is not there"
            if (amount_minor == 0) != (amount_minor == delta_minor):
                accounts.count(state, change.account, holdings=1 if amount_minor else -1)
            draft = EntryDraft(
                change.account,
                change.asset,
                balance.entries,
                transaction_id,
                delta_minor,
                amount_minor,
                change.fee_minor,
            )
            entries.append(draft)
            view_keys.append(account.view_key)
        return entries, view_keys

    def _finish(self, member: admission.Member, run: _Run, block: _Block) -> Outcome:
        """Write a member's leaves and remember its id, if its sender authorised it or its group was refused."""
        index = len(block.drafts)
        transaction_id, code = member.transaction_id, run.outcome
        remember = bool(run.signers) or code == _GROUP_REFUSED
        signers = run.signers or tuple((each.public_key, "") for each in member.envelope.signatures)
        outcome = OutcomeDraft(transaction_id, code, member.signatures_hash, signers)
        block.drafts.add(outcome, run.entries, run.view_keys)
        if remember:
            remembered = ids.Remembered(block.height, index, code)
            ids.remember(self.state, member.id_place, remembered)
            if long_ids.is_long(member.transaction.valid_until_ms, block.time_ms):
                long_ids.count(self.state, member.transaction.sender, block.time_ms)
        final = remember or code == EXPIRED.code
        return Outcome(transaction_id, code, final, block.height, index, False, run.detail)


def _repeat(member: admission.Member, remembered: ids.Remembered) -> Outcome:
    return Outcome(member.transaction_id, remembered.code, True, remembered.height, remembered.leaf_index, True, "")


def _require_window(transaction: Any, time_ms: int) -> None:  # noqa: ANN401 - the common fields of any verb
    if time_ms > transaction.valid_until_ms:
        EXPIRED.refuse(f"valid until {transaction.valid_until_ms}, block time {time_ms}")
    if time_ms < transaction.valid_from_ms:
        NOT_YET_VALID.refuse(f"valid from {transaction.valid_from_ms}, block time {time_ms}")
