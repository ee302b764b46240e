/** A block's commitment: the few values from which everything a receipt says follows. */

import * as elements from "./elements.js";
import { HASH_BYTES, taggedHash } from "./hashing.js";
import { decode, encode } from "./messagepack.js";

/** What one block commits to. */
export interface Commitment {
  /** The network. */
  readonly chainId: string;
  /** Height of the block; genesis is 0. */
  readonly height: number;
  /** Block time, in milliseconds since the Unix epoch. */
  readonly timeMs: number;
  /** Fingerprint of registry and rules. */
  readonly protocol: Uint8Array;
  /** Number of the block's receipt leaves. */
  readonly leafCount: number;
  /** RFC 6962 root over the block's receipt leaves. */
  readonly receiptsRoot: Uint8Array;
  /** Digest of the state after the block. */
  readonly stateDigest: Uint8Array;
  /** RFC 6962 root over the hashes of all earlier commitments. */
  readonly historyRoot: Uint8Array;
}

/** Encode a commitment. */
export function encodeCommitment(of: Commitment): Uint8Array {
  const roots = [of.receiptsRoot, of.stateDigest, of.historyRoot];
  return encode([of.chainId, of.height, of.timeMs, of.protocol, of.leafCount, ...roots]);
}

/** Return the hash of an encoded commitment: its leaf data in the log of commitments. */
export function commitmentHash(encoded: Uint8Array): Uint8Array {
  return taggedHash("commitment", encoded);
}

/** Read a commitment strictly; refuses `malformed_receipt`. */
export function decodeCommitment(data: Uint8Array): Commitment {
  const fields = elements.array(decode(data, "malformed_receipt"), "a commitment", 8);
  const [chainId, height, timeMs, protocol, leafCount, receiptsRoot, stateDigest, historyRoot] = fields;
  return {
    chainId: elements.name(chainId, "the chain id"),
    height: elements.natural(height, "the height"),
    timeMs: elements.natural(timeMs, "the block time"),
    protocol: elements.binary(protocol, "the protocol fingerprint", HASH_BYTES),
    leafCount: elements.natural(leafCount, "the leaf count"),
    receiptsRoot: elements.binary(receiptsRoot, "the receipts root", HASH_BYTES),
    stateDigest: elements.binary(stateDigest, "the state digest", HASH_BYTES),
    historyRoot: elements.binary(historyRoot, "the history root", HASH_BYTES),
  };
}
