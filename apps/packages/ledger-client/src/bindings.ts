/** Proof of possession: a key that is being bound signs who it is being bound to. */

import { concat, utf8 } from "./bytes.js";
import { NEW_KEY } from "./generated/transactions.js";
import type { NewKey } from "./generated/transactions.js";
import { prefix } from "./hashing.js";
import type { SigningKey } from "./keys.js";
import { encode } from "./messagepack.js";
import { decodeRecord, encodeRecord } from "./schema.js";
import { requireBindable, requireSignature } from "./signatures.js";
import type { WebAuthnPolicy } from "./signatures.js";

export type { NewKey } from "./generated/transactions.js";

/** Who a key is bound to: an account's id, or an institution's name. */
export type Holder = Uint8Array | string;

/** Return what a new key signs: network, holder and itself. */
export function bindingBytes(chainId: string, holder: Holder, publicKey: Uint8Array): Uint8Array {
  const held = typeof holder === "string" ? utf8(holder) : holder;
  return concat(prefix("binding"), encode([chainId, held, publicKey]));
}

/** Return a key ready to be bound to its holder. */
export async function provePossession(key: SigningKey, chainId: string, holder: Holder): Promise<NewKey> {
  const proof = await key.sign(bindingBytes(chainId, holder, key.publicKey));
  return { scheme: key.scheme, public_key: key.publicKey, proof };
}

/** Insist that a key may be bound and proves it; refuses `unknown_scheme`, `unbindable_key` or `invalid_signature`. */
export function requirePossession(key: NewKey, chainId: string, holder: Holder, policy?: WebAuthnPolicy): void {
  requireBindable(key.scheme, key.public_key);
  requireSignature(key.scheme, key.public_key, bindingBytes(chainId, holder, key.public_key), key.proof, policy);
}

/** Encode a new key by itself, as it is handed to the institution that binds it. */
export function encodeNewKey(key: NewKey): Uint8Array {
  return encodeRecord(NEW_KEY, key);
}

/** Read a new key; refuses `malformed_bytes`. */
export function decodeNewKey(data: Uint8Array): NewKey {
  return decodeRecord(NEW_KEY, data);
}
