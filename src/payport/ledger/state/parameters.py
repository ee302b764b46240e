"""Parameters: what the scheme may change, each value with the height it takes effect from. Writer: :func:`set_value`.

Old values stay, because a refund recomputes the fee by the schedule in force when the purchase was made.
"""

from __future__ import annotations

from functools import cache
from typing import Annotated, Any, Final, TypeVar

import msgspec

from payport.ledger.state.state import Family, State, reader
from payport.values import codec
from payport.values.identifiers import AssetId, InstitutionId
from payport.values.money import AmountOrZero, RatePpm
from payport.values.refusals import RefusalClass, RefusalCode

T = TypeVar("T")


UNKNOWN_ASSET: Final = RefusalCode(
    "unknown_asset", RefusalClass.NOT_FOUND, "The network does not carry this asset.", "网络不支持该资产。"
)
"""The asset is no currency of this network."""


class FeeSchedule(codec.Record, frozen=True):
    """Fee of a purchase by merchant category."""

    rate_ppm: RatePpm
    """Rate, in parts per million of the amount."""
    minimum_minor: AmountOrZero
    """Least fee, in minor units; never more than the amount."""
    cap_minor: AmountOrZero
    """Largest fee, in minor units."""
    issuer_share_ppm: RatePpm
    """The issuer's share of the fee; rounded down."""
    network_share_ppm: RatePpm
    """The operator's share of the fee; rounded down. What remains is the acquirer's."""


class AuthorityPolicy(codec.Record, frozen=True):
    """Whose keys, and how many, authorise a privileged verb."""

    form: Annotated[str, msgspec.Meta(pattern="^(sender|operator)$")]
    """``sender``: the institution that sends it. ``operator``: the same, and it must be the operator."""
    threshold: Annotated[int, msgspec.Meta(ge=0, le=16)]
    """Signatures needed; 0 means the institution's own threshold."""


class Version(codec.Record, frozen=True):
    """One value of a parameter."""

    from_height: int
    """First block it is in force."""
    value: bytes
    """Encoded value."""


class Parameter(codec.Record, frozen=True):
    """All values a parameter has had."""

    versions: tuple[Version, ...]
    """Ascending by height."""


FAMILY: Final = Family("parameters", Parameter, resident=True)
"""Keyed by the parameter's name in ASCII."""

TYPES: Final[dict[str, Any]] = {
    "operator": InstitutionId,
    "currencies": tuple[AssetId, ...],
    "refund_period_ms": int,
    "fees_account_floor_minor": int,
    "fees": FeeSchedule,
    "authority": AuthorityPolicy,
}
"""Type of each parameter; a name with a slash is one of a kind, such as ``fees/5411`` or ``authority/issue``."""

table = reader(FAMILY)


def encode_value(name: str, value: Any) -> bytes:  # noqa: ANN401 - the type depends on the name
    """Encode a value after checking it against the parameter's type; raises ``malformed_bytes``."""
    data = codec.encode(value)
    codec.decode(data, TYPES[name.split("/", maxsplit=1)[0]])
    return data


def set_value(state: State, name: str, value: bytes, from_height: int) -> None:
    """Add a value in force from ``from_height``."""
    assert name.split("/", maxsplit=1)[0] in TYPES
    old = table(state).get(name.encode())
    versions = () if old is None else old.versions
    assert not versions or versions[-1].from_height < from_height
    table(state).put(name.encode(), Parameter((*versions, Version(from_height, value))))


def find(state: State, name: str, height: int, into: type[T]) -> T | None:
    """Return the value in force at ``height``, or ``None``."""
    record = table(state).get(name.encode())
    if record is None:
        return None
    in_force = None
    for version in record.versions:
        if version.from_height <= height:
            in_force = version.value
    if in_force is None:
        return None
    value: T = _decode(in_force, into)  # type: ignore[arg-type]  # types are hashable, which mypy does not see
    return value


@cache
def _decode(value: bytes, into: Any) -> Any:  # noqa: ANN401 - the caller says which type
    """Decode a value; kept, because every payment asks for the same few."""
    return codec.decode(value, into)


def require(state: State, name: str, height: int, into: type[T]) -> T:
    """Return the value in force at ``height``; genesis sets every parameter asked for here."""
    value = find(state, name, height, into)
    assert value is not None, f"genesis sets no parameter {name}"
    return value


def fee_schedule(state: State, category: str, height: int) -> FeeSchedule:
    """Return the fee schedule of a merchant category at ``height``."""
    own = find(state, f"fees/{category}", height, FeeSchedule)
    return own if own is not None else require(state, "fees/default", height, FeeSchedule)


def operator(state: State) -> str:
    """Return the operator's institution id."""
    return require(state, "operator", 0, str)


def require_currency(state: State, asset: str, height: int) -> None:
    """Refuse ``unknown_asset`` where ``asset`` is no currency of this network."""
    if asset not in require(state, "currencies", height, tuple[str, ...]):
        UNKNOWN_ASSET.refuse(asset)
