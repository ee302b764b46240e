"""The state machine: previous state and a block give the next state, receipt leaves and a commitment."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from payport import _native
from payport.ledger import admission, authority, verification
from payport.ledger import genesis as genesis_module
from payport.ledger.block import COMMITTED, Block, Executed, Outcome
from payport.ledger.digest import META, StateDigest
from payport.ledger.invariants import law
from payport.ledger.protocol import fingerprint
from payport.ledger.state import accounts, balances, commitments, counters, dues, floors, ids, institutions
from payport.ledger.transaction import Context, Power
from payport.proof import leaves, merkle
from payport.proof.commitment import Commitment, commitment_hash
from payport.values import codec, envelopes
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

REFUSALS: Final = (EXPIRED, NOT_YET_VALID, MEMBER_ALREADY_EXECUTED, GROUP_REFUSED)
"""Refusals of this module."""


class _Progress(codec.Record, frozen=True):
    """Where the machine stands; kept beside every checkpoint."""

    height: int
    time_ms: int
    commitment_bytes: bytes
    log_size: int
    log_peaks: tuple[bytes, ...]


class _Run(NamedTuple):
    """What one member did when it ran."""

    outcome: str
    detail: str
    signers: authority.Signers
    """Empty where the envelope was not authorised: then nothing becomes final, or anyone could burn another's id."""
    entries: tuple[leaves.BalanceLeaf, ...]


_PROGRESS_KEY: Final = b"progress"


