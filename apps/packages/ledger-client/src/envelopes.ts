/** The envelope: the exact signed bytes and the signatures over them; groups that execute all or none. */

import { compare, concat } from "./bytes.js";
import { MAX_ENVELOPE_BYTES } from "./generated/limits.js";
import { ENVELOPE, SIGNATURE } from "./generated/transactions.js";
import type { Envelope, Signature } from "./generated/transactions.js";
import { prefix, taggedHash } from "./hashing.js";
import type { SigningKey } from "./keys.js";
import { decode, encode, isArray } from "./messagepack.js";
import { refuse } from "./refusal.js";
import { decodeRecord, encodeRecord } from "./schema.js";
import { requireSignature } from "./signatures.js";
import type { WebAuthnPolicy } from "./signatures.js";
import { encodeBody, transactionId } from "./transactions.js";
import type { Transaction } from "./transactions.js";

export type { Envelope, Signature } from "./generated/transactions.js";

const GROUP_INDEX = 6;

/** Return the bytes a key signs: the tag, then the body as it travels. */
export function signingBytes(body: Uint8Array): Uint8Array {
  return concat(prefix("transaction"), body);
}

/** Sign a transaction with each key, and return what is sent. */
export async function signTransaction(transaction: Transaction, ...keys: readonly SigningKey[]): Promise<Uint8Array> {
  return signBody(encodeBody(transaction), ...keys);
}

/** Sign a body as it is. */
export async function signBody(body: Uint8Array, ...keys: readonly SigningKey[]): Promise<Uint8Array> {
  const message = signingBytes(body);
  const signatures = await Promise.all(
    keys.map(async (key): Promise<Signature> => {
      const { scheme, publicKey } = key;
      return { scheme, public_key: publicKey, signature: await key.sign(message) };
    }),
  );
  signatures.sort((left, right) => compare(left.public_key, right.public_key));
  requireAscending(signatures);
  return encodeRecord(ENVELOPE, { body, signatures });
}

/** Read an envelope; refuses `envelope_too_large` or `malformed_bytes`. */
export function readEnvelope(data: Uint8Array): Envelope {
  if (data.length > MAX_ENVELOPE_BYTES) {
    refuse("envelope_too_large", `${String(data.length)} bytes`);
  }
  const envelope = decodeRecord(ENVELOPE, data);
  requireAscending(envelope.signatures);
  return envelope;
}

/** Insist that each key signs once, in the one order there is; refuses `malformed_bytes`. */
export function requireAscending(signatures: readonly Signature[]): void {
  signatures.forEach((entry, index) => {
    const before = signatures[index - 1];
    if (before !== undefined && compare(before.public_key, entry.public_key) >= 0) {
      refuse("malformed_bytes", "signatures are not in strictly ascending order of public key");
    }
  });
}

/** Insist that every signature of an envelope verifies; refuses `unknown_scheme` or `invalid_signature`. */
export function checkSignatures(envelope: Envelope, policy?: WebAuthnPolicy): void {
  const message = signingBytes(envelope.body);
  for (const { scheme, public_key: publicKey, signature } of envelope.signatures) {
    requireSignature(scheme, publicKey, message, signature, policy);
  }
}

/** Return the hash by which an outcome leaf binds the signatures. */
export function signaturesHash(signatures: readonly Signature[]): Uint8Array {
  return taggedHash("signatures", encode(signatures.map((each) => SIGNATURE.write(each))));
}

/** Return the id a body would have with its group field nil; refuses `malformed_bytes`. */
export function ungroupedId(body: Uint8Array): Uint8Array {
  const elements = decode(body);
  if (!isArray(elements) || elements.length <= GROUP_INDEX) {
    return refuse("malformed_bytes", "a body has at least eight elements");
  }
  return transactionId(encode([...elements.slice(0, GROUP_INDEX), null, ...elements.slice(GROUP_INDEX + 1)]));
}

/** Return the hash that binds a group: over its members' ids, in order, computed with the group field nil. */
export function groupHash(bodies: readonly Uint8Array[]): Uint8Array {
  return taggedHash("group", concat(...bodies.map(ungroupedId)));
}

/** Return the transactions with their group field set, so that all execute, in this order, or none. */
export function bindGroup<const T extends readonly Transaction[]>(...transactions: T): T {
  const group = groupHash(transactions.map(encodeBody));
  return transactions.map((each) => ({ ...each, group })) as unknown as T;
}
