"""What the index says is what the ledger did: balances, entries, keys, and to whom a refusal is shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import func, select

from payport.history.database import open_reader
from payport.history.index import HistoryIndex
from payport.history.tables import ACCOUNT_KEYS, ENTRIES, PARTIES, TRANSACTIONS
from payport.ledger.block import COMMITTED
from payport.ledger.state import balances, keys
from payport.wallet.sign import bind_group
from tests.history.ledger_node import LedgerNode, busy_network, followed
from tests.ledger.network import account, public_key

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from tests.databases import Databases


def listed(engine: Engine, name: str) -> list[tuple[str, str]]:
    """Return kind and outcome of what concerns a party, in order."""
    query = (
        select(TRANSACTIONS.c.kind, TRANSACTIONS.c.outcome)
        .join(PARTIES, PARTIES.c.sequence == TRANSACTIONS.c.sequence)
        .where(PARTIES.c.account == account(name))
        .order_by(TRANSACTIONS.c.sequence)
    )
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(query)]


async def test_balances_entries_and_keys_are_the_ledgers(databases: Databases) -> None:
    node = busy_network()
    engine = await followed(node, databases)
    state = node.network.state
    with engine.connect() as connection:
        rows = connection.execute(
            select(
                ENTRIES.c.account, ENTRIES.c.asset, func.count(), func.min(ENTRIES.c.entry), func.max(ENTRIES.c.entry)
            ).group_by(ENTRIES.c.account, ENTRIES.c.asset)
        ).all()
        newest = {
            (row.account, row.asset): row.balance_minor
            for row in connection.execute(select(ENTRIES).order_by(ENTRIES.c.entry))
        }
        sums = {
            (row.account, row.asset): row.total
            for row in connection.execute(
                select(ENTRIES.c.account, ENTRIES.c.asset, func.sum(ENTRIES.c.delta_minor).label("total")).group_by(
                    ENTRIES.c.account, ENTRIES.c.asset
                )
            )
        }
        bound = {(row.account, row.public_key) for row in connection.execute(select(ACCOUNT_KEYS))}
    assert all((count, last) == (last, last) and first == 1 for _, _, count, first, last in rows), "no gaps"
    for (holder, asset), minor in newest.items():
        record = balances.of(state, holder, asset)
        assert (record.amount_minor, sums[holder, asset]) == (minor, minor)
    assert {holder for holder, _ in newest} >= {
        account("lin"),
        account("chen"),
        account("market"),
        account("east/fees"),
    }
    assert bound == {(account(name.split("-")[0]), public_key(name)) for name in ("lin", "lin-phone", "chen", "market")}
    assert keys.table(state).get(public_key("lin-phone")).revoked  # type: ignore[union-attr]


async def test_a_refusal_is_shown_to_the_one_who_asked_alone(databases: Databases) -> None:
    engine = await followed(busy_network(), databases)
    assert ("transfer/1", "insufficient_balance") in listed(engine, "chen")
    assert ("transfer/1", "insufficient_balance") not in listed(engine, "lin")
    with engine.connect() as connection:
        outcomes = {row.outcome for row in connection.execute(select(TRANSACTIONS.c.outcome))}
    assert outcomes == {COMMITTED, "insufficient_balance"}, "what its sender never signed is not indexed"


async def test_an_institutions_refusal_is_in_no_account_s_list(databases: Databases) -> None:
    node = LedgerNode()
    lin = node.network.open("lin", "east")
    node.network.do("issue/1", "west", "west", account=lin, asset="CNY", amount_minor=1)
    engine = await followed(node.settle(), databases)
    with engine.connect() as connection:
        (row,) = connection.execute(select(TRANSACTIONS).where(TRANSACTIONS.c.outcome != COMMITTED))
        parties = connection.execute(select(PARTIES).where(PARTIES.c.sequence == row.sequence)).all()
    assert (row.sender, parties) == (b"west", [])


async def test_a_strangers_signature_over_anothers_body_stops_nobody(databases: Databases) -> None:
    """The same body twice in one block: once signed by its owner, once by a stranger's key, in either order."""
    node = LedgerNode()
    network = node.network
    lin, chen = network.open("lin", "east", money=1_000), network.open("chen", "west")
    for order in (("lin", "chen"), ("chen", "lin")):
        payment = network.build("transfer/1", lin, payee=chen, asset="CNY", amount_minor=7)
        network.block(*(network.read(network.sign(payment, name)) for name in order))
    engine = await followed(node.settle(), databases)
    assert [each for each in listed(engine, "lin") if each[0] == "transfer/1"] == 2 * [("transfer/1", COMMITTED)]
    assert network.balance("chen") == 14


async def test_a_member_refused_with_its_group_fills_nobody_s_list(databases: Databases) -> None:
    node = LedgerNode()
    network = node.network
    lin, chen = network.open("lin", "east"), network.open("chen", "west")
    poor = network.build("transfer/1", chen, payee=lin, asset="CNY", amount_minor=1)
    forged = network.build("transfer/1", lin, payee=chen, asset="CNY", amount_minor=1)
    members = bind_group([poor, forged])
    outcomes = network.block(network.read(*(network.sign(each, "chen") for each in members))).outcomes[0]
    assert [each.code for each in outcomes] == ["insufficient_balance", "group_refused"]
    engine = await followed(node.settle(), databases)
    assert ("transfer/1", "group_refused") not in listed(engine, "lin")
    reader = open_reader(databases.url("index"))
    found = await HistoryIndex(reader).transaction(outcomes[1].transaction_id)
    assert found is not None
    assert found.outcome == "group_refused"
    assert found.group_hash == members[0].group
    await reader.dispose()


async def test_what_was_tried_too_early_has_its_final_outcome(databases: Databases) -> None:
    node = LedgerNode()
    network = node.network
    lin, chen = network.open("lin", "east", money=10), network.open("chen", "west")
    later = network.build(
        "transfer/1", lin, payee=chen, asset="CNY", amount_minor=1, valid_from_ms=network.now_ms + 5_000
    )
    encoded = network.sign(later, "lin")
    assert network.run(encoded).code == "not_yet_valid"
    done = network.run(encoded, time_ms=network.now_ms + 6_000)
    await followed(node.settle(), databases)
    reader = open_reader(databases.url("index"))
    found = await HistoryIndex(reader).transaction(done.transaction_id)
    assert found is not None
    assert (found.outcome, found.height) == (COMMITTED, done.height)
    await reader.dispose()


def test_columns_hold_every_code_and_kind() -> None:
    from payport.ledger.reasons import reasons
    from payport.ledger.registry import verbs

    assert max(map(len, reasons())) <= TRANSACTIONS.c.outcome.type.length  # type: ignore[operator]
    assert max(map(len, verbs())) <= TRANSACTIONS.c.kind.type.length  # type: ignore[operator]
