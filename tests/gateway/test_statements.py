"""Statements: pages with a running balance, tables no spreadsheet executes, and files that prove themselves."""

from __future__ import annotations

import csv
import io
import itertools
import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from payport.gateway.statements import HEADER, table_line
from payport.history.index import Entry
from payport.proof.statement import verify_statement

if TYPE_CHECKING:
    from pathlib import Path

    from tests.gateway.town import Town


def test_pages_of_a_period_have_a_running_balance(town: Town) -> None:
    for amount in (7, 8, 9):
        town.pay(town.chen, town.bakery, amount)
    town.indexed()
    whole = town.of(town.bakery, "/statement").json()["entries"]
    assert [each["delta_minor"] for each in whole[:3]] == [9, 8, 7]
    for newer, older in itertools.pairwise(whole):
        assert newer["balance_minor"] - newer["delta_minor"] == older["balance_minor"]
    assert {each["counterparty"] for each in whole[:3]} == {town.chen.account.hex()}
    first, last = whole[2]["time_ms"], whole[0]["time_ms"]
    of_period = town.of(town.bakery, "/statement", from_ms=first, until_ms=last).json()["entries"]
    assert of_period == whole[1:3]


def test_a_table(town: Town) -> None:
    town.pay(town.lin, town.bakery, 5)
    signed = town.order(town.bakery, "-1.A1", 1_000)
    fields = {"merchant": town.bakery.account, "asset": "CNY", "amount_minor": 1_000, "order": signed}
    town.do("purchase/1", town.lin, **fields)
    answer = town.of(town.bakery, "/statement/csv")
    assert answer.headers["content-type"].startswith("text/csv; charset=utf-8")
    assert answer.content.startswith(b"entry,time,kind,"), "no byte order mark"
    rows = list(csv.reader(io.StringIO(answer.text)))
    assert tuple(rows[0]) == HEADER
    lines = [dict(zip(HEADER, row, strict=True)) for row in rows[1:]]
    entries = town.of(town.bakery, "/statement").json()["entries"][::-1]
    assert [int(each["entry"]) for each in lines] == [each["entry"] for each in entries]
    assert [int(each["balance_minor"]) for each in lines] == [each["balance_minor"] for each in entries]
    assert lines[-1]["order_id"] == "'-1.A1"
    assert (lines[-1]["change_minor"], lines[-1]["fee_minor"]) == ("996", "4")
    spent = town.of(town.lin, "/statement/csv").text.splitlines()[-1].split(",")
    assert spent[HEADER.index("change_minor")] == "-1000"
    empty = town.of(town.bakery, "/statement/csv", asset="HKD")
    assert empty.text.splitlines() == [",".join(HEADER)]


@pytest.mark.parametrize("order_id", ["=1", "+1", "-1", "@x", '=HYPERLINK("x")'])
def test_no_cell_is_a_formula(order_id: str) -> None:
    row = Entry(1, "CNY", 1, -5, 10, 0, bytes(32), "purchase/1", 0, 1, 0, order_id, None)
    (cells,) = csv.reader(io.StringIO(table_line(row).decode()))
    assert cells[5] == f"'{order_id}"
    assert (cells[1], cells[7]) == ("1970-01-01T00:00:00.000Z", "-5")


def test_a_table_that_would_be_too_long_is_refused_and_the_document_says_so(town: Town) -> None:
    document = town.get("/docs/openapi.json").json()
    responses = document["paths"]["/v1/accounts/{account}/statement/csv"]["get"]["responses"]
    assert "statement_too_long" in responses["422"]["description"]


def test_a_proof_without_gaps(town: Town, tmp_path: Path) -> None:
    for amount in range(1, 6):
        town.pay(town.lin, town.books, amount)
    town.indexed()
    entries = town.of(town.books, "/statement").json()["entries"][::-1]
    files, after = [], "0"
    while after is not None:
        answer = town.of(town.books, "/statement/proof", limit=2, after=after)
        assert answer.headers["content-type"] == "application/vnd.payport.statement"
        files.append(answer.content)
        after = answer.headers.get("payport-next")
    verdict = verify_statement(files, town.network.trust)
    assert [each.change.entry for each in verdict.lines] == [each["entry"] for each in entries]
    assert [each.change.delta_minor for each in verdict.lines] == [each["delta_minor"] for each in entries]
    assert (verdict.opening_minor, verdict.closing_minor) == (0, entries[-1]["balance_minor"])
    first, last = entries[-3]["time_ms"], entries[-1]["time_ms"]
    of_period = town.of(town.books, "/statement/proof", from_ms=first, until_ms=last)
    assert [each.change.entry for each in verify_statement([of_period.content], town.network.trust).lines] == [
        each["entry"] for each in entries[-3:-1]
    ]
    nothing = town.of(town.books, "/statement/proof", asset="HKD")
    assert (nothing.status_code, nothing.json()["code"]) == (404, "no_lines")
    paths = [tmp_path / f"{number}.payport-statement" for number in range(len(files))]
    for path, data in zip(paths, files, strict=True):
        path.write_bytes(data)
    (tmp_path / "trust.json").write_bytes(town.network.trust_file.read_bytes())
    command = [sys.executable, "-m", "payport.cli.main", "statement", "verify", "--trust", str(tmp_path / "trust.json")]
    done = subprocess.run([*command, "--json", *map(str, paths)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert (told["verified"], told["lines"], told["closing_minor"]) == (True, len(entries), verdict.closing_minor)
    gap = subprocess.run([*command, *map(str, paths[:1] + paths[2:])], capture_output=True, text=True, check=False)
    assert gap.returncode == 1
    assert "statement_has_gap" in gap.stdout
