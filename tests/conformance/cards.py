"""The cards every core of the suite has issued: the customer's and somebody else's."""

from __future__ import annotations

CARD = "9999 1000 0000 0002"
OTHER_CARD = "9999 1000 0000 0010"
UNISSUED = "9999 1000 0000 0028"
PHONE = "+99900000001"
