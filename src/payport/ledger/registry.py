"""Finds every transaction by its place and checks that its file declares what the contract asks for."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from functools import cache
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgspec

from payport.ledger.state.parameters import AuthorityPolicy
from payport.ledger.transaction import (
    AccountTransaction,
    AnyTransaction,
    InstitutionTransaction,
    Power,
    Proof,
    Role,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import ModuleType

    from payport.ledger.transaction import Context, Event
    from payport.values.refusals import RefusalCode

_BASES: Final = (AccountTransaction, InstitutionTransaction, AnyTransaction)


class Verb(NamedTuple):
    """One transaction, as its file declares it."""

    name: str
    """Verb: the file's name."""
    domain: str
    """Domain: the folder's name."""
    kind: str
    """Name on the wire: verb, slash, version."""
    record: type[Any]
    """Its record."""
    decoder: msgspec.msgpack.Decoder[Any]
    """Decoder of its body."""
    since: int
    """Protocol version it belongs to from."""
    roles: frozenset[Role]
    """Roles that may sign it."""
    powers: frozenset[Power]
    """What it may do."""
    refusals: tuple[RefusalCode, ...]
    """Its own refusals, in order of precedence."""
    refusals_since: Mapping[str, int]
    """Protocol version from which it knows a refusal, by code; those not named it knows from the first on."""
    policy: AuthorityPolicy
    """Whose keys authorise it where an institution sends it, unless the parameter ``authority/<verb>`` says else."""
    confidential: bool
    """Whether its body holds a secret, so that no receipt carries it."""
    check: Callable[[Any], None]
    """Rules that look at the transaction alone."""
    proofs: Callable[[Any], tuple[Proof, ...]]
    """Signatures inside the body."""
    cosigners: Callable[[Any], tuple[str, ...]]
    """Further institutions whose keys must sign with the sender's."""
    apply: Callable[[Any, Any, Context], None]
    """Rules that look at the state, then the writes."""
    event: Callable[[Any], Event]
    """What followers are told."""
    example: Callable[[], Any]
    """A valid instance."""
    module: ModuleType
    """The file."""


def _no_proofs(transaction: object) -> tuple[Proof, ...]:
    del transaction
    return ()


def _no_cosigners(transaction: object) -> tuple[str, ...]:
    del transaction
    return ()


_BY_SENDER: Final = AuthorityPolicy("sender", 0)


def _record_of(module: ModuleType) -> type[Any]:
    found = [
        value
        for _, value in inspect.getmembers(module, inspect.isclass)
        if issubclass(value, _BASES) and value not in _BASES and value.__module__ == module.__name__
    ]
    assert len(found) == 1, f"{module.__name__} must define exactly one transaction, not {len(found)}"
    return found[0]


def read_module(module: ModuleType, domain: str) -> Verb:
    """Read the declarations of one transaction file; a missing one is an assertion."""
    name = module.__name__.rsplit(".", 1)[1]
    for needed in ("VERSION", "SINCE", "ROLES", "POWERS", "REFUSALS", "check", "apply", "event", "example"):
        assert hasattr(module, needed), f"{module.__name__} lacks {needed}"
    record = _record_of(module)
    return Verb(
        name=name,
        domain=domain,
        kind=f"{name}/{module.VERSION}",
        record=record,
        decoder=msgspec.msgpack.Decoder(record),
        since=module.SINCE,
        roles=module.ROLES,
        powers=module.POWERS,
        refusals=module.REFUSALS,
        refusals_since=getattr(module, "REFUSALS_SINCE", {}),
        policy=getattr(module, "POLICY", _BY_SENDER),
        confidential=getattr(module, "CONFIDENTIAL", False),
        check=module.check,
        proofs=getattr(module, "proofs", _no_proofs),
        cosigners=getattr(module, "cosigners", _no_cosigners),
        apply=module.apply,
        event=module.event,
        example=module.example,
        module=module,
    )


@cache
def verbs() -> dict[str, Verb]:
    """Return every verb by its kind, in order of domain and name."""
    package = importlib.import_module("payport.ledger.transactions")
    found: dict[str, Verb] = {}
    for domain in sorted(each.name for each in pkgutil.iter_modules(package.__path__) if each.ispkg):
        folder = importlib.import_module(f"payport.ledger.transactions.{domain}")
        for name in sorted(each.name for each in pkgutil.iter_modules(folder.__path__)):
            verb = read_module(importlib.import_module(f"{folder.__name__}.{name}"), domain)
            assert verb.kind not in found, f"two files spell {verb.kind}"
            found[verb.kind] = verb
    return found


TRANSACTIONS: Final[dict[str, ModuleType]] = {kind: verb.module for kind, verb in verbs().items()}
"""Every transaction file by kind; read by generators and house tests."""
