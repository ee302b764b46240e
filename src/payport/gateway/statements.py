"""Statements: every change of one balance, numbered without gaps: as JSON, as a table for spreadsheets, as a proof."""

from __future__ import annotations

import asyncio
import csv
import io
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING, Annotated, Any, Final

import msgspec
from litestar import Request, Response, get
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import Parameter
from litestar.response import Stream

from payport.gateway import pages
from payport.gateway.access.accounts import require_account
from payport.gateway.access.paths import AccountPath
from payport.gateway.accounts import DEFAULT_PAGE, READ, READERS, Cursor, PageLimit
from payport.gateway.port import Port
from payport.gateway.problems import PROOF, refuses
from payport.history.paging import MAX_PAGE, Period
from payport.history.verified import narrowed
from payport.ledger import receipt
from payport.proof.statement import StatementFile, encode_statement
from payport.values.refusals import RefusalClass, RefusalCode

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from payport.history.index import Entry
    from payport.history.verified import VerifiedBlock

STATEMENT_TOO_LONG: Final = RefusalCode(
    "statement_too_long",
    RefusalClass.LIMIT,
    "The statement has more lines than one table holds; ask for a shorter period.",
    "对账单行数超过单个表格的上限，请缩短期间。",
)
"""Nothing is left out silently."""

NO_LINES: Final = RefusalCode(
    "no_lines", RefusalClass.NOT_FOUND, "The statement has no line in this period.", "该期间内对账单没有记录。"
)
"""There is nothing to prove."""

REFUSALS: Final = (STATEMENT_TOO_LONG, NO_LINES)
"""Refusals of this module."""

CSV_TYPE: Final = "text/csv"
"""Media type of a table (RFC 4180), in UTF-8 without a byte order mark."""

PROOF_TYPE: Final = "application/vnd.payport.statement"
"""Media type of a statement file."""

NEXT_HEADER: Final = "Payport-Next"
"""Header of a statement file that does not reach the end: ``after`` of the next one."""

MAX_TABLE_LINES: Final = 100_000
"""Lines of one table: more than a spreadsheet is read by people for, and some seconds of work."""

HEADER: Final = (
    "entry",
    "time",
    "kind",
    "transaction_id",
    "counterparty",
    "order_id",
    "asset",
    "change_minor",
    "fee_minor",
    "balance_minor",
)
"""First line of a table."""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_STARTS_A_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")

AssetQuery = Annotated[
    str,
    Parameter(
        pattern="^([A-Z]{3}|[a-z][a-z0-9-]{1,15}:[A-Z0-9]{1,12})$", description="ISO 4217 code, or `issuer:CODE`."
    ),
]
"""Of which asset a statement is."""

AfterCursor = Annotated[
    int | None,
    Parameter(ge=0, le=2**53 - 1, description=f"The `{NEXT_HEADER}` of the file before: the next one continues it."),
]
"""Where a statement file begins."""


class EntryView(msgspec.Struct, frozen=True):
    """One line of a statement."""

    entry: int
    """Its number; they have no gaps."""
    time_ms: int
    """Block time."""
    delta_minor: int
    """Change in minor units."""
    balance_minor: int
    """Balance afterwards."""
    fee_minor: int
    """Fee in it."""
    transaction_id: str
    """Transaction that made it."""
    kind: str
    """Its verb and version."""
    counterparty: str | None
    """Account at the other end; ``None`` where this account only shares in a fee."""
    order_id: str | None
    """Number of the order it paid."""


class Statement(msgspec.Struct, frozen=True):
    """A page of a statement, newest first."""

    asset: str
    """Asset."""
    entries: list[EntryView]
    """Lines."""
    next: int | None
    """Cursor of the next page; ``None`` on the last."""


def _told(row: Entry) -> EntryView:
    return EntryView(
        entry=row.entry,
        time_ms=row.time_ms,
        delta_minor=row.delta_minor,
        balance_minor=row.balance_minor,
        fee_minor=row.fee_minor,
        transaction_id=row.transaction_id.hex(),
        kind=row.kind,
        counterparty=pages.hex_or_none(row.counterparty),
        order_id=row.order_id,
    )


@get("/accounts/{account:str}/statement", **READERS, responses=pages.LISTS)
async def show(
    request: Request[Any, Any, Any],
    account: AccountPath,
    port: Port,
    asset: AssetQuery = "CNY",
    limit: PageLimit = DEFAULT_PAGE,
    before: Cursor = None,
    from_ms: pages.FromTime = None,
    until_ms: pages.UntilTime = None,
) -> Statement:
    """Show an account's statement in one asset, newest first, with the balance after each line."""
    readable = await require_account(request, port, account)
    period = pages.period(from_ms, until_ms)
    rows = await port.index.entries(readable.account, asset, limit + 1, before, period=period)
    found = [_told(row) for row in rows[:limit]]
    return Statement(asset, found, rows[limit - 1].sequence if len(rows) > limit else None)


