"""Register an asset: points, vouchers, fund units, or a further currency of the network.

Effect: the network carries the asset; its issuer may issue it, anyone may hold, transfer and trade it. An asset
``issuer:CODE`` is registered by its issuer. A currency, three letters of ISO 4217, is registered by the operator, and
each institution owes it to its own customers.
Signed by the institution, by the policy ``authority/register_asset``. Moves nothing. Since protocol version 1.
"""

from __future__ import annotations

from typing import Annotated, Final

import msgspec

from payport.ledger.state import assets, institutions, parameters
from payport.ledger.state.state import State
from payport.ledger.transaction import INSTITUTION_ONLY, Context, Event, InstitutionTransaction, Power
from payport.values.identifiers import AssetId, is_currency
from payport.values.limits import MAX_ASSET_DECIMALS, MAX_ASSETS_PER_INSTITUTION
from payport.values.refusals import RefusalClass, RefusalCode


class RegisterAsset(InstitutionTransaction, frozen=True):
    """The sender registers ``asset``."""

    asset: AssetId
    """Its id: ``issuer:CODE``, or a currency's three letters."""
    asset_class: assets.AssetClass
    """What it is."""
    name: Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
    """Name people read, 1 to 64 characters."""
    decimals: Annotated[int, msgspec.Meta(ge=0, le=MAX_ASSET_DECIMALS)]
    """Decimal places of its unit."""


VERSION: Final = 1
SINCE: Final = 1
ROLES: Final = INSTITUTION_ONLY
POWERS: Final = frozenset({Power.GOVERN})

NOT_THE_ISSUER: Final = RefusalCode(
    "not_the_issuer",
    RefusalClass.UNAUTHORISED,
    "An asset is registered by the institution its id names, a currency by the operator.",
    "资产须由其标识所指的机构登记，货币须由运营方登记。",
)
"""The id names another institution."""

ASSET_CLASS_MISMATCH: Final = RefusalCode(
    "asset_class_mismatch",
    RefusalClass.MALFORMED,
    "Three letters name a currency, and nothing else does.",
    "三个字母的标识须为货币，货币标识须为三个字母。",
)
"""Id and class do not fit."""

ASSET_EXISTS: Final = RefusalCode(
    "asset_exists", RefusalClass.CONFLICT, "The network carries an asset of this id already.", "该资产标识已存在。"
)
"""Ids of assets are never reused."""

TOO_MANY_ASSETS: Final = RefusalCode(
    "too_many_assets",
    RefusalClass.LIMIT,
    f"An institution registers at most {MAX_ASSETS_PER_INSTITUTION} assets.",
    "机构登记的资产数量已达上限。",
)
"""Every node keeps all of them in memory."""

REFUSALS: Final = (ASSET_CLASS_MISMATCH, NOT_THE_ISSUER, ASSET_EXISTS, TOO_MANY_ASSETS)


def check(transaction: RegisterAsset) -> None:
    """Id and class must fit, and the id must name the sender."""
    currency = is_currency(transaction.asset)
    if currency != (transaction.asset_class is assets.AssetClass.CURRENCY):
        ASSET_CLASS_MISMATCH.refuse(transaction.asset)
    if not currency and assets.obligor(transaction.asset, "") != transaction.sender:
        NOT_THE_ISSUER.refuse(transaction.asset)


def apply(transaction: RegisterAsset, state: State, context: Context) -> None:
    """Write the asset."""
    if is_currency(transaction.asset) and transaction.sender != parameters.operator(state):
        NOT_THE_ISSUER.refuse(transaction.asset)
    if assets.is_carried(state, transaction.asset, context.height):
        ASSET_EXISTS.refuse(transaction.asset)
    if institutions.require(state, transaction.sender).assets >= MAX_ASSETS_PER_INSTITUTION:
        TOO_MANY_ASSETS.refuse()
    record = assets.Asset(
        issuer=transaction.sender,
        asset_class=transaction.asset_class,
        name=transaction.name,
        decimals=transaction.decimals,
        registered_height=context.height,
    )
    assets.register(state, transaction.asset, record)
    institutions.count(state, transaction.sender, assets=1)


def event(transaction: RegisterAsset) -> Event:
    """Tell followers of the asset."""
    del transaction
    return Event((), None, None)


def example() -> RegisterAsset:
    """Register a bank's loyalty points."""
    from payport.ledger.examples import common_institution_fields  # noqa: PLC0415 - examples need the verbs

    return RegisterAsset(
        **common_institution_fields("register_asset/1", sender="bank-east"),
        asset="bank-east:POINTS",
        asset_class=assets.AssetClass.POINTS,
        name="East points",
        decimals=0,
    )
