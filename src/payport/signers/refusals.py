"""Why a key in a hardware module cannot be used. No detail holds a PIN."""

from __future__ import annotations

from typing import Final

from payport.values.refusals import RefusalClass, RefusalCode

MALFORMED_SIGNER: Final = RefusalCode(
    "malformed_signer",
    RefusalClass.MALFORMED,
    "This names no key; it is pkcs11:token=...;object=...?module-path=...&pin-source=file:...",
    "密钥地址格式不正确，应为 pkcs11:token=...;object=...?module-path=...&pin-source=file:...",
)
"""``detail`` names the attribute, never its value."""

SIGNER_MODULE_MISSING: Final = RefusalCode(
    "signer_module_missing",
    RefusalClass.NOT_FOUND,
    "The PKCS#11 module cannot be loaded.",
    "无法加载 PKCS#11 模块。",
)
"""There is no such file, it is no module, or Payport was installed without its extra ``hsm``."""

PIN_MISSING: Final = RefusalCode(
    "pin_missing",
    RefusalClass.NOT_FOUND,
    "The file or variable that should hold the PIN is not there, or holds none.",
    "存放 PIN 的文件或环境变量不存在或为空。",
)
"""``detail`` names it."""

PIN_EXPOSED: Final = RefusalCode(
    "pin_exposed",
    RefusalClass.UNAUTHORISED,
    "Others may read the file of the PIN; make it readable by its owner alone (chmod 600).",
    "PIN 文件可被他人读取，请将权限改为仅所有者可读（chmod 600）。",
)
"""Its mode gives group or others a right."""

TOKEN_NOT_FOUND: Final = RefusalCode(
    "token_not_found",
    RefusalClass.NOT_FOUND,
    "The module knows no such token.",
    "模块中没有该令牌。",
)
"""It was taken out, is not initialised, or has another name."""

PIN_LOCKED: Final = RefusalCode(
    "pin_locked",
    RefusalClass.UNAUTHORISED,
    "The token's PIN is locked, or one more wrong try would lock it; only a person can go on.",
    "令牌 PIN 已锁定，或再错一次即会锁定，须由人工处理。",
)
"""The last try is left to a person: a program that is started again and again would spend it."""

PIN_WRONG: Final = RefusalCode(
    "pin_wrong",
    RefusalClass.UNAUTHORISED,
    "The token refuses the PIN.",
    "令牌拒绝该 PIN。",
)
"""An open signer does not show the same PIN to the token again."""

SIGNING_KEY_NOT_FOUND: Final = RefusalCode(
    "signing_key_not_found",
    RefusalClass.NOT_FOUND,
    "The token holds no such key pair.",
    "令牌中没有该密钥对。",
)
"""Private and public part are needed; once open, the same pair."""

AMBIGUOUS_SIGNER: Final = RefusalCode(
    "ambiguous_signer",
    RefusalClass.CONFLICT,
    "More than one token or key has this name; add serial or id.",
    "有多个令牌或密钥与该名称相符，请补充 serial 或 id。",
)
"""A key is never chosen by chance."""

SIGNING_KEY_NOT_ED25519: Final = RefusalCode(
    "signing_key_not_ed25519",
    RefusalClass.MALFORMED,
    "The key in the token is not an Ed25519 key pair.",
    "令牌中的密钥不是 Ed25519 密钥对。",
)
"""Another type, another curve, or a public part under which its signatures do not verify."""

SIGNING_KEY_EXISTS: Final = RefusalCode(
    "signing_key_exists",
    RefusalClass.CONFLICT,
    "The token holds an object of this name already; keys are never replaced.",
    "令牌中已有同名对象，不会替换密钥。",
)
"""Choose another name."""

SIGNER_UNAVAILABLE: Final = RefusalCode(
    "signer_unavailable",
    RefusalClass.UNAVAILABLE,
    "The token that keeps the key does not sign just now; try again shortly.",
    "保管密钥的令牌暂时无法签名，请稍后重试。",
)
"""``detail`` says what the module answered, or what a new connection was refused for."""

REFUSALS: Final = (
    MALFORMED_SIGNER,
    SIGNER_MODULE_MISSING,
    TOKEN_NOT_FOUND,
    PIN_LOCKED,
    PIN_MISSING,
    PIN_EXPOSED,
    PIN_WRONG,
    SIGNING_KEY_NOT_FOUND,
    AMBIGUOUS_SIGNER,
    SIGNING_KEY_NOT_ED25519,
    SIGNING_KEY_EXISTS,
    SIGNER_UNAVAILABLE,
)
"""Refusals of keys in hardware modules, in order of precedence."""
