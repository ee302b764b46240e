/** Merkle trees of RFC 6962 over SHA-256: roots and inclusion paths. */

import { sha256 } from "@noble/hashes/sha2.js";

import { concat } from "./bytes.js";
import { HASH_BYTES } from "./hashing.js";
import { refuse } from "./refusal.js";

const LEAF = Uint8Array.of(0);
const NODE = Uint8Array.of(1);

/** Hash one leaf; the prefix keeps a leaf from ever being read as a node. */
export function leafHash(data: Uint8Array): Uint8Array {
  return sha256(concat(LEAF, data));
}

/** Hash an inner node. */
export function nodeHash(left: Uint8Array, right: Uint8Array): Uint8Array {
  return sha256(concat(NODE, left, right));
}

/** Return the root over leaf data. */
export function merkleRoot(leaves: readonly Uint8Array[]): Uint8Array {
  let level = leaves.map(leafHash);
  while (level.length > 1) {
    level = parents(level);
  }
  return level[0] ?? sha256(new Uint8Array());
}

/** Return the inclusion path of one leaf, from its sibling up to the child of the root. */
export function merklePath(leaves: readonly Uint8Array[], index: number): readonly Uint8Array[] {
  if (!Number.isInteger(index) || index < 0 || index >= leaves.length) {
    throw new RangeError("the index must lie in the tree");
  }
  const siblings: Uint8Array[] = [];
  let at = index;
  for (let level = leaves.map(leafHash); level.length > 1; level = parents(level)) {
    const sibling = level[at ^ 1];
    if (sibling !== undefined) {
      siblings.push(sibling);
    }
    at >>= 1;
  }
  return siblings;
}

/** Return the root that `siblings` prove for a leaf hash; refuses `wrong_path` unless they fit exactly. */
export function rootFromPath(
  leaf: Uint8Array,
  index: number,
  size: number,
  siblings: readonly Uint8Array[],
): Uint8Array {
  if (!Number.isSafeInteger(index) || index < 0 || index >= size) {
    refuse("wrong_path", `index ${String(index)} in a tree of ${String(size)}`);
  }
  if (siblings.some((sibling) => sibling.length !== HASH_BYTES)) {
    refuse("wrong_path", "an element is not a 32-byte hash");
  }
  let node = leaf;
  let used = 0;
  // Sizes may leave 32 bits, where JavaScript's shifts end: halve by division.
  for (let at = index, last = size - 1; last > 0; at = Math.floor(at / 2), last = Math.floor(last / 2)) {
    const isRight = at % 2 === 1;
    // A last node without a sibling rises unchanged: that level adds nothing to the path.
    if (isRight || at < last) {
      const sibling = siblings[used] ?? refuse("wrong_path", "the path is too short");
      used += 1;
      node = isRight ? nodeHash(sibling, node) : nodeHash(node, sibling);
    }
  }
  if (used !== siblings.length) {
    refuse("wrong_path", "the path is too long");
  }
  return node;
}

function parents(level: readonly Uint8Array[]): Uint8Array[] {
  const above: Uint8Array[] = [];
  for (let at = 0; at < level.length; at += 2) {
    const [left, right] = [level[at], level[at + 1]];
    if (left !== undefined) {
      above.push(right === undefined ? left : nodeHash(left, right));
    }
  }
  return above;
}
