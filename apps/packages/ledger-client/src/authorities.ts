/** A payer's authority: what a pay code carries, signed by a session key of the payer, who may be offline. */

import { concat, utf8 } from "./bytes.js";
import { MAX_AUTHORITY_VALIDITY_MS } from "./generated/limits.js";
import { AUTHORITY, SIGNED_AUTHORITY } from "./generated/transactions.js";
import type { Authority } from "./generated/transactions.js";
import { prefix, taggedHash } from "./hashing.js";
import type { SigningKey } from "./keys.js";
import { decodeRecord, encodeRecord } from "./schema.js";
import { requireSignature } from "./signatures.js";
import type { WebAuthnPolicy } from "./signatures.js";

export type { Authority } from "./generated/transactions.js";

/** What a payer allows: who, on which network, at most how much. */
export interface Allowance {
  /** Network. */
  readonly chain_id: string;
  /** Account to be debited. */
  readonly account: Uint8Array;
  /** Currency. */
  readonly asset: string;
  /** Largest amount that may be charged, in minor units. */
  readonly cap_minor: number;
}

const COUNTER_BITS = 48n;
const DIGITS = 10n ** 17n;

/** Return the bytes a payer's key signs. */
export function authoritySigningBytes(authority: Uint8Array): Uint8Array {
  return concat(prefix("authority"), authority);
}

/** Return the authority of one code, good for a minute and one charge; with `digits` for tills that read digits. */
export function buildAuthority(allowance: Allowance, digits: string | null = null, nowMs = Date.now()): Authority {
  return {
    ...allowance,
    issued_at_ms: nowMs,
    expires_at_ms: nowMs + MAX_AUTHORITY_VALIDITY_MS,
    counter: Number(randomBelow(2n ** COUNTER_BITS)),
    digits_digest: digits === null ? null : digitsDigest(digits, allowance.account),
  };
}

/** Sign an authority, and return what a code carries; refuses `malformed_bytes`. */
export async function signAuthority(authority: Authority, key: SigningKey): Promise<Uint8Array> {
  const encoded = encodeRecord(AUTHORITY, authority);
  const signature = await key.sign(authoritySigningBytes(encoded));
  return encodeRecord(SIGNED_AUTHORITY, {
    authority: encoded,
    scheme: key.scheme,
    public_key: key.publicKey,
    signature,
  });
}

/** Read the bytes of an authority; refuses `malformed_bytes`. */
export function decodeAuthority(authority: Uint8Array): Authority {
  return decodeRecord(AUTHORITY, authority);
}

/** An authority, the key that signed it, and the hash it is remembered by. */
export interface AuthorityBy {
  /** The authority. */
  readonly authority: Authority;
  /** Key it verifies under; that the key is the payer's, only the ledger knows. */
  readonly publicKey: Uint8Array;
  /** Hash by which the ledger remembers that it was charged. */
  readonly id: Uint8Array;
}

/** Read a signed authority and verify it; refuses `malformed_bytes`, `unknown_scheme` or `invalid_signature`. */
export function readSignedAuthority(data: Uint8Array, policy?: WebAuthnPolicy): AuthorityBy {
  const { authority, scheme, public_key: publicKey, signature } = decodeRecord(SIGNED_AUTHORITY, data);
  const read = decodeAuthority(authority);
  requireSignature(scheme, publicKey, authoritySigningBytes(authority), signature, policy);
  return { authority: read, publicKey, id: authorityId(authority) };
}

/** Return the hash an authority is remembered by once it was charged; its signature is left out of it. */
export function authorityId(authority: Uint8Array): Uint8Array {
  return taggedHash("authority", authority);
}

/** Draw 19 digits for a till that reads digits; they begin with 62. */
export function drawDigits(): string {
  return `62${randomBelow(DIGITS).toString().padStart(17, "0")}`;
}

/** Return the digest of a digit code of an account, as its authority names it. */
export function digitsDigest(digits: string, account: Uint8Array): Uint8Array {
  return taggedHash("pay_code", concat(account, utf8(digits)));
}

/** Draw a number below a bound; 128 bits make the unevenness of the remainder immeasurable. */
function randomBelow(bound: bigint): bigint {
  const drawn = crypto.getRandomValues(new BigUint64Array(2));
  return (((drawn[0] ?? 0n) << 64n) | (drawn[1] ?? 0n)) % bound;
}
