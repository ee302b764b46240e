/** Bodies of transactions, of every verb of the registry: build, encode, decode, id. */

import { MAX_BODY_BYTES } from "./generated/limits.js";
import { VERBS } from "./generated/transactions.js";
import type { Kind, Transactions } from "./generated/transactions.js";
import { taggedHash } from "./hashing.js";
import { decode, isArray } from "./messagepack.js";
import { refuse } from "./refusal.js";
import { decodeRecord, encodeRecord } from "./schema.js";
import type { Schema } from "./schema.js";

export type * from "./generated/transactions.js";

/** Any transaction. */
export type Transaction = Transactions[Kind];

/** Fields that {@link build} fills in unless they are given. */
export type FilledIn = "nonce" | "valid_from_ms" | "valid_until_ms" | "group" | "attachment";

/** What {@link build} needs of a verb: everything but its kind and what is filled in. */
export type Draft<K extends Kind> = Omit<Transactions[K], FilledIn | "kind"> & Partial<Pick<Transactions[K], FilledIn>>;

/** How far back valid-from lies: block time may run a little behind this clock. */
export const EARLY_MS = 30_000;

/** How long from now a transaction can execute, unless told otherwise. */
export const VALID_FOR_MS = 90_000;

const NONCE_BYTES = 16;
const KIND_INDEX = 1;

/** Build a transaction with fresh nonce and window. */
export function build<K extends Kind>(kind: K, draft: Draft<K>, nowMs: number = Date.now()): Transactions[K] {
  const filledIn = {
    nonce: crypto.getRandomValues(new Uint8Array(NONCE_BYTES)),
    valid_from_ms: nowMs - EARLY_MS,
    valid_until_ms: nowMs + VALID_FOR_MS,
    group: null,
    attachment: null,
  };
  return { ...filledIn, ...draft, kind } as unknown as Transactions[K];
}

/** Return the exact bytes that are signed, less their tag; refuses `malformed_bytes` where a field breaks its bounds. */
export function encodeBody(transaction: Transaction): Uint8Array {
  return encodeRecord(schemaOf(transaction.kind), transaction);
}

/** Read a body; refuses `unknown_kind` or `malformed_bytes`. */
export function decodeBody(body: Uint8Array): Transaction {
  if (body.length > MAX_BODY_BYTES) {
    refuse("malformed_bytes", `a body of ${String(body.length)} bytes`);
  }
  const elements = decode(body);
  const kind = isArray(elements) ? elements[KIND_INDEX] : undefined;
  if (typeof kind !== "string") {
    refuse("malformed_bytes", "the kind is not a text");
  }
  return decodeRecord(schemaOf(kind), body);
}

/** Return the id of a transaction: the hash of its signed bytes, and the challenge of a WebAuthn assertion. */
export function transactionId(body: Uint8Array): Uint8Array {
  return taggedHash("transaction", body);
}

/** Tell whether the body holds a secret, so that no receipt carries it. */
export function isConfidential(kind: Kind): boolean {
  return VERBS[kind].confidential;
}

/** Return the roles of the keys that may sign a verb. */
export function rolesOf(kind: Kind): readonly string[] {
  return VERBS[kind].roles;
}

function schemaOf(kind: string): Schema<Transaction> {
  if (!Object.hasOwn(VERBS, kind)) {
    refuse("unknown_kind", kind.slice(0, 64));
  }
  return VERBS[kind as Kind].schema;
}