class Machine:
    """The deterministic ledger of one node."""

    def __init__(self, genesis: genesis_module.Genesis, state: State) -> None:
        """Continue from ``state``; an empty one gets genesis as height 0."""
        self.genesis: Final = genesis
        self.chain_id: Final = genesis.chain_id
        self.state: Final = state
        self.webauthn: Final = WebAuthnPolicy(genesis.rp_ids, genesis.origins)
        self._digest = StateDigest(state)
        stored = state.base.get(META, _PROGRESS_KEY)
        if stored is not None:
            progress = codec.decode(stored, _Progress)
            self.height = progress.height
            self.time_ms = progress.time_ms
            self.commitment_bytes = progress.commitment_bytes
            self._log = merkle.Frontier(progress.log_size, progress.log_peaks)
            return
        self._log = merkle.Frontier()
        self.height = 0
        self.time_ms = genesis.time_ms
        genesis_module.apply_genesis(state, genesis)
        self.commitment_bytes = b""
        self._close(0, genesis.time_ms, (), ())

    def read_item(self, encoded: Sequence[bytes]) -> admission.Item:
        """Decode a transaction or group and check it by itself; raises a refusal that is not final."""
        return admission.read_item(self.chain_id, encoded)

    def verify_items(self, items: Sequence[admission.Item], threads: int = 1) -> list[Refusal | None]:
        """Check all signatures; see :func:`payport.ledger.verification.verify_items`."""
        return verification.verify_items(items, self.webauthn, threads)

    def recall(self, item: admission.Item) -> tuple[Outcome, ...] | None:
        """Return the original outcomes where every member is remembered, else ``None``."""
        found = []
        for member in item.members:
            remembered = ids.recall(self.state, member.transaction_id, member.transaction.valid_until_ms)
            if remembered is None:
                return None
            found.append(_repeat(member, remembered))
        return tuple(found)

    def admit(self, item: admission.Item, now_ms: int) -> None:
        """Refuse at the door what could not execute now: not final, and binding on no one."""
        for member in item.members:
            _require_window(member, now_ms)
            sender = member.transaction.sender
            if isinstance(sender, str):
                institutions.require(self.state, sender)
            else:
                accounts.require(self.state, sender)

    def execute(self, height: int, time_ms: int, items: Sequence[admission.Item]) -> Executed:
        """Execute one block; signatures have been verified. Laws are asserted before anything is returned."""
        assert height == self.height + 1, "blocks follow each other"
        assert time_ms > self.time_ms, "block time moves forward"
        self._begin(time_ms)
        block_leaves: list[bytes] = []
        entries: list[leaves.BalanceLeaf] = []
        outcomes = tuple(self._execute_item(item, height, time_ms, block_leaves, entries) for item in items)
        if entries:
            counters.add_entries(self.state, len(entries))
        commitment = self._close(height, time_ms, tuple(block_leaves), tuple(entries))
        block = Block(height, time_ms, tuple(item.envelopes for item in items))
        return Executed(block, outcomes, tuple(block_leaves), commitment, self.commitment_bytes)

    def _begin(self, time_ms: int) -> None:
        """Remember the last commitment, drop past ids, and sweep what is due."""
        digest = commitment_hash(self.commitment_bytes)
        for bucket in ids.past_buckets(self.time_ms, time_ms):
            for key in ids.table(self.state).drop_bucket(bucket):
                self.state.note_pending(ids.FAMILY.name, key, None)
            self._digest.drop_bucket(ids.FAMILY.name, bucket)
        commitments.append(self.state, self.height, digest)
        self._log.append(merkle.leaf_hash(digest))
        dues.sweep(self.state, time_ms)

    def _close(
        self, height: int, time_ms: int, block_leaves: tuple[bytes, ...], entries: tuple[leaves.BalanceLeaf, ...]
    ) -> Commitment:
        """Assert the laws, bring the digest up to date and commit to the block."""
        changes = self.state.close_block()
        law.assert_block(law.BlockView(self.state, changes, entries))
        self._digest.update(changes)
        commitment = Commitment(
            chain_id=self.chain_id,
            height=height,
            time_ms=time_ms,
            protocol=fingerprint(),
            leaf_count=len(block_leaves),
            receipts_root=_native.merkle_root(block_leaves),
            state_digest=self._digest.value(),
            history_root=self._log.root(),
        )
        self.height = height
        self.time_ms = time_ms
        self.commitment_bytes = codec.encode(commitment)
        progress = _Progress(height, time_ms, self.commitment_bytes, self._log.size, tuple(self._log.peaks))
        self.state.note_pending(META, _PROGRESS_KEY, codec.encode(progress))
        return commitment

    def _execute_item(
        self,
        item: admission.Item,
        height: int,
        time_ms: int,
        block_leaves: list[bytes],
        entries: list[leaves.BalanceLeaf],
    ) -> tuple[Outcome, ...]:
        """Run a transaction or group, write its leaves, and remember what became final."""
        repeated = self.recall(item)
        if repeated is not None:
            return repeated
        self.state.begin_item()
        runs: list[_Run] = []
        next_leaf = len(block_leaves)
        for member in item.members:
            run = self._run(member, Context(height, time_ms, next_leaf, member.transaction_id))
            runs.append(run)
            next_leaf += 1 + len(run.entries)
            if run.outcome != COMMITTED:
                break
        if runs[-1].outcome == COMMITTED:
            return tuple(
                self._finish(member, run, height, block_leaves, entries)
                for member, run in zip(item.members, runs, strict=True)
            )
        self.state.undo_item()
        return self._refuse_group(item, runs[-1], len(runs) - 1, height, block_leaves)

    def _refuse_group(
        self, item: admission.Item, failed: _Run, failed_index: int, height: int, block_leaves: list[bytes]
    ) -> tuple[Outcome, ...]:
        """Record the refusal of the member that failed, and of those that can only execute in this group."""
        outcomes = []
        for index, member in enumerate(item.members):
            if index == failed_index and failed.outcome != MEMBER_ALREADY_EXECUTED.code:
                outcomes.append(self._finish(member, failed, height, block_leaves, []))
            elif index == failed_index or member.transaction.group is None or not failed.signers:
                outcomes.append(Outcome(member.transaction_id, GROUP_REFUSED.code, False, height, -1, False, ""))
            else:
                run = _Run(GROUP_REFUSED.code, "", (), ())
                outcomes.append(self._finish(member, run, height, block_leaves, []))
        return tuple(outcomes)

    def _run(self, member: admission.Member, context: Context) -> _Run:
        """Authorise and apply one member; a refusal leaves the state as it was."""
        signers: authority.Signers = ()
        try:
            _require_window(member, context.time_ms)
            until = member.transaction.valid_until_ms
            if ids.recall(self.state, member.transaction_id, until) is not None:
                MEMBER_ALREADY_EXECUTED.refuse()
            signers = authority.authorise(self.state, member.verb, member.transaction.sender, member.envelope, context)
            span_ms = member.transaction.valid_until_ms - member.transaction.valid_from_ms
            authority.require_validity(span_ms, context)
            member.verb.apply(member.transaction, self.state, context)
        except Refusal as refusal:
            assert not context.changes, "a refusal is raised before the first write"
            return _Run(refusal.code, refusal.detail, signers, ())
        return _Run(COMMITTED, "", signers, self._write_balances(member, context))

    def _write_balances(self, member: admission.Member, context: Context) -> tuple[leaves.BalanceLeaf, ...]:
        """Write the balance changes of one transaction as one numbered entry each."""
        if context.changes:
            assert member.verb.powers & {Power.MOVE, Power.ISSUE}, f"{member.verb.kind} may not touch balances"
        entries = []
        for (account_id, asset), change in context.changes.items():
            account = accounts.require(self.state, account_id)
            balance = balances.write(self.state, account_id, asset, change.delta_minor)
            assert balance.amount_minor >= floors.floor_minor(self.state, account), "a verb moved what is not there"
            entries.append(
                leaves.BalanceLeaf(
                    account_id,
                    asset,
                    balance.entries,
                    context.transaction_id,
                    change.delta_minor,
                    balance.amount_minor,
                    change.fee_minor,
                    leaves.salt(account.view_key, context.transaction_id),
                )
            )
        return tuple(entries)

    def _finish(
        self,
        member: admission.Member,
        run: _Run,
        height: int,
        block_leaves: list[bytes],
        entries: list[leaves.BalanceLeaf],
    ) -> Outcome:
        """Write a member's leaves and remember its id, if its sender authorised it or its group was refused."""
        index = len(block_leaves)
        remember = bool(run.signers) or run.outcome == GROUP_REFUSED.code
        signers = run.signers or tuple((each.public_key, "") for each in member.envelope.signatures)
        signatures = envelopes.signatures_hash(member.envelope.signatures)
        outcome = leaves.OutcomeLeaf(member.transaction_id, run.outcome, signatures, signers)
        block_leaves.append(codec.encode((leaves.OUTCOME_KIND, *outcome)))
        block_leaves.extend(codec.encode((leaves.BALANCE_KIND, *entry)) for entry in run.entries)
        entries.extend(run.entries)
        if remember:
            remembered = ids.Remembered(height, index, run.outcome)
            ids.remember(self.state, member.transaction_id, member.transaction.valid_until_ms, remembered)
        final = remember or run.outcome == EXPIRED.code
        return Outcome(member.transaction_id, run.outcome, final, height, index, False, run.detail)


def _repeat(member: admission.Member, remembered: ids.Remembered) -> Outcome:
    return Outcome(member.transaction_id, remembered.code, True, remembered.height, remembered.leaf_index, True, "")


def _require_window(member: admission.Member, time_ms: int) -> None:
    if time_ms > member.transaction.valid_until_ms:
        EXPIRED.refuse(f"valid until {member.transaction.valid_until_ms}, block time {time_ms}")
    if time_ms < member.transaction.valid_from_ms:
        NOT_YET_VALID.refuse(f"valid from {member.transaction.valid_from_ms}, block time {time_ms}")
