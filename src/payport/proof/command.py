"""The stand-alone command: ``payport-verify FILE --trust TRUST [--json] [--view-lang en|zh]``.

Exit status 0: the receipt is proven; 1: it is not, or a file cannot be read, with what is wrong; 2: wrong usage.
"""

from __future__ import annotations

import argparse
import json
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

from payport.proof.receipt import MAX_RECEIPT_BYTES
from payport.proof.trust import MAX_TRUST_BYTES, decode_trust
from payport.proof.verify import BalanceChange, Verdict, verify_receipt
from payport.values.refusals import Refusal, RefusalClass, RefusalCode

if TYPE_CHECKING:
    from collections.abc import Sequence

UNREADABLE_FILE: Final = RefusalCode(
    "unreadable_file",
    RefusalClass.NOT_FOUND,
    "A file cannot be read.",
    "无法读取文件。",
)
"""Raised for a receipt or trust file that is missing or may not be read."""

REFUSALS: Final = (UNREADABLE_FILE,)
"""Refusals of this module."""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)

_WORDS: Final[dict[str, dict[str, str]]] = {
    "en": {
        "proven": "The receipt is proven.",
        "not_proven": "The receipt is NOT proven.",
        "transaction": "transaction",
        "kind": "kind",
        "withheld": "transaction withheld",
        "outcome": "outcome",
        "chain": "network",
        "block": "block",
        "signer": "signed by",
        "balance": "balance",
        "entry": "entry",
        "change": "change",
        "after": "after",
        "fee": "fee",
        "minor": "minor units",
        "finality": "finality",
        "over": "over block",
        "institutions": "voted by",
        "note": "note",
        "historical": "historical: by an earlier validator set alone; the newest one known did not vote for it",
    },
    "zh": {
        "proven": "凭证已得到证明。",
        "not_proven": "凭证未能得到证明。",
        "transaction": "交易",
        "kind": "类型",
        "withheld": "交易内容未披露",
        "outcome": "结果",
        "chain": "网络",
        "block": "区块",
        "signer": "签名者",
        "balance": "余额",
        "entry": "分录",
        "change": "变动",
        "after": "变动后",
        "fee": "手续费",
        "minor": "最小货币单位",
        "finality": "终局性",
        "over": "所证区块",
        "institutions": "投票机构",
        "note": "注意",
        "historical": "历史证明：仅由较早的验证人集合作出，已知的最新验证人集合并未为其投票",
    },
}
"""Every word the command shows, by language."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Verify one receipt; return the exit status."""
    options = _parser().parse_args(arguments)
    try:
        trust = decode_trust(read_file(options.trust, MAX_TRUST_BYTES))
        verdict = verify_receipt(read_file(options.file, MAX_RECEIPT_BYTES), trust)
    except Refusal as refusal:
        _print(refusal_json(refusal) if options.json else describe_refusal(refusal, options.view_lang))
        return 1
    _print(verdict_json(verdict) if options.json else describe_verdict(verdict, options.view_lang))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="payport-verify", description="Verify a Payport receipt without a network.")
    parser.add_argument("file", metavar="FILE", type=Path, help="the receipt")
    parser.add_argument("--trust", metavar="TRUST", type=Path, required=True, help="the trust file of the network")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--view-lang", choices=sorted(_WORDS), default="en", help="language of the summary")
    return parser


def read_file(file: Path, limit_bytes: int) -> bytes:
    """Read at most one byte more than the format allows, so that a huge file is refused and not loaded."""
    try:
        with file.open("rb") as stream:
            return stream.read(limit_bytes + 1)
    except OSError as error:
        UNREADABLE_FILE.refuse(f"{file}: {error.strerror}")


def _print(text: str) -> None:
    # The summary may be Chinese whatever the terminal's locale says.
    sys.stdout.buffer.write((text + "\n").encode(errors="backslashreplace"))
    sys.stdout.flush()


def verdict_json(verdict: Verdict) -> str:
    """Return the verdict as one JSON object."""
    members = {
        "verified": True,
        "chain_id": verdict.chain_id,
        "height": verdict.height,
        "time_ms": verdict.time_ms,
        "transaction_id": verdict.transaction_id.hex(),
        "kind": verdict.kind,
        "withheld": verdict.withheld,
        "outcome": verdict.outcome,
        "signers": [{"public_key": key.hex(), "role": role} for key, role in verdict.signers],
        "balances": [
            {
                "account": balance.account.hex(),
                "asset": balance.asset,
                "entry": balance.entry,
                "delta_minor": balance.delta_minor,
                "balance_minor": balance.balance_minor,
                "fee_minor": balance.fee_minor,
            }
            for balance in verdict.balances
        ],
        "finality": verdict.finality_tag,
        "proven_at_height": verdict.proven_at_height,
        "binds": {"en": verdict.binds_en, "zh": verdict.binds_zh},
        "institutions": list(verdict.institutions),
        "historical": verdict.historical,
    }
    return json.dumps(members, ensure_ascii=False)


def refusal_json(refusal: Refusal) -> str:
    """Return a refusal as one JSON object."""
    members = {
        "verified": False,
        "code": refusal.code,
        "en": refusal.reason.en,
        "zh": refusal.reason.zh,
        "detail": refusal.detail,
    }
    return json.dumps(members, ensure_ascii=False)


def describe_refusal(refusal: Refusal, language: str) -> str:
    """Return a refusal for people."""
    sentence = refusal.reason.zh if language == "zh" else refusal.reason.en
    lines = [_WORDS[language]["not_proven"], f"  {refusal.code}: {sentence}"]
    if refusal.detail:
        lines.append(f"  {refusal.detail}")
    return "\n".join(lines)


def describe_verdict(verdict: Verdict, language: str) -> str:
    """Return the verdict for people."""
    words = _WORDS[language]
    rows = [
        (words["transaction"], verdict.transaction_id.hex()),
        (words["kind"], words["withheld"] if verdict.kind is None else verdict.kind),
        (words["outcome"], verdict.outcome),
        (words["chain"], verdict.chain_id),
        (words["block"], f"{verdict.height}, {_instant(verdict.time_ms)}"),
    ]
    rows += [(words["signer"], f"{role} {key.hex()}") for key, role in verdict.signers]
    rows += [(words["balance"], _describe_balance(balance, words)) for balance in verdict.balances]
    binds = verdict.binds_zh if language == "zh" else verdict.binds_en
    rows.append(
        (words["finality"], f"{verdict.finality_tag}, {words['over']} {verdict.proven_at_height}: {binds}"),
    )
    if verdict.institutions:
        rows.append((words["institutions"], ", ".join(verdict.institutions)))
    if verdict.historical:
        rows.append((words["note"], words["historical"]))
    return "\n".join([words["proven"], *(f"  {name}: {value}" for name, value in rows)])


def _describe_balance(balance: BalanceChange, words: dict[str, str]) -> str:
    return (
        f"{balance.account.hex()} {balance.asset} {words['entry']} {balance.entry}: {words['change']} "
        f"{balance.delta_minor:+d}, {words['after']} {balance.balance_minor}, {words['fee']} {balance.fee_minor} "
        f"({words['minor']})"
    )


def _instant(time_ms: int) -> str:
    """Return a block time as text; a time beyond the calendar stays a number."""
    try:
        return (_EPOCH + timedelta(milliseconds=time_ms)).isoformat(timespec="milliseconds")
    except OverflowError:
        return f"{time_ms} ms"


if __name__ == "__main__":
    sys.exit(main())
