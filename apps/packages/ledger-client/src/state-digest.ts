/** The state digest: an LtHash (BLAKE3, 1,024 lanes of 16 bits) per record family, and per time bucket for ids. */

import { blake3 } from "@noble/hashes/blake3.js";
import { sha256 } from "@noble/hashes/sha2.js";

import { taggedHash } from "./hashing.js";
import { encode } from "./messagepack.js";

const LANES = 1_024;
const LANE_BYTES = 2;

/** A set of elements as the sum of their lanes: adding and removing take the same time whatever it holds. */
export class LtHash {
  private readonly lanes = new Uint16Array(LANES);

  /** Add an element. */
  add(element: Uint8Array): void {
    this.sum(element, 1);
  }

  /** Remove an element that was added. */
  remove(element: Uint8Array): void {
    this.sum(element, -1);
  }

  /** Tell whether every lane is zero, as of the empty set. */
  get isEmpty(): boolean {
    return this.lanes.every((lane) => lane === 0);
  }

  /** Return the lanes, little-endian. */
  bytes(): Uint8Array {
    const view = new DataView(new ArrayBuffer(LANES * LANE_BYTES));
    this.lanes.forEach((lane, at) => {
      view.setUint16(LANE_BYTES * at, lane, true);
    });
    return new Uint8Array(view.buffer);
  }

  private sum(element: Uint8Array, sign: 1 | -1): void {
    const expanded = blake3(element, { dkLen: LANES * LANE_BYTES });
    const view = new DataView(expanded.buffer, expanded.byteOffset, expanded.byteLength);
    for (let at = 0; at < LANES; at += 1) {
      this.lanes[at] = (this.lanes[at] ?? 0) + sign * view.getUint16(LANE_BYTES * at, true);
    }
  }
}

/** A record family's sum: its name, the time bucket (-1 for families without), and its lanes. */
export type FamilySum = readonly [family: string, bucket: number, sum: LtHash];

/** Return the element a record is in its family's sum. */
export function stateElement(family: string, key: Uint8Array, record: Uint8Array): Uint8Array {
  return encode([family, key, record]);
}

/** Return the digest of a state from its sums, in ascending order of family and bucket. */
export function stateDigest(sums: readonly FamilySum[]): Uint8Array {
  const held = sums.filter(([, , sum]) => !sum.isEmpty);
  return taggedHash("state", encode(held.map(([family, bucket, sum]) => [family, bucket, sha256(sum.bytes())])));
}
