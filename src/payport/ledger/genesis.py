"""Genesis: the document a network starts from. Its hash is part of the chain id, so two networks never share one."""

from __future__ import annotations

from typing import Annotated, Final

import msgspec

from payport.ledger import reachable
from payport.ledger.state import accounts, institutions, keys, parameters, validators
from payport.ledger.state.parameters import Validator
from payport.ledger.state.state import State
from payport.ledger.transaction import Role
from payport.values import codec
from payport.values.block_time import Milliseconds
from payport.values.hashing import SUITES, Tag, tagged_hash
from payport.values.identifiers import Digest, InstitutionId
from payport.values.refusals import RefusalClass, RefusalCode

INVALID_GENESIS: Final = RefusalCode(
    "invalid_genesis", RefusalClass.MALFORMED, "The genesis document is not valid.", "创世文件无效。"
)
"""Raised when a network is started from a document that breaks a rule."""

REFUSALS: Final = (INVALID_GENESIS,)
"""Refusals of this module."""

FORMAT: Final = "payport-genesis/1"
"""First element of the document."""


class Member(codec.Record, frozen=True):
    """An institution that is a member from the start."""

    institution: InstitutionId
    """Its id."""
    record: institutions.Institution
    """What the ledger keeps of it."""
    view_key: Digest
    """View key of its own two accounts."""


class Setting(codec.Record, frozen=True):
    """A parameter's first value."""

    name: parameters.Name
    """Its name."""
    value: bytes
    """Its encoded value."""


class Genesis(codec.Record, frozen=True):
    """The whole document."""

    format: str
    """``payport-genesis/1``."""
    name: Annotated[str, msgspec.Meta(pattern=r"^[a-z][a-z0-9-]{0,30}$(?!\n)")]
    """Name of the network."""
    suite: str
    """Hash suite."""
    time_ms: Milliseconds
    """Block time of height 0."""
    members: Annotated[tuple[Member, ...], msgspec.Meta(min_length=1)]
    """Founding members, ascending; exactly one operator."""
    parameters: tuple[Setting, ...]
    """First values of parameters, ascending by name."""
    rp_ids: tuple[str, ...]
    """Relying party ids whose passkeys may sign."""
    origins: tuple[str, ...]
    """Origins whose passkeys may sign."""

    @property
    def encoded(self) -> bytes:
        """The document's bytes."""
        return codec.encode(self)

    @property
    def digest(self) -> bytes:
        """The genesis hash."""
        return tagged_hash(Tag.GENESIS, self.encoded)

    @property
    def chain_id(self) -> str:
        """The network's name and the first 8 bytes of the genesis hash."""
        return f"{self.name}-{self.digest[:8].hex()}"


_REQUIRED: Final = ("operator", "currencies", "refund_period_ms", "fees_account_floor_minor", "fees/default")


def read_genesis(data: bytes) -> Genesis:
    """Decode and check a genesis document; raises ``malformed_bytes`` or ``invalid_genesis``."""
    genesis = codec.decode_canonical(data, Genesis)
    names = [setting.name for setting in genesis.parameters]
    members = [member.institution for member in genesis.members]
    operators = [each for each in genesis.members if each.record.role is institutions.InstitutionRole.OPERATOR]
    problems = (
        (genesis.format != FORMAT, f"format is not {FORMAT}"),
        (genesis.suite not in SUITES, f"unknown hash suite {genesis.suite}"),
        (names != sorted(set(names)), "parameters are not ascending"),
        (members != sorted(set(members)), "members are not ascending"),
        (len(operators) != 1, "there must be exactly one operator"),
        (any(name not in names for name in _REQUIRED), f"parameters must include {', '.join(_REQUIRED)}"),
        (any(name.split("/")[0] not in parameters.TYPES for name in names), "unknown parameter"),
    )
    for wrong, message in problems:
        if wrong:
            INVALID_GENESIS.refuse(message)
    records = [member.record for member in genesis.members]
    if any(record.threshold > len(record.keys) for record in records):
        INVALID_GENESIS.refuse("a threshold is larger than the number of keys")
    voting = _voting(genesis)
    if voting and not set(voting) <= set(members):
        INVALID_GENESIS.refuse("a validator is not of a member")
    if voting and (problem := validators.problem(voting)):
        INVALID_GENESIS.refuse(problem)
    for setting in genesis.parameters:
        value = codec.decode(setting.value, parameters.TYPES[setting.name.split("/")[0]])
        if isinstance(value, parameters.AuthorityPolicy) and not reachable.is_reachable(
            setting.name, value, records, len(records)
        ):
            INVALID_GENESIS.refuse(f"nobody can meet {setting.name}")
    return genesis


def _voting(genesis: Genesis) -> dict[str, Validator]:
    """Return the first validators, by institution."""
    named = (each for each in genesis.parameters if each.name.startswith(validators.PREFIX))
    return {each.name.removeprefix(validators.PREFIX): codec.decode(each.value, Validator) for each in named}


def admit_member(state: State, institution: str, record: institutions.Institution, view_key: bytes) -> None:
    """Write an institution, its keys and its own two accounts."""
    institutions.admit(state, institution, record)
    for key in record.keys:
        bound = keys.Key(key.scheme, institution.encode(), Role.INSTITUTION, (), None, None, revoked=False)
        keys.bind(state, key.public_key, bound)
    for account, kind in (
        (record.fees_account, accounts.AccountKind.FEES),
        (record.unclaimed_account, accounts.AccountKind.UNCLAIMED),
    ):
        accounts.open_account(
            state,
            account,
            accounts.Account(institution, kind, accounts.PERSON, view_key, 0, 0, record.admitted_height),
        )


def apply_genesis(state: State, genesis: Genesis) -> None:
    """Write the first state."""
    for setting in genesis.parameters:
        parameters.set_value(state, setting.name, setting.value, 0)
    for member in genesis.members:
        admit_member(state, member.institution, member.record, member.view_key)
