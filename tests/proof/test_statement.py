"""A statement proves every line and that none is missing; whatever is left out, moved or invented is named."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payport.proof import leaves, messagepack
from payport.proof.leaves import BalanceLeaf
from payport.proof.receipt import encode_receipt
from payport.proof.statement import (
    FORMAT,
    MAX_LINES,
    MAX_STATEMENT_BYTES,
    StatementFile,
    decode_statement,
    encode_statement,
    verify_statement,
)
from payport.values.refusals import Refusal
from tests.proof.build import TRUST, body, built, receipt_of

ACCOUNT = b"\x0a" * 16


def line(entry: int, delta_minor: int, balance_minor: int, *, account: bytes = ACCOUNT, asset: str = "CNY") -> bytes:
    """Return the receipt of a transaction that made one entry."""
    parts = built(body(nonce=entry.to_bytes(16, "big")))
    identifier = parts.outcome.transaction_id
    salt = leaves.salt(b"view", identifier)
    own = BalanceLeaf(account, asset, entry, identifier, delta_minor, balance_minor, 0, salt)
    return encode_receipt(receipt_of(parts._replace(balances=[own])))


LINES = (line(1, 500, 500), line(2, -120, 380), line(3, 20, 400), line(4, -400, 0))


def of(*receipts: bytes, account: bytes = ACCOUNT, asset: str = "CNY") -> bytes:
    return encode_statement(StatementFile(account, asset, receipts))


def refused(*files: bytes) -> str:
    with pytest.raises(Refusal) as caught:
        verify_statement(files, TRUST)
    return caught.value.code


def test_every_line_is_proven_and_chained() -> None:
    verdict = verify_statement([of(*LINES)], TRUST)
    assert [each.change.entry for each in verdict.lines] == [1, 2, 3, 4]
    assert (verdict.opening_minor, verdict.closing_minor) == (0, 0)
    middle = verify_statement([of(*LINES[1:3])], TRUST)
    assert (middle.opening_minor, middle.closing_minor) == (500, 400)
    assert verify_statement([of(*LINES[:2]), of(*LINES[2:])], TRUST).lines == verdict.lines


@pytest.mark.parametrize(
    ("files", "code"),
    [
        ([of(LINES[0], LINES[2])], "statement_has_gap"),
        ([of(LINES[1], LINES[0])], "statement_has_gap"),
        ([of(LINES[0], LINES[0])], "statement_has_gap"),
        ([of(*LINES[:2]), of(LINES[3])], "statement_has_gap"),
        ([of(LINES[0], line(2, -120, 381))], "balance_does_not_chain"),
        ([of(line(1, 500, 501))], "balance_does_not_chain"),
        ([of(line(1, 500, 500, account=b"\x0c" * 16))], "line_not_proven"),
        ([of(line(1, 500, 500, asset="HKD"))], "line_not_proven"),
        ([of(LINES[0][:-1] + bytes([LINES[0][-1] ^ 1]))], "line_not_proven"),
        ([of(b"no receipt")], "line_not_proven"),
        ([of(*LINES), of(LINES[0], account=b"\x0c" * 16)], "malformed_statement"),
        ([of(*LINES), of(LINES[0], asset="HKD")], "malformed_statement"),
    ],
)
def test_what_is_missing_moved_or_invented_is_named(files: list[bytes], code: str) -> None:
    assert refused(*files) == code


def test_a_receipt_without_the_accounts_balance_proves_no_line() -> None:
    assert refused(of(encode_receipt(receipt_of(built()._replace(balances=[]))))) == "line_not_proven"


@pytest.mark.parametrize(
    "value",
    [
        (),
        ("payport-statement/2", ACCOUNT, "CNY", LINES),
        (FORMAT, ACCOUNT[:-1], "CNY", LINES),
        (FORMAT, ACCOUNT, "C\nY", LINES),
        (FORMAT, ACCOUNT, "CNY", ()),
        (FORMAT, ACCOUNT, "CNY", [b""] * (MAX_LINES + 1)),
        (FORMAT, ACCOUNT, "CNY", [bytes(128 * 1024 + 1)]),
        (FORMAT, ACCOUNT, "CNY", ["text"]),
        (FORMAT, ACCOUNT, "CNY", LINES, 1),
    ],
)
def test_another_form_is_refused(value: Any) -> None:
    assert refused(messagepack.encode(value)) == "malformed_statement"


def test_what_is_no_statement_is_refused() -> None:
    for data in (b"", b"\xc1", of(*LINES)[:-1], of(*LINES) + b"\xc0", bytes(MAX_STATEMENT_BYTES + 1)):
        assert refused(data) == "malformed_statement"


@given(place=st.integers(0, len(of(*LINES)) - 1), bit=st.integers(0, 7))
def test_no_flipped_bit_is_believed(place: int, bit: int) -> None:
    data = bytearray(of(*LINES))
    data[place] ^= 1 << bit
    with pytest.raises(Refusal):
        verify_statement([bytes(data)], TRUST)


def test_reading_gives_what_was_written() -> None:
    statement = StatementFile(ACCOUNT, "east:POINTS", LINES)
    assert decode_statement(encode_statement(statement)) == statement
