"""An account this wallet acts for: its id, the key that signs, and the view key that reads it."""

from __future__ import annotations

import time
from typing import Final

from payport.values.access import make_token
from payport.wallet.keys import SigningKey

ACCESS_LIFE_MS: Final = 5 * 60_000
"""How long an access token counts; a new one is made for every request."""


class OwnAccount:
    """One account with its secrets. They are never shown: not by ``repr``, not by logs."""

    __slots__ = ("_view_key", "account", "chain_id", "key")

    def __init__(self, chain_id: str, account: bytes, view_key: bytes, key: SigningKey) -> None:
        """Take the network, the account's id (16 bytes), its view key (32 bytes) and a key bound to it."""
        self.chain_id: Final = chain_id
        self.account: Final = account
        self.key: Final = key
        self._view_key = view_key

    def access_token(self) -> str:
        """Return a token that reads this account for a few minutes."""
        expires_at_ms = time.time_ns() // 1_000_000 + ACCESS_LIFE_MS
        return make_token(self.chain_id, self.account, self._view_key, expires_at_ms)

    def reveal_view_key(self) -> bytes:
        """Return the view key, for a file that is encrypted or for the institution that opens the account."""
        return self._view_key

    def __repr__(self) -> str:
        """Show what is no secret."""
        return f"OwnAccount({self.account.hex()} on {self.chain_id})"
