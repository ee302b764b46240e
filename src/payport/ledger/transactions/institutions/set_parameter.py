"""Set a parameter from a height to come: a fee schedule, a delay, a policy, the list of currencies, a validator.

Effect: the value is in force from that block on; earlier values stay for blocks and refunds of their time.
A policy must be one that members and keys, as they are, can meet; nobody could take another one back.
Validators are those of members; somebody must be left to order blocks, and no two share a key.
Signed by the operator, by the policy ``authority/set_parameter``. Moves nothing. Since protocol version 1.
"""

from __future__ import annotations

from typing import Annotated, Final

import msgspec

from payport.ledger import reachable
from payport.ledger.state import institutions, parameters, validators
from payport.ledger.state.parameters import AuthorityPolicy, Validator
from payport.ledger.state.state import State
from payport.ledger.transaction import INSTITUTION_ONLY, Context, Event, InstitutionTransaction, Power
from payport.values import codec
from payport.values.refusals import Refusal, RefusalClass, RefusalCode


class SetParameter(InstitutionTransaction, frozen=True):
    """The operator sets ``name``."""

    name: parameters.Name
    """The parameter, such as ``fees/5411``."""
    value: Annotated[bytes, msgspec.Meta(min_length=1, max_length=1_024)]
    """Its encoded value."""
    from_height: Annotated[int, msgspec.Meta(ge=1, lt=2**53)]
    """First block it is in force."""


VERSION: Final = 1
SINCE: Final = 1
ROLES: Final = INSTITUTION_ONLY
POWERS: Final = frozenset({Power.GOVERN})
POLICY: Final = AuthorityPolicy("operator", 0)

UNKNOWN_PARAMETER: Final = RefusalCode(
    "unknown_parameter",
    RefusalClass.NOT_FOUND,
    "There is no such parameter, or it is fixed in genesis.",
    "该参数不存在，或已在创世文件中固定。",
)
"""Operator and fee floor never change."""

PARAMETER_INVALID: Final = RefusalCode(
    "parameter_invalid",
    RefusalClass.MALFORMED,
    "The value does not fit the parameter.",
    "参数值不符合该参数的类型。",
)
"""It has another type, is out of range, gives fee shares above the whole, takes a currency away, or would leave nobody
to order blocks, or two validators with one key."""

EFFECTIVE_HEIGHT_PAST: Final = RefusalCode(
    "effective_height_past",
    RefusalClass.EXPIRED,
    "A parameter changes from a later block on, after every change already decided.",
    "参数只能自后续区块起生效，且须晚于已确定的变更。",
)
"""The height is not after this block, or not after a change that waits."""

TOO_MANY_VERSIONS: Final = RefusalCode(
    "too_many_versions",
    RefusalClass.LIMIT,
    f"A parameter changes at most {parameters.MAX_VERSIONS} times.",
    "该参数的变更次数已达上限。",
)
"""All versions are kept."""

REFUSALS: Final = (
    UNKNOWN_PARAMETER,
    PARAMETER_INVALID,
    EFFECTIVE_HEIGHT_PAST,
    TOO_MANY_VERSIONS,
    institutions.UNKNOWN_INSTITUTION,
    reachable.POLICY_OUT_OF_REACH,
)


def check(transaction: SetParameter) -> None:
    """Insist on a name that can be set and a value of its type."""
    if not parameters.is_settable(transaction.name):
        UNKNOWN_PARAMETER.refuse(transaction.name)
    try:
        value = codec.decode_canonical(transaction.value, parameters.type_of(transaction.name))
    except Refusal as refusal:
        PARAMETER_INVALID.refuse(refusal.detail)
    if not parameters.is_sound(value):
        PARAMETER_INVALID.refuse(transaction.name)


def apply(transaction: SetParameter, state: State, context: Context) -> None:
    """Write the value."""
    if transaction.from_height <= max(context.height, parameters.last_height(state, transaction.name)):
        EFFECTIVE_HEIGHT_PAST.refuse(f"block {context.height}")
    if parameters.versions(state, transaction.name) >= parameters.MAX_VERSIONS:
        TOO_MANY_VERSIONS.refuse(transaction.name)
    if transaction.name == "currencies":
        old = parameters.require(state, "currencies", transaction.from_height, tuple[str, ...])
        if not set(old) <= set(codec.decode(transaction.value, tuple[str, ...])):
            PARAMETER_INVALID.refuse("a currency cannot be taken away")
    if transaction.name == "protocol_version":
        before = parameters.protocol_version(state, transaction.from_height)
        if codec.decode(transaction.value, int) != before + 1:
            PARAMETER_INVALID.refuse(f"version {before + 1} comes after {before}")
    if transaction.name.startswith("authority/"):
        policy = codec.decode(transaction.value, AuthorityPolicy)
        reachable.require_reachable(state, transaction.name, policy, context.time_ms)
    if transaction.name.startswith(validators.PREFIX):
        _require_validators(transaction, state)
    parameters.set_value(state, transaction.name, transaction.value, transaction.from_height)


def _require_validators(transaction: SetParameter, state: State) -> None:
    """Insist on a member, and on validators who can go on without a key they share."""
    institution = transaction.name.removeprefix(validators.PREFIX)
    institutions.require(state, institution)
    new = codec.decode(transaction.value, Validator)
    for height in validators.decided_heights(state, transaction.from_height):
        after = validators.in_force(state, height) | {institution: new}
        if wrong := validators.problem({each: found for each, found in after.items() if found.power}):
            PARAMETER_INVALID.refuse(f"{wrong} from block {height} on")


def event(transaction: SetParameter) -> Event:
    """No account is concerned."""
    del transaction
    return Event((), None, None)


def example() -> SetParameter:
    """Lower the supermarkets' fee."""
    from payport.ledger.examples import common_institution_fields  # noqa: PLC0415 - examples need the verbs

    schedule = parameters.FeeSchedule(3_800, 1, 10_000, 300_000, 100_000)
    return SetParameter(
        **common_institution_fields("set_parameter/1", sender="operator"),
        name="fees/5411",
        value=codec.encode(schedule),
        from_height=1_000_000,
    )
