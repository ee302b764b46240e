/** A merchant's order: what a dynamic code carries and a purchase embeds, signed by a key of the merchant. */

import { concat } from "./bytes.js";
import { ORDER, SIGNED_ORDER } from "./generated/transactions.js";
import type { Order } from "./generated/transactions.js";
import { prefix } from "./hashing.js";
import type { SigningKey } from "./keys.js";
import { decodeRecord, encodeRecord } from "./schema.js";
import { requireSignature } from "./signatures.js";
import type { WebAuthnPolicy } from "./signatures.js";

export type { Order } from "./generated/transactions.js";

/** Return the bytes a merchant's key signs. */
export function orderSigningBytes(order: Uint8Array): Uint8Array {
  return concat(prefix("order"), order);
}

/** Sign an order, and return what a code or a purchase carries; refuses `malformed_bytes`. */
export async function signOrder(order: Order, key: SigningKey): Promise<Uint8Array> {
  const encoded = encodeRecord(ORDER, order);
  const signature = await key.sign(orderSigningBytes(encoded));
  return encodeRecord(SIGNED_ORDER, { order: encoded, scheme: key.scheme, public_key: key.publicKey, signature });
}

/** Read the bytes of an order; refuses `malformed_bytes`. */
export function decodeOrder(order: Uint8Array): Order {
  return decodeRecord(ORDER, order);
}

/** An order and the key that signed it. */
export interface OrderBy {
  /** The order. */
  readonly order: Order;
  /** Key it verifies under; that the key is the merchant's, only the ledger knows. */
  readonly publicKey: Uint8Array;
}

/** Read a signed order and verify it; refuses `malformed_bytes`, `unknown_scheme` or `invalid_signature`. */
export function readSignedOrder(data: Uint8Array, policy?: WebAuthnPolicy): OrderBy {
  const { order, scheme, public_key: publicKey, signature } = decodeRecord(SIGNED_ORDER, data);
  const read = decodeOrder(order);
  requireSignature(scheme, publicKey, orderSigningBytes(order), signature, policy);
  return { order: read, publicKey };
}
