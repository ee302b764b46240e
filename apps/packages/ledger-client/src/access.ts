/** Access tokens: how a holder shows the port that an account is his to read, without showing its view key. */

import { bigEndian, concat, equal, fromBase64, fromBigEndian, toBase64, utf8 } from "./bytes.js";
import { MAX_TOKEN_LIFE_MS } from "./generated/limits.js";
import { taggedMac } from "./hashing.js";
import { refuse } from "./refusal.js";

const ACCOUNT_BYTES = 16;
const EXPIRY_BYTES = 8;
const HEAD_BYTES = ACCOUNT_BYTES + EXPIRY_BYTES;
const TOKEN_BYTES = HEAD_BYTES + 32;
const TOKEN_CHARACTERS = 75;

/** A token that was read and is not yet believed. */
export interface AccessToken {
  /** Account it asks for. */
  readonly account: Uint8Array;
  /** Until when it counts. */
  readonly expiresAtMs: number;
  /** What only the view key's holder can compute. */
  readonly mac: Uint8Array;
}

/** Return a token for an account that counts until `expiresAtMs`, at most 15 minutes ahead. */
export function makeToken(chainId: string, account: Uint8Array, viewKey: Uint8Array, expiresAtMs: number): string {
  if (account.length !== ACCOUNT_BYTES) {
    throw new RangeError("an account id has 16 bytes");
  }
  const head = headOf(account, expiresAtMs);
  return toBase64(concat(head, macOf(viewKey, chainId, head)), "url");
}

/** Read a token and look at its time; refuses `access_denied`. */
export function readToken(text: string, nowMs: number): AccessToken {
  const data = text.length === TOKEN_CHARACTERS ? fromBase64(text, "url") : null;
  if (data?.length !== TOKEN_BYTES) {
    return refuse("access_denied");
  }
  const expires = fromBigEndian(data.slice(ACCOUNT_BYTES, HEAD_BYTES));
  if (expires < BigInt(nowMs) || expires > BigInt(nowMs + MAX_TOKEN_LIFE_MS)) {
    refuse("access_denied");
  }
  return { account: data.slice(0, ACCOUNT_BYTES), expiresAtMs: Number(expires), mac: data.slice(HEAD_BYTES) };
}

/** Insist that a token was made with the view key; refuses `access_denied`. */
export function requireHolder(token: AccessToken, chainId: string, viewKey: Uint8Array): void {
  if (!equal(token.mac, macOf(viewKey, chainId, headOf(token.account, token.expiresAtMs)))) {
    refuse("access_denied");
  }
}

function headOf(account: Uint8Array, expiresAtMs: number): Uint8Array {
  return concat(account, bigEndian(expiresAtMs, EXPIRY_BYTES));
}

function macOf(viewKey: Uint8Array, chainId: string, head: Uint8Array): Uint8Array {
  return taggedMac(viewKey, "access", concat(utf8(chainId), Uint8Array.of(0), head));
}
