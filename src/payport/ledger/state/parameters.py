"""Parameters: what the scheme may change, each value with the height it takes effect from. Writer: :func:`set_value`.

Old values stay, because a refund recomputes the fee by the schedule in force when the purchase was made.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Annotated, Any, Final, NamedTuple, TypeVar

import msgspec

from payport.ledger.state.state import Family, State, reader
from payport.values import codec
from payport.values.identifiers import AssetId, InstitutionId
from payport.values.money import PPM, AmountOrZero, RatePpm

if TYPE_CHECKING:
    from collections.abc import Iterator

T = TypeVar("T")

_DAY_MS: Final = 86_400_000


DelayMs = Annotated[int, msgspec.Meta(ge=0, le=366 * _DAY_MS)]
"""A time to wait in milliseconds, at most a year."""


ProtocolVersion = Annotated[int, msgspec.Meta(ge=1, le=1_000_000)]
"""A version of the ledger's rules."""


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

    form: Annotated[str, msgspec.Meta(pattern=r"^(sender|operator|vote)$(?!\n)")]
    """``sender``: the institution that sends it. ``operator``: the same, and it must be the operator.
    ``vote``: the institution that proposed it, once enough members approved the proposal."""
    threshold: Annotated[int, msgspec.Meta(ge=0, le=4_096)]
    """Signatures needed, 0 for the institution's own threshold; by vote: members that approve, 0 for more than two
    thirds of those not suspended."""


class Validator(codec.Record, frozen=True):
    """What an institution orders blocks with, together with the others."""

    engine_key: Annotated[bytes, msgspec.Meta(min_length=32, max_length=32)]
    """Ed25519 public key it votes on blocks with."""
    node_key: Annotated[bytes, msgspec.Meta(min_length=32, max_length=32)]
    """Ed25519 public key its node signs batches with."""
    power: Annotated[int, msgspec.Meta(ge=0, le=1_000_000)]
    """Its voting power; without any it neither votes nor has its batches executed."""


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


MAX_VERSIONS: Final = 1_000
"""Values one parameter may have had: all are kept."""

Name = Annotated[str, msgspec.Meta(max_length=64, pattern=r"^[a-z_]+(/[a-z0-9_-]+)?$(?!\n)")]
"""Name of a parameter; with a slash one of a kind."""

_FIXED: Final = frozenset({"operator", "fees_account_floor_minor"})
_KINDS: Final = frozenset({"fees", "authority", "validators"})

FAMILY: Final = Family("parameters", Parameter, resident=True)
"""Keyed by the parameter's name in ASCII."""

TYPES: Final[dict[str, Any]] = {
    "operator": InstitutionId,
    "currencies": tuple[AssetId, ...],
    "refund_period_ms": int,
    "fees_account_floor_minor": int,
    "fees": FeeSchedule,
    "authority": AuthorityPolicy,
    "validators": Validator,
    "recovery_delay_ms": DelayMs,
    "limit_raise_delay_ms": DelayMs,
    "emergency_suspension_ms": DelayMs,
    "protocol_version": ProtocolVersion,
}
"""Type of each parameter; a name with a slash is one of a kind, such as ``fees/5411``, ``authority/issue`` or
``validators/bank-east``."""

table = reader(FAMILY)


def encode_value(name: str, value: Any) -> bytes:  # noqa: ANN401 - the type depends on the name
    """Encode a value after checking it against the parameter's type; raises ``malformed_bytes``."""
    data = codec.encode(value)
    codec.decode(data, TYPES[name.split("/", maxsplit=1)[0]])
    return data


def type_of(name: str) -> Any:  # noqa: ANN401 - a type, of which Python has no type
    """Return the type of a parameter's value."""
    return TYPES[name.split("/", maxsplit=1)[0]]


def is_settable(name: str) -> bool:
    """Tell whether a parameter exists and may change after genesis."""
    kind, slash, _ = name.partition("/")
    return kind in TYPES and kind not in _FIXED and bool(slash) == (kind in _KINDS)


def is_sound(value: object) -> bool:
    """Tell whether a value of the right type also makes sense by itself."""
    if isinstance(value, FeeSchedule):
        shares = value.issuer_share_ppm + value.network_share_ppm
        return shares <= PPM and value.rate_ppm <= PPM and value.minimum_minor <= value.cap_minor
    return not isinstance(value, int) or value >= 0


def versions(state: State, name: str) -> int:
    """Return how many values a parameter has had."""
    record = table(state).get(name.encode())
    return 0 if record is None else len(record.versions)


def last_height(state: State, name: str) -> int:
    """Return the height from which a parameter's newest value is in force; -1 where it has none."""
    record = table(state).get(name.encode())
    return -1 if record is None else record.versions[-1].from_height


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


def policies(state: State, height: int) -> Iterator[tuple[str, AuthorityPolicy]]:
    """Yield every policy in force at ``height`` or decided for later, with its parameter's name."""
    for key, record in table(state).items():
        if key.startswith(b"authority/"):
            in_force = max((each.from_height for each in record.versions if each.from_height <= height), default=0)
            for version in record.versions:
                if version.from_height >= in_force:
                    yield key.decode(), _decode(version.value, AuthorityPolicy)


DELAYS: Final = {
    "recovery_delay_ms": 3 * _DAY_MS,
    "limit_raise_delay_ms": _DAY_MS,
    "emergency_suspension_ms": 3 * _DAY_MS,
}
"""Delays where neither genesis nor a vote has set one: time enough for an owner or a member to notice and object."""


def delay_ms(state: State, name: str, height: int) -> int:
    """Return a delay in force at ``height``, in milliseconds."""
    own = find(state, name, height, int)
    return DELAYS[name] if own is None else own


def fee_schedule(state: State, category: str, height: int) -> FeeSchedule:
    """Return the fee schedule of a merchant category at ``height``."""
    own = find(state, f"fees/{category}", height, FeeSchedule)
    return own if own is not None else require(state, "fees/default", height, FeeSchedule)


def operator(state: State) -> str:
    """Return the operator's institution id."""
    return require(state, "operator", 0, str)


def protocol_version(state: State, height: int) -> int:
    """Return the version of the rules in force at ``height``: 1 where none was decided."""
    return find(state, "protocol_version", height, int) or 1


class Decided(NamedTuple):
    """A version of the rules that was decided on."""

    version: int
    """The version."""
    from_height: int
    """First block it is in force."""


def decided_protocol(state: State) -> Decided:
    """Return the newest version that was decided on, in force yet or not."""
    record = table(state).get(b"protocol_version")
    if record is None:
        return Decided(1, 0)
    newest = record.versions[-1]
    return Decided(_decode(newest.value, int), newest.from_height)
