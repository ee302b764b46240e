r"""Text that people type and others read: labels, names, what a request for money is for.

It holds no control characters, which no database keeps alike (PostgreSQL refuses NUL) and no screen shows, and none of
the characters that begin a line or turn the direction of what follows, with which a text could pass for another. The
pattern ends in ``$(?!\n)`` because ``$`` alone also matches before a line feed at the end.
"""

from __future__ import annotations

from typing import Annotated, TypeAlias

import msgspec

TypedText: TypeAlias = Annotated[
    str,
    msgspec.Meta(pattern=r"^[^\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]*$(?!\n)"),
]
"""One line of any script; whoever uses it says how long it may be."""
