"""Every limit of the formats, with its reason. Limits a scheme may change live in the ledger's parameters instead."""

from __future__ import annotations

from typing import Final

MAX_BODY_BYTES: Final = 8 * 1024
"""A transaction body; the largest (a refund with its proof) needs about 2.5 KB."""

MAX_ENVELOPE_BYTES: Final = 16 * 1024
"""Body and signatures; sixteen WebAuthn assertions are the outer case."""

MAX_SIGNATURES: Final = 16
"""Signatures on one envelope: the largest m-of-n an institution may set."""

MAX_SIGNATURE_BYTES: Final = 1024
"""One signature; a WebAuthn assertion may be at most 1 KB."""

MAX_GROUP_MEMBERS: Final = 16
"""Members of a group: enough for delivery-versus-payment among several banks, small enough to check at once."""

MAX_ATTACHMENT_BYTES: Final = 64
"""A salted digest of an off-ledger record, with room for its tag; never free text."""

MAX_TRANSACTIONS_PER_BLOCK: Final = 5_000
"""Transactions the embedded engine puts in one block: about 100 ms of work, so latency stays bounded."""

MAX_BLOCK_BYTES: Final = 4 * 1024 * 1024
"""Bytes of a block's items."""

MAX_VALIDITY_SHORT_MS: Final = 10 * 60 * 1_000
"""Validity of what session and device keys sign: 10 minutes bounds how long ids of routine payments are kept."""

MAX_VALIDITY_LONG_MS: Final = 24 * 60 * 60 * 1_000
"""Validity of what owners and institutions sign: 24 hours, for signing ceremonies."""

ID_BUCKET_MS: Final = 60 * 1_000
"""Width of a time bucket of remembered ids, dropped whole once past."""

MAX_ORDER_VALIDITY_MS: Final = 30 * 24 * 60 * 60 * 1_000
"""An order may be paid for at most 30 days after it was signed; its use is remembered until it expires."""

MAX_ORDER_ID_LENGTH: Final = 25
"""Characters of an order id: what EMVCo sub-tag 62-05 holds."""

MAX_KEYS_PER_ACCOUNT: Final = 16
"""Live keys of one account: phones, sessions and a till or two."""

MAX_INSTITUTION_KEYS: Final = 16
"""Keys of one institution."""

MAX_INSTITUTIONS: Final = 4_096
"""Institutions of one network."""

MAX_SWEEP_PER_BLOCK: Final = 1_000
"""Expired records removed at the start of one block, in due order."""

LOG_SUBTREE: Final = 1_024
"""Commitments under one remembered subtree root of the log; a power of two."""
