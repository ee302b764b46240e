"""What a kind of finality proof is: a tag, a check of the payload, and words for whom it binds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

from payport.values.refusals import RefusalClass, RefusalCode
from payport.values.signatures import pure

if TYPE_CHECKING:
    from collections.abc import Callable

    from payport.proof.trust import Trust
    from payport.values.signatures.contract import Primitive

    Backend = Callable[[Primitive], bool]

FINALITY_INVALID: Final = RefusalCode(
    "finality_invalid",
    RefusalClass.UNAUTHORISED,
    "The finality proof does not prove the commitment.",
    "终局性证明未能证明该承诺。",
)
"""Raised for a proof of the wrong form, and for one whose signature does not verify."""

UNTRUSTED_KEY: Final = RefusalCode(
    "untrusted_key",
    RefusalClass.UNAUTHORISED,
    "The finality proof is signed by a key the trust file does not name.",
    "终局性证明由信任文件未列出的密钥签署。",
)
"""Raised before the signature is looked at."""

UNKNOWN_FINALITY: Final = RefusalCode(
    "unknown_finality",
    RefusalClass.MALFORMED,
    "The kind of finality proof is not known to this verifier.",
    "此验证程序不支持该类终局性证明。",
)
"""Raised for a tag that is not in the table."""

REFUSALS: Final = (UNKNOWN_FINALITY, UNTRUSTED_KEY, FINALITY_INVALID)
"""Refusals of finality proofs, in order of precedence."""


class Finding(NamedTuple):
    """What a finality proof was found to say, besides that it proves the commitment."""

    institutions: tuple[str, ...] = ()
    """Institutions whose votes count, as the trust file names them; empty where the kind knows none."""
    historical: bool = False
    """Whether only an earlier validator set than the newest in the trust file stands behind it."""


class FinalityKind(Protocol):
    """A kind of finality proof; each is a module of this package."""

    @property
    def TAG(self) -> str:  # noqa: N802 - a module constant seen through a protocol
        """Tag in the receipt."""

    @property
    def BINDS_EN(self) -> str:  # noqa: N802 - as above
        """Whom the proof binds, in English."""

    @property
    def BINDS_ZH(self) -> str:  # noqa: N802 - as above
        """Whom the proof binds, in simplified Chinese."""

    def verify(self, payload: bytes, commitment: bytes, trust: Trust, backend: Backend = pure.verify) -> Finding:
        """Insist that the payload proves the encoded commitment; raises a refusal.

        ``backend`` decides each primitive check: the verifier's own pure Python, or native code where there is some.
        """
