/** One function for every hash, one table for every domain tag. */

import { hmac } from "@noble/hashes/hmac.js";
import { sha256 } from "@noble/hashes/sha2.js";

import { concat, utf8 } from "./bytes.js";
import { TAGS } from "./generated/tags.js";

/** Length of every digest. */
export const HASH_BYTES = 32;

/** Name of a domain tag. */
export type Tag = keyof typeof TAGS;

/** Return the exact prefix of what is hashed or signed under a tag. */
export function prefix(tag: Tag): Uint8Array {
  return utf8(TAGS[tag]);
}

/** Hash a tag and data. */
export function taggedHash(tag: Tag, data: Uint8Array): Uint8Array {
  return sha256(concat(prefix(tag), data));
}

/** Authenticate a tag and data with a key. */
export function taggedMac(key: Uint8Array, tag: Tag, data: Uint8Array): Uint8Array {
  return hmac(sha256, key, concat(prefix(tag), data));
}