def _cell(text: str | None) -> str:
    """Return a text as a cell that no spreadsheet takes for a formula."""
    text = text or ""
    return f"'{text}" if text.startswith(_STARTS_A_FORMULA) else text


def _line(cells: tuple[str | int, ...]) -> bytes:
    out = io.StringIO()
    csv.writer(out).writerow(cells)
    return out.getvalue().encode()


def table_line(row: Entry) -> bytes:
    """Return a line of the table. Numbers stay numbers, also below zero; texts are escaped."""
    time = (_EPOCH + timedelta(milliseconds=row.time_ms)).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return _line(
        (
            row.entry,
            time,
            _cell(row.kind),
            row.transaction_id.hex(),
            pages.hex_or_none(row.counterparty) or "",
            _cell(row.order_id),
            _cell(row.asset),
            row.delta_minor,
            row.fee_minor,
            row.balance_minor,
        )
    )


async def _table(port: Port, account: bytes, asset: str, period: Period) -> AsyncIterator[bytes]:
    """Yield the table, oldest line first, a page of lines at a time."""
    yield _line(HEADER)
    after = 0
    while rows := await port.index.entries(account, asset, MAX_PAGE, after=after, period=period):
        yield b"".join(map(table_line, rows))
        after = rows[-1].sequence


@get(
    "/accounts/{account:str}/statement/csv",
    **READERS,
    media_type=CSV_TYPE,
    responses={
        **refuses(*READ, STATEMENT_TOO_LONG),
        int(HTTPStatus.OK): ResponseSpec(
            str, generate_examples=False, description="The table, oldest line first.", media_type=CSV_TYPE
        ),
    },
)
async def table(
    request: Request[Any, Any, Any],
    account: AccountPath,
    port: Port,
    asset: AssetQuery = "CNY",
    from_ms: pages.FromTime = None,
    until_ms: pages.UntilTime = None,
) -> Stream:
    """Return a statement as CSV for spreadsheets: a header line, then one line an entry with the balance after it."""
    readable = await require_account(request, port, account)
    period = pages.period(from_ms, until_ms)
    if await port.index.count_entries(readable.account, asset, MAX_TABLE_LINES + 1, period) > MAX_TABLE_LINES:
        STATEMENT_TOO_LONG.refuse(f"at most {MAX_TABLE_LINES}")
    name = f'attachment; filename="statement-{account[:8]}-{asset.replace(":", "-")}.csv"'
    return Stream(
        _table(port, readable.account, asset, period),
        media_type=f"{CSV_TYPE}; charset=utf-8; header=present",
        headers={"Content-Disposition": name},
    )


def _receipts(rows: list[Entry], blocks: dict[int, VerifiedBlock], account: bytes) -> tuple[bytes, ...]:
    """Return the receipt of each line; a block is read once, however many of the lines it made."""
    leaf_indices: dict[int, list[int]] = {}
    for row in rows:
        leaf_indices.setdefault(row.height, []).append(row.leaf_index)
    proven = {height: narrowed(blocks[height], *indices) for height, indices in leaf_indices.items()}
    return tuple(receipt.assemble(proven[row.height], row.transaction_id, account) for row in rows)


@get(
    "/accounts/{account:str}/statement/proof",
    **READERS,
    media_type=PROOF_TYPE,
    responses={
        **refuses(*READ, NO_LINES, receipt.NO_RECEIPT, *PROOF),
        int(HTTPStatus.OK): ResponseSpec(
            bytes, generate_examples=False, description="The statement file.", media_type=PROOF_TYPE
        ),
    },
)
async def prove(
    request: Request[Any, Any, Any],
    account: AccountPath,
    port: Port,
    asset: AssetQuery = "CNY",
    limit: PageLimit = MAX_PAGE,
    after: AfterCursor = None,
    from_ms: pages.FromTime = None,
    until_ms: pages.UntilTime = None,
) -> Response[bytes]:
    """Return a statement as a file that proves each line and that none is missing, without a network.

    Where the header `Payport-Next` is set, another file continues this one.
    """
    readable = await require_account(request, port, account)
    period = pages.period(from_ms, until_ms)
    rows = await port.index.entries(readable.account, asset, limit + 1, after=after or 0, period=period)
    if not rows:
        NO_LINES.refuse()
    more, rows = len(rows) > limit, rows[:limit]
    blocks = {height: await port.blocks.at(height) for height in dict.fromkeys(row.height for row in rows)}
    # Each receipt walks a whole block, so this holds up nobody else.
    receipts = await asyncio.to_thread(_receipts, rows, blocks, readable.account)
    name = f'attachment; filename="statement-{account[:8]}-{rows[0].entry}-{rows[-1].entry}.payport-statement"'
    following = {NEXT_HEADER: str(rows[-1].sequence)} if more else {}
    return Response(
        encode_statement(StatementFile(readable.account, asset, receipts)),
        media_type=PROOF_TYPE,
        headers={"Content-Disposition": name, **following},
    )


ROUTES: Final = (show, table, prove)
"""Routes of this resource."""
