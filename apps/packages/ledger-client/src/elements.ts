/** Reading decoded elements of a receipt by their type and range; each function refuses `malformed_receipt`. */

import { isArray } from "./messagepack.js";
import type { Value } from "./messagepack.js";
import { refuse } from "./refusal.js";

const MAX_TEXT = 64;
const PRINTABLE = /^[ -~]*$/u;

/** Read an array, of `length` elements if given. */
export function array(value: Value | undefined, what: string, length?: number): readonly Value[] {
  if (!isArray(value)) {
    return refuse("malformed_receipt", `${what} is not an array`);
  }
  if (length !== undefined && value.length !== length) {
    refuse("malformed_receipt", `${what} has ${String(value.length)} elements, not ${String(length)}`);
  }
  return value;
}

/** Read a byte string, of `length` bytes if given. */
export function binary(value: Value | undefined, what: string, length?: number): Uint8Array {
  if (!(value instanceof Uint8Array)) {
    return refuse("malformed_receipt", `${what} is not a byte string`);
  }
  if (length !== undefined && value.length !== length) {
    refuse("malformed_receipt", `${what} has ${String(value.length)} bytes, not ${String(length)}`);
  }
  return value;
}

/** Read a short name of printable ASCII. */
export function name(value: Value | undefined, what: string): string {
  if (typeof value !== "string" || value.length > MAX_TEXT || !PRINTABLE.test(value)) {
    return refuse("malformed_receipt", `${what} is not a short text of printable ASCII`);
  }
  return value;
}

/** Read an integer of 0 to 2^53-1. */
export function natural(value: Value | undefined, what: string): number {
  if (typeof value !== "number" || value < 0) {
    return refuse("malformed_receipt", `${what} is not an integer of 0 to 2^53-1`);
  }
  return value;
}

/** Read an integer of 64 bits; sums of amounts leave the range of one amount. */
export function wide(value: Value | undefined, what: string): bigint {
  if (typeof value !== "number" && typeof value !== "bigint") {
    return refuse("malformed_receipt", `${what} is not an integer`);
  }
  return BigInt(value);
}
