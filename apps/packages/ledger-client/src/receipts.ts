/** The receipt file: one canonical array that holds a transaction and everything that proves it. */

import * as elements from "./elements.js";
import { RECEIPT_MAX_BALANCES, RECEIPT_MAX_PATH, RECEIPT_MAX_RECEIPT_BYTES } from "./generated/limits.js";
import { HASH_BYTES } from "./hashing.js";
import { decode } from "./messagepack.js";
import type { Value } from "./messagepack.js";
import { refuse } from "./refusal.js";

/** A receipt leaf and its place under the receipts root. */
export interface ProvenLeaf {
  /** The encoded leaf. */
  readonly leaf: Uint8Array;
  /** Its index among the block's leaves. */
  readonly leafIndex: number;
  /** Its inclusion path. */
  readonly path: readonly Uint8Array[];
}

/** A later commitment whose log of commitments holds the receipt's. */
export interface Anchor {
  /** The later commitment, encoded; the finality proof is over this one. */
  readonly commitment: Uint8Array;
  /** Inclusion path of the receipt's commitment under the later history root. */
  readonly path: readonly Uint8Array[];
}

/** A tagged finality proof. */
export interface Finality {
  /** Kind of proof. */
  readonly tag: string;
  /** The proof, as its kind writes it. */
  readonly payload: Uint8Array;
}

/** The container. */
export interface Receipt {
  /** Id of the transaction. */
  readonly transactionId: Uint8Array;
  /** The envelope as it travelled; null where the transaction carries a secret and is withheld. */
  readonly envelope: Uint8Array | null;
  /** The outcome leaf. */
  readonly outcome: ProvenLeaf;
  /** Balance leaves the holder may see, in ascending order of index. */
  readonly balances: readonly ProvenLeaf[];
  /** The commitment of the block, encoded. */
  readonly commitment: Uint8Array;
  /** A later commitment; null where the finality proof is over the block's own. */
  readonly anchor: Anchor | null;
  /** Who stands behind the commitment. */
  readonly finality: Finality;
}

const FORMAT = "payport-receipt/1";

/** Read a receipt strictly; refuses `malformed_receipt`. It is not verified: see `verifyReceipt`. */
export function decodeReceipt(data: Uint8Array): Receipt {
  if (data.length > RECEIPT_MAX_RECEIPT_BYTES) {
    refuse("malformed_receipt", `${String(data.length)} bytes`);
  }
  const [format, ...fields] = elements.array(decode(data, "malformed_receipt"), "a receipt", 8);
  if (format !== FORMAT) {
    refuse("malformed_receipt", `a receipt begins with ${FORMAT}`);
  }
  const [transactionId, envelope, outcome, balances, commitment, anchor, finality] = fields;
  const leaves = elements.array(balances, "the balance leaves");
  if (leaves.length > RECEIPT_MAX_BALANCES) {
    refuse("malformed_receipt", `${String(leaves.length)} balance leaves`);
  }
  const [tag, payload] = elements.array(finality, "the finality proof", 2);
  return {
    transactionId: elements.binary(transactionId, "the transaction id", HASH_BYTES),
    envelope: envelope === null ? null : elements.binary(envelope, "the envelope"),
    outcome: provenLeaf(outcome),
    balances: leaves.map(provenLeaf),
    commitment: elements.binary(commitment, "the commitment"),
    anchor: anchor === null ? null : readAnchor(anchor),
    finality: {
      tag: elements.name(tag, "the finality tag"),
      payload: elements.binary(payload, "the finality proof"),
    },
  };
}

function provenLeaf(value: Value | undefined): ProvenLeaf {
  const [leaf, leafIndex, path] = elements.array(value, "a proven leaf", 3);
  return {
    leaf: elements.binary(leaf, "a leaf"),
    leafIndex: elements.natural(leafIndex, "a leaf's index"),
    path: readPath(path),
  };
}

function readAnchor(value: Value | undefined): Anchor {
  const [commitment, path] = elements.array(value, "the anchor", 2);
  return { commitment: elements.binary(commitment, "the later commitment"), path: readPath(path) };
}

function readPath(value: Value | undefined): readonly Uint8Array[] {
  const hashes = elements.array(value, "a path");
  if (hashes.length > RECEIPT_MAX_PATH) {
    refuse("malformed_receipt", `a path of ${String(hashes.length)} hashes`);
  }
  return hashes.map((hash) => elements.binary(hash, "an element of a path", HASH_BYTES));
}
