"""What the port answers about cards and aliases, as the SDK reads it."""

from __future__ import annotations

import msgspec

from payport.wallet.records import Balance


class BegunCard(msgspec.Struct, frozen=True):
    """A card that is being bound."""

    enrolment: str
    """Its id."""
    institution: str
    """The card's bank."""
    account: str
    """Id the account will have."""
    masked_card: str
    """Card number with all but the last digits hidden."""
    masked_phone: str
    """Where the code was sent."""
    expires_at_ms: int
    """Until when the code counts."""


class Message(msgspec.Struct, frozen=True):
    """A message of the sandbox."""

    text: str
    """What it says."""


class Inbox(msgspec.Struct, frozen=True):
    """What an address has received, newest first."""

    messages: list[Message]
    """Messages."""


class BoundCard(msgspec.Struct, frozen=True):
    """A card that is bound to this phone."""

    account: str
    """Account on the ledger."""
    view_key: bytes
    """Secret that reads the account."""

    def __repr__(self) -> str:
        """Show what is no secret."""
        return f"BoundCard({self.account})"


class Deposit(msgspec.Struct, frozen=True):
    """What a bank holds for a card."""

    asset: str
    """Asset."""
    available_minor: int
    """In minor units."""
    held_minor: int
    """What payments under way have reserved, in minor units."""


class Card(msgspec.Struct, frozen=True):
    """A card as the app lists it."""

    account: str
    """Account on the ledger."""
    institution: str
    """The card's bank."""
    masked_card: str
    """Card number with all but the last digits hidden."""
    label: str
    """What the customer calls it."""
    default_for: list[str]
    """Purposes it was chosen for."""
    balances: list[Balance] | None
    """What the account holds; ``None`` where the node does not answer."""
    deposits: list[Deposit] | None
    """What the bank holds; ``None`` where it does not answer."""


class CardList(msgspec.Struct, frozen=True):
    """The cards of all banks."""

    cards: list[Card]
    """In their order."""


class BegunAlias(msgspec.Struct, frozen=True):
    """An alias that is being registered."""

    request: str
    """Id of the registration."""
    masked_alias: str
    """Where the code was sent."""


class Alias(msgspec.Struct, frozen=True):
    """An alias as its holder sees it."""

    alias: str
    """The alias in its one spelling."""
    account: str
    """Account it stands for."""


class Institution(msgspec.Struct, frozen=True):
    """A member of the network."""

    institution: str
    """Its id."""
    name: str
    """Its name."""
    keys: list[str]
    """Its public keys, hexadecimal."""
    threshold: int
    """How many of them sign for it."""


class LookedUp(msgspec.Struct, frozen=True):
    """Who answers for an alias, and the answer."""

    alias: str
    """The alias in its one spelling."""
    institution: str
    """Bank that answers."""
    answer: bytes
    """Signed answer, to be verified."""


class Payee(msgspec.Struct, frozen=True):
    """Who stands behind an alias, as his bank has signed it."""

    account: bytes
    """Account."""
    institution: str
    """Bank."""
    masked_name: str
    """Name, masked, for the payer to confirm."""
