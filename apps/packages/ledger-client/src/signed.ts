/**
 * The transaction inside a receipt: its envelope read without the verbs' records, and its signatures checked. A verifier
 * needs the eight elements every body begins with and no more, so it reads receipts of verbs it never heard of.
 */

import { compare, concat } from "./bytes.js";
import * as elements from "./elements.js";
import { MAX_SIGNATURES } from "./generated/limits.js";
import { HASH_BYTES, prefix, taggedHash } from "./hashing.js";
import { decode, encode } from "./messagepack.js";
import type { Value } from "./messagepack.js";
import { refuse } from "./refusal.js";
import { requireSignature } from "./signatures.js";
import type { WebAuthnPolicy } from "./signatures.js";

const HEAD_ELEMENTS = 8;
const NONCE_BYTES = 16;

/** One signature of an envelope. */
export interface SignedBy {
  /** Signature scheme. */
  readonly scheme: string;
  /** Key it verifies under. */
  readonly publicKey: Uint8Array;
  /** The signature, as the scheme writes it. */
  readonly signature: Uint8Array;
}

/** What a verifier reads of an envelope. */
export interface Signed {
  /** The exact signed bytes, less their tag. */
  readonly body: Uint8Array;
  /** Network the signer meant. */
  readonly chainId: string;
  /** Verb and version. */
  readonly kind: string;
  /** In strictly ascending order of public key. */
  readonly signatures: readonly SignedBy[];
}

/** Read an envelope and the head of its body; refuses `malformed_receipt`. */
export function readSigned(envelope: Uint8Array): Signed {
  const [bodyValue, signatures] = elements.array(decode(envelope, "malformed_receipt"), "the envelope", 2);
  const body = elements.binary(bodyValue, "the body");
  const fields = elements.array(decode(body, "malformed_receipt"), "the body");
  if (fields.length < HEAD_ELEMENTS) {
    refuse("malformed_receipt", `a body has at least ${String(HEAD_ELEMENTS)} elements`);
  }
  const [chainId, kind, , nonce, validFrom, validUntil, group, attachment] = fields;
  elements.binary(nonce, "the nonce", NONCE_BYTES);
  elements.natural(validFrom, "valid-from");
  elements.natural(validUntil, "valid-until");
  if (group !== null) {
    elements.binary(group, "the group", HASH_BYTES);
  }
  if (attachment !== null) {
    elements.binary(attachment, "the attachment");
  }
  return {
    body,
    chainId: elements.name(chainId, "the chain id"),
    kind: elements.name(kind, "the kind"),
    signatures: readSignatures(signatures),
  };
}

/** Return the id: the tagged hash of the body. */
export function signedId(signed: Signed): Uint8Array {
  return taggedHash("transaction", signed.body);
}

/** Return the tagged hash of the signatures array. */
export function signedHash(signed: Signed): Uint8Array {
  const listed = signed.signatures.map(({ scheme, publicKey, signature }) => [scheme, publicKey, signature]);
  return taggedHash("signatures", encode(listed));
}

/** Verify every signature; refuses `unknown_scheme` or `invalid_signature`. */
export function requireSignatures(signed: Signed, policy: WebAuthnPolicy): void {
  const message = concat(prefix("transaction"), signed.body);
  for (const { scheme, publicKey, signature } of signed.signatures) {
    requireSignature(scheme, publicKey, message, signature, policy);
  }
}

function readSignatures(value: Value | undefined): readonly SignedBy[] {
  const entries = elements.array(value, "the signatures");
  if (entries.length < 1 || entries.length > MAX_SIGNATURES) {
    refuse("malformed_receipt", `${String(entries.length)} signatures, not 1 to ${String(MAX_SIGNATURES)}`);
  }
  const signatures: SignedBy[] = [];
  for (const entry of entries) {
    const [scheme, key, signature] = elements.array(entry, "a signature", 3);
    const publicKey = elements.binary(key, "a public key");
    const before = signatures.at(-1);
    if (before !== undefined && compare(publicKey, before.publicKey) <= 0) {
      refuse("malformed_receipt", "signatures are not in strictly ascending order of public key");
    }
    signatures.push({
      scheme: elements.name(scheme, "a scheme"),
      publicKey,
      signature: elements.binary(signature, "a signature"),
    });
  }
  return signatures;
}
