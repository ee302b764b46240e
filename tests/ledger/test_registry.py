"""The registry: what a transaction file must declare, or the program does not start."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import pytest

from payport.ledger import registry
from payport.ledger.registry import read_module, verbs
from payport.ledger.transaction import AccountTransaction, Role
from payport.ledger.transactions.money import issue
from payport.ledger.transactions.payments import transfer

DECLARED = ("VERSION", "SINCE", "ROLES", "POWERS", "REFUSALS", "check", "apply", "event", "example")


def module_like(source: ModuleType, **changes: Any) -> ModuleType:
    """Return a transaction file like another; a change to ``None`` leaves the name out."""
    made = ModuleType(source.__name__)
    vars(made).update({name: value for name, value in {**vars(source), **changes}.items() if value is not None})
    return made


@pytest.mark.parametrize("kind", verbs())
def test_place_spells_the_kind(kind: str) -> None:
    verb = verbs()[kind]
    assert verb.module.__name__ == f"payport.ledger.transactions.{verb.domain}.{verb.name}"
    assert kind == f"{verb.name}/{verb.module.VERSION}" == verb.example().kind
    assert verb.record.__module__ == verb.module.__name__


@pytest.mark.parametrize("kind", verbs())
def test_declarations(kind: str) -> None:
    verb = verbs()[kind]
    assert verb.roles <= set(Role)
    codes = [reason.code for reason in verb.refusals]
    assert len(set(codes)) == len(codes), "a code stands once in the order of precedence"
    event = verb.event(verb.example())
    assert (event.asset is None) == (event.amount_minor is None)


@pytest.mark.parametrize("name", DECLARED)
def test_a_missing_declaration_stops_the_program(name: str) -> None:
    with pytest.raises(AssertionError, match=name):
        read_module(module_like(transfer, **{name: None}), "payments")


def test_a_file_holds_exactly_one_transaction() -> None:
    class Second(AccountTransaction, frozen=True):
        pass

    Second.__module__ = transfer.__name__
    for changes, count in (({"Second": Second}, 2), ({"Transfer": None}, 0), ({"Transfer": issue.Issue}, 0)):
        with pytest.raises(AssertionError, match=f"not {count}"):
            read_module(module_like(transfer, **changes), "payments")


def test_what_is_optional_has_a_default() -> None:
    verb = read_module(module_like(transfer), "payments")
    assert (verb.confidential, verb.proofs(transfer.example())) == (False, ())
    assert read_module(module_like(transfer, CONFIDENTIAL=True, VERSION=7), "payments").confidential
    assert read_module(module_like(transfer, VERSION=7), "payments").kind == "transfer/7"


def test_transactions_are_every_file() -> None:
    assert {kind: verb.module for kind, verb in verbs().items()} == registry.TRANSACTIONS
