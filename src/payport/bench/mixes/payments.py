"""Payments: at once, by a code, by an authorisation, by a pay code; and refunds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from payport.bench.author import Signed, institution, phone
from payport.bench.bulk_base import CURRENCY, bank_of, customer_account, merchant_near
from payport.proof import merkle
from payport.values import authorities, codec
from payport.values.authorities import Authority, SignedAuthority
from payport.values.limits import AUTHORITY_CLOCK_SKEW_MS, MAX_AUTHORITY_VALIDITY_MS
from payport.values.orders import Order
from payport.wallet.keys import SCHEME
from payport.wallet.sign import bind_group, sign, sign_order

if TYPE_CHECKING:
    from payport.bench.author import Author
    from payport.bench.mix import Item, Mix, Steps
    from payport.ledger.block import Executed

TRANSFER_MINOR: Final = 100
"""Amount of a transfer."""

SALE_MINOR: Final = 2_000
"""Amount of a sale: large enough that each of the fee's three shares is more than nothing."""

_HOLD_MS: Final = 3_600_000


def transfers(author: Author, count: int) -> list[Item]:
    """Return transfers by the pattern."""
    return [
        author.alone(
            phone(payer),
            "transfer/1",
            payee=customer_account(payee),
            asset=CURRENCY,
            amount_minor=TRANSFER_MINOR,
        )
        for payer, payee in author.pairs(count)
    ]


def transfer(author: Author, count: int) -> Steps:
    """Transfers across banks."""
    yield from ()
    return transfers(author, count)


def _purchase(author: Author, payer: int, merchant: int, order: bytes | None) -> Signed:
    account = customer_account(merchant)
    fields = {"merchant": account, "asset": CURRENCY, "amount_minor": SALE_MINOR, "order": order}
    return author.write(phone(payer), "purchase/1", **fields)


def purchase(author: Author, count: int) -> Steps:
    """Purchases by a static code, with a fee of three shares."""
    yield from ()
    sold = (_purchase(author, payer, merchant_near(payee), None) for payer, payee in author.pairs(count))
    return [(signed.envelope,) for signed in sold]


def order(author: Author, count: int) -> Steps:
    """Purchases by a dynamic code: an order signed by the merchant is in each."""
    yield from ()
    items: list[Item] = []
    for number, (payer, payee) in enumerate(author.pairs(count)):
        till = phone(merchant_near(payee))
        asked = Order(
            chain_id=author.chain_id,
            merchant=customer_account(merchant_near(payee)),
            order_id=str(number),
            amount_minor=SALE_MINOR,
            asset=CURRENCY,
            expires_at_ms=author.start_ms + _HOLD_MS,
        )
        items.append((_purchase(author, payer, merchant_near(payee), sign_order(till.key, asked)).envelope,))
    return items


def group(author: Author, count: int) -> Steps:
    """Issue and purchase as a group: the payer's bank issues just in time what is spent."""
    yield from ()
    items: list[Item] = []
    for payer, payee in author.pairs(count):
        bank, buyer = institution(bank_of(payer)), phone(payer)
        merchant = customer_account(merchant_near(payee))
        amounts = {"asset": CURRENCY, "amount_minor": SALE_MINOR}
        issued = author.draft(bank, "issue/1", account=buyer.sender, **amounts)
        bought = author.draft(buyer, "purchase/1", merchant=merchant, order=None, **amounts)
        first, second = bind_group([issued, bought])
        items.append((sign(first, bank.key), sign(second, buyer.key)))
    return items


def refund(author: Author, count: int) -> Steps:
    """Whole refunds, each with the proof of its purchase."""
    sold = []
    for payer, payee in author.pairs(count):
        merchant = merchant_near(payee)
        sold.append((merchant, _purchase(author, payer, merchant, None)))
    blocks = yield [(signed.envelope,) for _, signed in sold]
    proven = [proof for block in blocks for proof in _proofs(block)]
    return [
        author.alone(
            phone(merchant),
            "refund/1",
            purchase=signed.body,
            outcome_leaf=leaf,
            leaf_index=index,
            leaf_path=path,
            commitment=commitment,
            log_path=(),
            amount_minor=SALE_MINOR,
        )
        for (merchant, signed), (leaf, index, path, commitment) in zip(author.shown(sold, count), proven, strict=True)
    ]


def _proofs(block: Executed) -> list[tuple[bytes, int, tuple[bytes, ...], bytes]]:
    """Return leaf, index, path and commitment of every transaction of a block, in order."""
    hashes = [merkle.leaf_hash(leaf) for leaf in block.leaves]
    places = [outcome.leaf_index for outcomes in block.outcomes for outcome in outcomes]
    return [(block.leaves[place], place, merkle.hashed_path(hashes, place), block.commitment_bytes) for place in places]


def _authorisations(author: Author, count: int) -> list[tuple[int, int, Signed]]:
    """Return payer, merchant and authorisation, as many for each account."""
    made = []
    for payer, payee in author.turns(count):
        merchant = merchant_near(payee)
        signed = author.write(
            phone(payer),
            "authorise/1",
            merchant=customer_account(merchant),
            asset=CURRENCY,
            amount_minor=SALE_MINOR,
            order=None,
            expires_at_ms=author.start_ms + _HOLD_MS,
        )
        made.append((payer, merchant, signed))
    return made


def authorise(author: Author, count: int) -> Steps:
    """Authorisations for a merchant of another bank, in turn by every account."""
    yield from ()
    return [(signed.envelope,) for _, _, signed in _authorisations(author, count)]


def capture(author: Author, count: int) -> Steps:
    """Whole holds captured and ended; they exist."""
    held = _authorisations(author, count)
    yield [(signed.envelope,) for _, _, signed in held]
    return [
        author.alone(
            phone(merchant),
            "capture/1",
            payer=customer_account(payer),
            asset=CURRENCY,
            amount_minor=SALE_MINOR,
            hold=signed.transaction_id,
            final=True,
        )
        for payer, merchant, signed in author.shown(held, count)
    ]


def release(author: Author, count: int) -> Steps:
    """Whole holds released; they exist."""
    held = _authorisations(author, count)
    yield [(signed.envelope,) for _, _, signed in held]
    return [
        author.alone(phone(merchant), "release/1", payer=customer_account(payer), hold=signed.transaction_id)
        for payer, merchant, signed in author.shown(held, count)
    ]


def charge(author: Author, count: int) -> Steps:
    """Charges by a scanned pay code: an authority signed by the payer is in each."""
    yield from ()
    # Issued as late as the ledger's tolerance of clocks allows, so that it outlasts the measurement.
    issued_ms = author.start_ms + AUTHORITY_CLOCK_SKEW_MS
    items: list[Item] = []
    for number, (payer, payee) in enumerate(author.pairs(count)):
        account, key = customer_account(payer), phone(payer).key
        expires_ms = issued_ms + MAX_AUTHORITY_VALIDITY_MS
        body = codec.encode(
            Authority(author.chain_id, account, CURRENCY, SALE_MINOR, issued_ms, expires_ms, number, None)
        )
        shown = SignedAuthority(body, SCHEME, key.public_key, key.sign(authorities.signing_bytes(body)))
        items.append(
            author.alone(
                phone(merchant_near(payee)),
                "charge/1",
                payer=account,
                asset=CURRENCY,
                amount_minor=SALE_MINOR,
                authority=codec.encode(shown),
                digits=None,
            )
        )
    return items


MIXES: Final[tuple[Mix, ...]] = (transfer, purchase, order, group, refund, authorise, capture, release, charge)
