"""Shops: the codes they print, and their tills."""

from __future__ import annotations

import base64
import uuid
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.gateway.town import Party, Town


def shop_code(town: Town, shop: Party, amount_minor: int | None = None, **order: Any) -> str:
    """Return the text of a code: with an amount that of one bill, without one that of a sticker."""
    asked: dict[str, Any] = {"account": shop.account.hex(), "name": shop.name[:25], "city": "BEIJING"}
    asked |= {"category": shop.category, "local_name": shop.local_name}
    if amount_minor is not None:
        signed = town.order(shop, uuid.uuid4().hex[:16], amount_minor, **order)
        asked |= {"amount_minor": amount_minor, "order": base64.b64encode(signed).decode()}
    made = town.post("/v1/codes", json=asked)
    assert made.status_code == 200, made.text
    return str(made.json()["text"])
