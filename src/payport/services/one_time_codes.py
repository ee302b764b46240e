"""One-time codes: six digits sent to a phone or mailbox, to show that whoever types them holds it.

A code is kept as a keyed digest alone. It is drawn just before it is sent, so a code that was drawn and perhaps not
sent is replaced by another when the same request is made again.
"""

from __future__ import annotations

import enum
import hmac
import re
import secrets
from typing import TYPE_CHECKING, Final

from sqlalchemy import select, update

from payport.services.limits import CODE_DIGITS, CODE_VALID_MS, MAX_CODE_TRIES
from payport.services.messenger.contract import Message
from payport.services.tables import CODES
from payport.values.hashing import Tag
from payport.values.refusals import RefusalClass, RefusalCode

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection

    from payport.services.branch import Branch
    from payport.services.secret import DigestKey

WRONG_CODE: Final = RefusalCode(
    "wrong_code", RefusalClass.UNAUTHORISED, "The one-time code is not right.", "验证码不正确。"
)
"""Each try counts; a malformed code is wrong too."""

CODE_EXPIRED: Final = RefusalCode(
    "code_expired",
    RefusalClass.EXPIRED,
    "The one-time code has expired; ask for another.",
    "验证码已过期，请重新获取。",
)
"""It counts for five minutes."""

TOO_MANY_CODE_TRIES: Final = RefusalCode(
    "too_many_code_tries",
    RefusalClass.LIMIT,
    "The one-time code was typed wrongly too often; ask for another.",
    "验证码输入错误次数过多，请重新获取。",
)
"""The code is used up, even by the right one."""

REFUSALS: Final = (TOO_MANY_CODE_TRIES, CODE_EXPIRED, WRONG_CODE)
"""Refusals of this module, in order of precedence."""

_CODE: Final = re.compile(rf"[0-9]{{{CODE_DIGITS}}}")


class Verdict(enum.StrEnum):
    """How a typed code was found. A verdict is written down before it is told, so it is returned and not raised."""

    RIGHT = ""
    """It is the code."""
    WRONG = WRONG_CODE.code
    """It is not."""
    EXPIRED = CODE_EXPIRED.code
    """It came too late."""
    USED_UP = TOO_MANY_CODE_TRIES.code
    """No more tries."""


async def begin_code(connection: AsyncConnection, code_id: bytes, now_ms: int) -> int:
    """Make room for a code; return until when it will count."""
    expires_at_ms = now_ms + CODE_VALID_MS
    await connection.execute(CODES.insert().values(id=code_id, tries=0, expires_at_ms=expires_at_ms))
    return expires_at_ms


async def send_code(branch: Branch, code_id: bytes, address: str) -> None:
    """Draw the code and send it, unless it was sent; raises ``messenger_unavailable``, and is then called again."""
    mine = CODES.c.id == code_id
    async with branch.database.reader.connect() as connection:
        row = (await connection.execute(select(CODES).where(mine))).first()
    if row is None or row.sent_at_ms is not None or row.verified_at_ms is not None:
        return
    code = f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}d}"
    digest = _digest(branch.secret, code_id, code)
    async with branch.database.writer.begin() as connection:
        await connection.execute(update(CODES).where(mine).values(digest=digest))
    minutes = CODE_VALID_MS // 60_000
    english = f"{branch.name}: your code is {code}. It counts for {minutes} minutes. We never ask you for it."
    chinese = f"{branch.name}:验证码 {code},{minutes} 分钟内有效。切勿告知他人。"
    await branch.messenger.send(Message(address, f"{english} {chinese}"))
    async with branch.database.writer.begin() as connection:
        await connection.execute(update(CODES).where(mine).values(sent_at_ms=branch.clock()))


async def try_code(connection: AsyncConnection, key: DigestKey, code_id: bytes, typed: str, now_ms: int) -> Verdict:
    """Look at a typed code and count the try; a code that was right before is right again, whatever the time.

    The row is locked by the count, so of tries at once none goes uncounted.
    """
    mine = CODES.c.id == code_id
    left = mine & (CODES.c.tries < MAX_CODE_TRIES)
    counted = await connection.execute(update(CODES).where(left).values(tries=CODES.c.tries + 1))
    if counted.rowcount == 0:
        return Verdict.USED_UP
    row = (await connection.execute(select(CODES).where(mine))).one()
    right = bool(_CODE.fullmatch(typed)) and row.digest is not None
    right = right and hmac.compare_digest(_digest(key, code_id, typed), row.digest)
    if row.verified_at_ms is None and row.expires_at_ms <= now_ms:
        return Verdict.EXPIRED
    if not right:
        return Verdict.WRONG
    verified_at_ms = now_ms if row.verified_at_ms is None else row.verified_at_ms
    await connection.execute(update(CODES).where(mine).values(tries=row.tries - 1, verified_at_ms=verified_at_ms))
    return Verdict.RIGHT


def refuse(verdict: str) -> None:
    """Raise what a verdict other than right says."""
    for reason in REFUSALS:
        if reason.code == verdict:
            reason.refuse()


def _digest(key: DigestKey, code_id: bytes, code: str) -> bytes:
    return key.digest(Tag.ONE_TIME_CODE, code_id, code)
