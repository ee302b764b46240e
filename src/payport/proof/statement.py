"""The statement file: consecutive lines of one account in one asset, each proven by its receipt, none left out.

``["payport-statement/1", account, asset, [receipt, ...]]``, canonical MessagePack; each receipt is a whole receipt file
(:mod:`payport.proof.receipt`) with the account's balance leaf in that asset. Entries are numbered by the ledger without
gaps, and each balance is the one before plus the change, so a line that is left out, added or moved is noticed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

from payport.proof import elements, messagepack
from payport.proof.leaves import ACCOUNT_BYTES
from payport.proof.messagepack import MALFORMED_RECEIPT
from payport.proof.receipt import MAX_RECEIPT_BYTES
from payport.proof.verify import verify_receipt
from payport.values.refusals import Refusal, RefusalClass, RefusalCode

if TYPE_CHECKING:
    from collections.abc import Sequence

    from payport.proof.trust import Trust
    from payport.proof.verify import BalanceChange, Verdict

FORMAT: Final = "payport-statement/1"
"""First element of every statement."""

MAX_LINES: Final = 1_000
"""Lines of one file: each takes a verifier some milliseconds. A longer statement is several files, which chain."""

MAX_STATEMENT_BYTES: Final = 32 * 1024 * 1024
"""A statement file; a line of an ordinary payment takes 2 KB."""

MALFORMED_STATEMENT: Final = RefusalCode(
    "malformed_statement",
    RefusalClass.MALFORMED,
    "The bytes are not a statement in its canonical form.",
    "数据不是规范格式的对账单。",
)
"""Raised for anything that cannot be read as exactly one statement; its receipts have refusals of their own."""

LINE_NOT_PROVEN: Final = RefusalCode(
    "line_not_proven",
    RefusalClass.MALFORMED,
    "The receipt of a line does not prove it.",
    "某一行的凭证无法证明该行。",
)
"""The receipt itself is refused (the detail says why), or holds no balance of this account and asset."""

STATEMENT_HAS_GAP: Final = RefusalCode(
    "statement_has_gap",
    RefusalClass.MALFORMED,
    "A line is missing, doubled or out of order.",
    "对账单存在缺失、重复或顺序错误的行。",
)
"""Entry numbers do not follow each other."""

BALANCE_DOES_NOT_CHAIN: Final = RefusalCode(
    "balance_does_not_chain",
    RefusalClass.MALFORMED,
    "A balance is not the one before it plus the change.",
    "某行余额不等于上一行余额加变动额。",
)
"""A ledger cannot prove such lines: one of them is of another ledger, or the first entry begins with money."""

REFUSALS: Final = (MALFORMED_STATEMENT, LINE_NOT_PROVEN, STATEMENT_HAS_GAP, BALANCE_DOES_NOT_CHAIN)
"""Refusals of this module, in order of precedence."""


class StatementFile(NamedTuple):
    """The container; encoded as an array of ``payport-statement/1`` and these fields."""

    account: bytes
    """Account id, 16 bytes."""
    asset: str
    """Asset."""
    receipts: tuple[bytes, ...]
    """One receipt file a line, in ascending order of entry."""


@dataclass(frozen=True, slots=True)
class Line:
    """One proven line."""

    verdict: Verdict
    """What its receipt proves."""
    change: BalanceChange
    """The change of this account's balance."""


@dataclass(frozen=True, slots=True)
class StatementVerdict:
    """What a statement proves."""

    account: bytes
    """Account id."""
    asset: str
    """Asset."""
    lines: tuple[Line, ...]
    """Every line, in order."""

    @property
    def opening_minor(self) -> int:
        """Balance before the first line, in minor units."""
        first = self.lines[0].change
        return first.balance_minor - first.delta_minor

    @property
    def closing_minor(self) -> int:
        """Balance after the last line, in minor units."""
        return self.lines[-1].change.balance_minor


def encode_statement(statement: StatementFile) -> bytes:
    """Encode a statement."""
    assert 1 <= len(statement.receipts) <= MAX_LINES, "a statement has lines, and not too many"
    return messagepack.encode((FORMAT, *statement))


def decode_statement(data: bytes) -> StatementFile:
    """Read a statement strictly; raises ``malformed_statement``."""
    if len(data) > MAX_STATEMENT_BYTES:
        MALFORMED_STATEMENT.refuse(f"{len(data)} bytes, at most {MAX_STATEMENT_BYTES}")
    try:
        form, account, asset, receipts = elements.array(messagepack.decode(data), "a statement", 4)
        lines = elements.array(receipts, "the receipts")
        found = StatementFile(
            elements.binary(account, "the account", ACCOUNT_BYTES),
            elements.text(asset, "the asset"),
            tuple(elements.binary(line, "a receipt") for line in lines),
        )
    except Refusal as refusal:
        if refusal.reason is not MALFORMED_RECEIPT:
            raise
        MALFORMED_STATEMENT.refuse(refusal.detail)
    if form != FORMAT:
        MALFORMED_STATEMENT.refuse(f"a statement begins with {FORMAT}")
    if not 1 <= len(found.receipts) <= MAX_LINES:
        MALFORMED_STATEMENT.refuse(f"{len(found.receipts)} lines, not 1 to {MAX_LINES}")
    if any(len(line) > MAX_RECEIPT_BYTES for line in found.receipts):
        MALFORMED_STATEMENT.refuse(f"a receipt has at most {MAX_RECEIPT_BYTES} bytes")
    return found


def verify_statement(files: Sequence[bytes], trust: Trust) -> StatementVerdict:
    """Check one statement, or several that continue each other; raises the refusal that names what is wrong."""
    read = [decode_statement(data) for data in files]
    assert read, "there is a file"
    account, asset = read[0].account, read[0].asset
    if any((each.account, each.asset) != (account, asset) for each in read):
        MALFORMED_STATEMENT.refuse("the files are of several accounts or assets")
    lines: list[Line] = []
    for number, encoded in enumerate((line for each in read for line in each.receipts), 1):
        line = _line(encoded, account, asset, trust, number)
        _require_next(lines[-1] if lines else None, line, number)
        lines.append(line)
    return StatementVerdict(account, asset, tuple(lines))


def _line(encoded: bytes, account: bytes, asset: str, trust: Trust, number: int) -> Line:
    """Return what the receipt of a line proves; raises ``line_not_proven``."""
    try:
        verdict = verify_receipt(encoded, trust)
    except Refusal as refusal:
        LINE_NOT_PROVEN.refuse(f"line {number}: {refusal}")
    changes = [change for change in verdict.balances if (change.account, change.asset) == (account, asset)]
    if len(changes) != 1:
        LINE_NOT_PROVEN.refuse(f"line {number}: {len(changes)} balances of the account in {asset}")
    return Line(verdict, changes[0])


def _require_next(before: Line | None, line: Line, number: int) -> None:
    """Insist that a line follows the one before it."""
    change = line.change
    opening_minor = change.balance_minor - change.delta_minor
    if before is None:
        if change.entry == 1 and opening_minor != 0:
            BALANCE_DOES_NOT_CHAIN.refuse(f"line {number}: the first entry of an account begins with {opening_minor}")
        return
    if change.entry != before.change.entry + 1 or line.verdict.height < before.verdict.height:
        STATEMENT_HAS_GAP.refuse(f"line {number}: entry {change.entry} after entry {before.change.entry}")
    if opening_minor != before.change.balance_minor:
        BALANCE_DOES_NOT_CHAIN.refuse(f"line {number}: {opening_minor} after {before.change.balance_minor}")
