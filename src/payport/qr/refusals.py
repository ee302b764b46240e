"""Refusals of reading and making codes."""

from __future__ import annotations

from typing import Final

from payport.values.refusals import RefusalClass, RefusalCode


def _malformed(code: str, en: str, zh: str) -> RefusalCode:
    return RefusalCode(code, RefusalClass.MALFORMED, en, zh)


CODE_TOO_LONG: Final = _malformed(
    "code_too_long", "The code holds more characters than any code may.", "二维码内容过长。"
)
"""Longer than the largest QR symbol."""

CODE_NOT_RECOGNISED: Final = _malformed("code_not_recognised", "This is no payment code.", "这不是付款码。")
"""No scheme of the table recognises the text."""

CODE_MALFORMED: Final = _malformed(
    "code_malformed",
    "A field's number or length in the code is not written as it must be.",
    "二维码字段的编号或长度不正确。",
)
"""An id or length is not two digits."""

CODE_TRUNCATED: Final = _malformed("code_truncated", "The code ends in the middle of a field.", "二维码内容不完整。")
"""An object's length reaches past the end."""

CODE_FIELD_EMPTY: Final = _malformed("code_field_empty", "A field of the code is empty.", "二维码字段为空。")
"""A length is 00; a field without a value is left out."""

CODE_REPEATED_FIELD: Final = _malformed("code_repeated_field", "A field stands twice in the code.", "二维码字段重复。")
"""Each id stands at most once on its level."""

CODE_CRC_MISSING: Final = _malformed(
    "code_crc_missing", "The code does not end with its checksum.", "二维码缺少校验码。"
)
"""Field 63 is last and has four characters."""

CODE_CRC_WRONG: Final = _malformed(
    "code_crc_wrong", "The checksum does not match: the code is damaged.", "二维码校验失败。"
)
"""CRC-16 over everything up to and including `6304`."""

CODE_FIELD_INVALID: Final = _malformed(
    "code_field_invalid", "A field of the code breaks its rule.", "二维码字段不符合规则。"
)
"""Format, length or value of one field."""

CODE_FIELD_MISSING: Final = _malformed("code_field_missing", "A required field is missing.", "二维码缺少必填字段。")
"""Presence M, or a condition that asks for the field."""

NOT_OUR_CODE: Final = _malformed(
    "not_our_code",
    "The code belongs to another scheme, so it cannot be paid here.",
    "该码属于其他支付网络，无法在此支付。",
)
"""An EMVCo code without this network's template."""

CODE_NOT_PAYABLE: Final = _malformed(
    "code_not_payable",
    "The code asks for a tip or a fee on top of the amount, which this network does not take.",
    "该码要求在金额之外收取小费或手续费，本网络不支持。",
)
"""Fields 55 to 57 in a code of this network: paying without them would pay less than asked."""

CODE_NOT_DRAWABLE: Final = _malformed(
    "code_not_drawable",
    "The text is empty, too long or not valid text, so no QR code can be made of it.",
    "内容为空、过长或不是有效文本，无法生成二维码。",
)
"""What the largest QR symbol does not hold."""

IMAGE_UNREADABLE: Final = _malformed("image_unreadable", "The image cannot be read.", "图片无法读取。")
"""No PNG or JPEG, or damaged."""

IMAGE_TOO_LARGE: Final = _malformed("image_too_large", "The image is too large.", "图片过大。")
"""More bytes or pixels than are read."""

NO_CODE_IN_IMAGE: Final = RefusalCode(
    "no_code_in_image", RefusalClass.NOT_FOUND, "No QR code was found in the image.", "图片中未找到二维码。"
)
"""The image holds no readable symbol."""

REFUSALS: Final = (
    CODE_TOO_LONG,
    CODE_NOT_RECOGNISED,
    CODE_MALFORMED,
    CODE_TRUNCATED,
    CODE_FIELD_EMPTY,
    CODE_REPEATED_FIELD,
    CODE_CRC_MISSING,
    CODE_CRC_WRONG,
    CODE_FIELD_MISSING,
    CODE_FIELD_INVALID,
    NOT_OUR_CODE,
    CODE_NOT_PAYABLE,
    CODE_NOT_DRAWABLE,
    IMAGE_TOO_LARGE,
    IMAGE_UNREADABLE,
    NO_CODE_IN_IMAGE,
)
"""Refusals of this package."""
