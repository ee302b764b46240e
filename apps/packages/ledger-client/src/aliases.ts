/** Alias answers: an institution says, signed, which account a phone number or e-mail address stands for. */

import { concat, equal, toHex, utf8 } from "./bytes.js";
import { requireAscending } from "./envelopes.js";
import { MAX_SIGNED_ANSWER_BYTES } from "./generated/limits.js";
import { ALIAS_ANSWER, SIGNED_ALIAS_ANSWER } from "./generated/transactions.js";
import type { AliasAnswer } from "./generated/transactions.js";
import { prefix, taggedHash } from "./hashing.js";
import { refuse } from "./refusal.js";
import { decodeRecord } from "./schema.js";
import { requireSignature } from "./signatures.js";
import type { WebAuthnPolicy } from "./signatures.js";

export type { AliasAnswer } from "./generated/transactions.js";

/** Which keys answer for an institution, as its record on the ledger has them. */
export interface InstitutionKeys {
  /** Institution. */
  readonly institution: string;
  /** Its public keys. */
  readonly keys: readonly Uint8Array[];
  /** How many of them it takes. */
  readonly threshold: number;
}

/** What was answered for an alias the first time; the app keeps it. */
export interface Pin {
  /** Institution that answered. */
  readonly institution: string;
  /** Account the alias stands for. */
  readonly account: Uint8Array;
}

/** How far this machine's clock may be behind the institution's. */
const CLOCK_SKEW_MS = 2 * 60_000;

/** Return the digest of an alias in its one spelling: `+` and digits, or an address in lower case. */
export function aliasDigest(alias: string): Uint8Array {
  return taggedHash("alias_name", utf8(alias));
}

/** Return the bytes an institution's key signs. */
export function aliasSigningBytes(answer: Uint8Array): Uint8Array {
  return concat(prefix("alias"), answer);
}

/**
 * Return a signed answer that holds for the alias that was asked for. Refuses `malformed_bytes`, `unknown_scheme`,
 * `invalid_signature`, `alias_answer_mismatch` or `alias_answer_expired`.
 */
export function verifyAliasAnswer(
  data: Uint8Array,
  alias: string,
  chainId: string,
  by: InstitutionKeys,
  nowMs: number = Date.now(),
  policy?: WebAuthnPolicy,
): AliasAnswer {
  if (data.length > MAX_SIGNED_ANSWER_BYTES) {
    refuse("malformed_bytes", `${String(data.length)} bytes`);
  }
  const signed = decodeRecord(SIGNED_ALIAS_ANSWER, data);
  requireAscending(signed.signatures);
  const answer = decodeRecord(ALIAS_ANSWER, signed.answer);
  for (const { scheme, public_key: publicKey, signature } of signed.signatures) {
    if (!by.keys.some((key) => equal(key, publicKey))) {
      refuse("invalid_signature", toHex(publicKey));
    }
    requireSignature(scheme, publicKey, aliasSigningBytes(signed.answer), signature, policy);
  }
  if (by.threshold < 1 || signed.signatures.length < by.threshold) {
    refuse("invalid_signature", `${String(signed.signatures.length)} of ${String(by.threshold)}`);
  }
  const isAsked = answer.chain_id === chainId && answer.institution === by.institution;
  if (!isAsked || !equal(answer.alias_digest, aliasDigest(alias))) {
    refuse("alias_answer_mismatch");
  }
  if (nowMs < answer.issued_at_ms - CLOCK_SKEW_MS || nowMs > answer.expires_at_ms) {
    refuse("alias_answer_expired");
  }
  return answer;
}

/** Return what to remember of a verified answer; refuses `alias_changed` where it says other than what was pinned. */
export function acceptAnswer(answer: AliasAnswer, pinned: Pin | undefined): Pin {
  const isSame = pinned?.institution === answer.institution && equal(pinned.account, answer.account);
  if (pinned !== undefined && !isSame) {
    refuse("alias_changed", `${pinned.institution} to ${answer.institution}`);
  }
  return { institution: answer.institution, account: answer.account };
}
