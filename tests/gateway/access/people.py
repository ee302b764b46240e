"""People and programs that call the port: each signs in as the port asks, over real connections."""

from __future__ import annotations

import asyncio
import base64
import itertools
import time
from typing import TYPE_CHECKING, Any

from payport.gateway.invitations import invite_first
from payport.values.sign_in import signing_bytes
from payport.wallet.keys import SigningKey
from tests.gateway.access.authenticator import Authenticator

if TYPE_CHECKING:
    import httpx

    from tests.gateway.town import Party, Town

_numbers = itertools.count()


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def fresh_key() -> dict[str, str]:
    return {"Idempotency-Key": f"test-key-{next(_numbers):06}-{time.time_ns()}"}


def challenge_of(town: Town) -> bytes:
    return base64.b64decode(town.get("/v1/challenge").json()["challenge"])


def origin_of(town: Town) -> str:
    return f"http://localhost:{town.client.base_url.port}"


def database_of(town: Town) -> str:
    return f"sqlite:///{town.network.trust_file.parent / 'port.sqlite'}"


class Caller:
    """Whoever has a token."""

    def __init__(self, town: Town, token: str) -> None:
        self.town, self.token = town, token

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}

    def get(self, path: str, **options: Any) -> httpx.Response:
        return self.town.get(path, headers=self.headers, **options)

    def post(self, path: str, body: object, key: dict[str, str] | None = None) -> httpx.Response:
        return self.town.post(path, json=body, headers={**self.headers, **(key or fresh_key())})

    def patch(self, path: str, body: object) -> httpx.Response:
        return self.town.client.patch(path, json=body, headers=self.headers)

    def delete(self, path: str) -> httpx.Response:
        return self.town.client.delete(path, headers=self.headers)


class Phone(Caller):
    """A cardholder's phone."""

    def __init__(self, town: Town) -> None:
        super().__init__(town, "")
        self.key = SigningKey.generate()
        answer = town.post("/v1/customers", json=self.new_key(), headers=fresh_key())
        assert answer.status_code == 201, answer.text
        self.customer, self.credential = answer.json()["customer"], answer.json()["credential"]
        self.sign_in()

    def new_key(self) -> dict[str, Any]:
        challenge = challenge_of(self.town)
        device = {"public_key": b64(self.key.public_key), "signature": b64(self.sign(challenge))}
        return {"challenge": b64(challenge), "label": "phone", "device": device}

    def sign(self, challenge: bytes) -> bytes:
        return self.key.sign(signing_bytes(self.town.chain_id, challenge, self.key.public_key))

    def answer_to(self, challenge: bytes) -> dict[str, Any]:
        device = {"credential": self.credential, "signature": b64(self.sign(challenge))}
        return {"challenge": b64(challenge), "device": device}

    def sign_in(self) -> dict[str, Any]:
        body = self.answer_to(challenge_of(self.town))
        answer = self.town.post("/v1/sessions", json=body, headers=fresh_key())
        assert answer.status_code == 201, answer.text
        self.token = answer.json()["token"]
        return dict(answer.json())

    def link(self, party: Party) -> httpx.Response:
        return self.post("/v1/customers/me/accounts", {"access_token": self.town.token(party)})


class Member(Caller):
    """A member of staff with a passkey."""

    def __init__(self, town: Town, institution: str, role: str, invitation: str | None = None) -> None:
        super().__init__(town, "")
        if invitation is None:
            url, now_ms = database_of(town), time.time_ns() // 1_000_000
            invitation = asyncio.run(
                invite_first(url, institution, f"{role} of {institution}", role, now_ms)
            ).invitation
        self.passkey = Authenticator(origin_of(town))
        challenge = challenge_of(town)
        body = {"invitation": invitation, "challenge": b64(challenge), "label": "key"}
        answer = town.post(
            "/v1/staff/passkeys", json={**body, "passkey": self.passkey.create(challenge)}, headers=fresh_key()
        )
        assert answer.status_code == 201, answer.text
        self.member = answer.json()["member"]
        self.sign_in()

    def sign_in(self) -> dict[str, Any]:
        challenge = challenge_of(self.town)
        body = {"challenge": b64(challenge), "passkey": self.passkey.get(challenge)}
        answer = self.town.post("/v1/sessions", json=body, headers=fresh_key())
        assert answer.status_code == 201, answer.text
        self.token = answer.json()["token"]
        return dict(answer.json())

    def make_key(self, *scopes: str, accounts: tuple[bytes, ...] = ()) -> Caller:
        body = {
            "label": "shop",
            "scopes": list(scopes),
            "accounts": [account.hex() for account in accounts],
            "expires_at_ms": time.time_ns() // 1_000_000 + 3_600_000,
        }
        answer = self.post("/v1/api-keys", body)
        assert answer.status_code == 201, answer.text
        return Caller(self.town, answer.json()["key"])
