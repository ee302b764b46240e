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

MAX_LONG_IDS_PER_ACCOUNT: Final = 200
"""Transactions of an account an hour whose validity is longer than 10 minutes: every node remembers their ids."""

MAX_LONG_IDS_PER_INSTITUTION: Final = 100_000
"""The same of an institution, which opens accounts and issues in bulk."""

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

MAX_HOLD_MS: Final = 30 * 24 * 60 * 60 * 1_000
"""An authorisation reserves money for at most 30 days: hotels and car hire, the longest the card schemes allow."""

MAX_HOLDS_PER_ACCOUNT: Final = 64
"""Live holds one account may have as payer."""

MAX_OFFER_MS: Final = 30 * 24 * 60 * 60 * 1_000
"""An offer stands for at most 30 days."""

MAX_OFFERS_PER_ACCOUNT: Final = 64
"""Live offers of one account."""

MAX_FREEZES_PER_ACCOUNT: Final = 8
"""Freezes of one account in force at once: a bank, a court or two, and room."""

MAX_FREEZE_MS: Final = 366 * 24 * 60 * 60 * 1_000
"""A freeze lasts at most a year; what lasts longer is ordered again."""

MAX_AUTHORITY_VALIDITY_MS: Final = 60 * 1_000
"""A pay code can be charged for 60 seconds."""

AUTHORITY_CLOCK_SKEW_MS: Final = 30 * 1_000
"""A phone's clock may be ahead of the block's time by this much."""

MAX_PROPOSAL_MS: Final = 30 * 24 * 60 * 60 * 1_000
"""A proposal may gather approvals for at most 30 days."""

MAX_PROPOSALS_PER_INSTITUTION: Final = 16
"""Proposals of one institution open at once."""

MAX_ASSETS_PER_INSTITUTION: Final = 1_024
"""Assets one institution may register."""

MAX_ASSET_DECIMALS: Final = 8
"""Decimal places of a registered asset, as in fund units."""

LOG_SUBTREE: Final = 1_024
"""Commitments under one remembered subtree root of the log; a power of two."""
