"""Cardholders whose phones bind cards as the app does: the code is read from the sandbox's inbox."""

from __future__ import annotations

import base64
import itertools
import re
from typing import TYPE_CHECKING, Any

from payport.institutions.sandbox.seed import card_number, phone_number
from payport.wallet.keys import SigningKey
from payport.wallet.own_account import OwnAccount
from tests.gateway.access.people import Phone, b64

if TYPE_CHECKING:
    from tests.gateway.town import Town

_counts = itertools.count(1)


def next_count() -> int:
    """Return the number of a test customer nobody has used."""
    return next(_counts)


def code_sent_to(town: Town, bank: str, address: str) -> str:
    """Return the newest one-time code an address has received."""
    messages = town.get(f"/v1/sandbox/{bank}/inbox", params={"address": address}).json()["messages"]
    found = re.search(r"\b[0-9]{6}\b", messages[0]["text"])
    assert found, messages
    return found[0]


class Cardholder(Phone):
    """A phone with the cards that were bound to it."""

    def __init__(self, town: Town) -> None:
        super().__init__(town)
        self.cards: list[OwnAccount] = []

    def begin(self, bank: str, count: int, key: dict[str, str] | None = None) -> Any:
        body = {"institution": bank, "card_number": card_number(bank, count).reveal(), "phone": phone_number(count)}
        return self.post("/v1/cards/enrolments", body, key)

    def confirmation(self, bank: str, begun: dict[str, Any], code: str, key: SigningKey) -> dict[str, Any]:
        proven = key.prove_possession(self.town.chain_id, bytes.fromhex(begun["account"]))
        owner = {"scheme": proven.scheme, "public_key": b64(proven.public_key), "proof": b64(proven.proof)}
        return {"institution": bank, "enrolment": begun["enrolment"], "code": code, "owner": owner}

    def bind(self, bank: str, count: int | None = None) -> OwnAccount:
        """Bind a test customer's card; return the account."""
        count, key = count or next_count(), SigningKey.generate()
        begun = self.begin(bank, count)
        assert begun.status_code == 201, begun.text
        code = code_sent_to(self.town, bank, phone_number(count))
        bound = self.post("/v1/cards", self.confirmation(bank, begun.json(), code, key))
        assert bound.status_code == 201, bound.text
        view_key = base64.b64decode(bound.json()["view_key"])
        own = OwnAccount(self.town.chain_id, bytes.fromhex(bound.json()["account"]), view_key, key)
        self.cards.append(own)
        return own
