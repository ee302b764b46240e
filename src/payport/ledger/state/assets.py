"""Assets: what the network carries beside the currencies it began with. Writer: :func:`register`.

An asset ``issuer:CODE`` has its issuer as obligor; a currency has the institution of whoever holds it.
"""

from __future__ import annotations

import enum
from typing import Annotated, Final

import msgspec

from payport.ledger.state import parameters
from payport.ledger.state.state import Family, State, reader
from payport.values import codec
from payport.values.identifiers import InstitutionId, is_currency
from payport.values.limits import MAX_ASSET_DECIMALS
from payport.values.refusals import RefusalClass, RefusalCode

UNKNOWN_ASSET: Final = RefusalCode(
    "unknown_asset", RefusalClass.NOT_FOUND, "The network does not carry this asset.", "网络不支持该资产。"
)
"""The asset is neither a currency of this network nor registered."""

NOT_A_CURRENCY: Final = RefusalCode(
    "not_a_currency", RefusalClass.MALFORMED, "Purchases are paid in a currency.", "消费只能以货币支付。"
)
"""Points and the like are transferred or traded, not spent at a till."""


class AssetClass(enum.StrEnum):
    """What an asset is."""

    POINTS = "points"
    """Loyalty points."""
    VOUCHER = "voucher"
    """A claim on goods or a discount."""
    FUND_UNIT = "fund_unit"
    """A share in a fund."""
    CURRENCY = "currency"
    """A further currency of the network."""


class Asset(codec.Record, frozen=True):
    """One registered asset."""

    issuer: InstitutionId
    """Who registered it; its obligor, unless it is a currency."""
    asset_class: AssetClass
    """What it is."""
    name: Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
    """Name people read."""
    decimals: Annotated[int, msgspec.Meta(ge=0, le=MAX_ASSET_DECIMALS)]
    """Decimal places of its unit; amounts are in minor units all the same."""
    registered_height: int
    """Block it was registered in."""


FAMILY: Final = Family("assets", Asset, resident=True)
"""Keyed by asset id in ASCII."""

table = reader(FAMILY)


def is_carried(state: State, asset: str, height: int) -> bool:
    """Tell whether the network carries ``asset``."""
    if asset in parameters.require(state, "currencies", height, tuple[str, ...]):
        return True
    return table(state).get(asset.encode()) is not None


def require_carried(state: State, asset: str, height: int) -> None:
    """Refuse ``unknown_asset`` where the network does not carry ``asset``."""
    if not is_carried(state, asset, height):
        UNKNOWN_ASSET.refuse(asset)


def require_currency(state: State, asset: str, height: int) -> None:
    """Refuse ``unknown_asset``, or ``not_a_currency`` where ``asset`` is another's obligation."""
    require_carried(state, asset, height)
    if not is_currency(asset):
        NOT_A_CURRENCY.refuse(asset)


def obligor(asset: str, institution: str) -> str:
    """Return who owes ``asset`` to a customer of ``institution``."""
    return institution if is_currency(asset) else asset.split(":", 1)[0]


def register(state: State, asset: str, record: Asset) -> None:
    """Write a new asset."""
    assert table(state).get(asset.encode()) is None
    table(state).put(asset.encode(), record)
