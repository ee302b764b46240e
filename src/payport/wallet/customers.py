"""A cardholder at the port: signing up with a device key, signing in, and the accounts a session may read."""

from __future__ import annotations

import base64
import uuid
from typing import TYPE_CHECKING, Any, Final, TypeVar

from payport.values.sign_in import signing_bytes
from payport.wallet import records
from payport.wallet.flows import Request, ask, make

if TYPE_CHECKING:
    from payport.wallet.flows import Flow
    from payport.wallet.keys import SigningKey
    from payport.wallet.own_account import OwnAccount

T = TypeVar("T")

DEFAULT_LABEL: Final = "phone"
"""What a device key is called unless told otherwise."""


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _make(path: str, body: dict[str, Any], into: type[T], token: str | None = None) -> Flow[T]:
    """Make something, once, however often the request has to be sent."""
    return (yield from make(Request("POST", path, body, token=token, idempotency_key=str(uuid.uuid4())), into))


def _new_key(key: SigningKey, label: str) -> Flow[dict[str, Any]]:
    asked = yield from ask(Request("GET", "/challenge"), records.Challenge)
    signature = key.sign(signing_bytes(asked.chain_id, asked.challenge, key.public_key))
    device = {"public_key": _text(key.public_key), "signature": _text(signature)}
    return {"challenge": _text(asked.challenge), "label": label, "device": device}


def sign_up(key: SigningKey, label: str = DEFAULT_LABEL) -> Flow[records.SignedUp]:
    """Become a customer with a first device key; it is no key of an account, so no bank can tell by it who you are."""
    body = yield from _new_key(key, label)
    return (yield from _make("/customers", body, records.SignedUp))


def sign_in(key: SigningKey, credential: str) -> Flow[records.Session]:
    """Open a session of some minutes; raises ``access_denied``."""
    asked = yield from ask(Request("GET", "/challenge"), records.Challenge)
    signature = key.sign(signing_bytes(asked.chain_id, asked.challenge, key.public_key))
    device = {"credential": credential, "signature": _text(signature)}
    return (yield from _make("/sessions", {"challenge": _text(asked.challenge), "device": device}, records.Session))


def add_key(session: records.Session, key: SigningKey, label: str) -> Flow[records.Credential]:
    """Add a device key to sign in with, a second phone's say."""
    body = yield from _new_key(key, label)
    return (yield from _make("/customers/me/credentials", body, records.Credential, session.token))


def customer(session: records.Session) -> Flow[records.Customer]:
    """Ask for the customer's keys and accounts."""
    return (yield from ask(Request("GET", "/customers/me", token=session.token), records.Customer))


def link(session: records.Session, own: OwnAccount) -> Flow[records.Link]:
    """Let the customer's sessions read an account that this wallet holds."""
    body = {"access_token": own.access_token()}
    return (yield from _make("/customers/me/accounts", body, records.Link, session.token))


def account(session: records.Session, account_id: str) -> Flow[records.Account]:
    """Ask for one of the customer's accounts and its balances."""
    return (yield from ask(Request("GET", f"/accounts/{account_id}", token=session.token), records.Account))
