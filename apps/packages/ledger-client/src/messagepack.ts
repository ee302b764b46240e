/**
 * The strict MessagePack subset of the ledger: nil, booleans, integers, byte strings, text and arrays, always in the
 * shortest form. Decoding refuses every other way to write a value, so that no two byte strings mean one thing.
 */

import { bigEndian, concat, fromBigEndian, fromUtf8, utf8 } from "./bytes.js";
import { VALUE_MAX_DEPTH, VALUE_MAX_ELEMENTS } from "./generated/limits.js";
import { refuse } from "./refusal.js";

/** What can be encoded. Decoding yields an integer as a number where it is exact, else as a bigint. */
export type Value = null | boolean | number | bigint | string | Uint8Array | readonly Value[];

/** How bytes that cannot be read are refused: as a record that is signed, or as part of a receipt. */
export type Malformed = "malformed_bytes" | "malformed_receipt";

const SIZES = [1, 2, 4] as const;
const INTEGER_SIZES = [1, 2, 4, 8] as const;
const BIN = 0xc4;
const UINT = 0xcc;
const INT = 0xd0;
const STR = 0xd9;
const ARRAY = 0xdc;

/** Tell whether a value is an array. */
export function isArray(value: Value | undefined): value is readonly Value[] {
  return Array.isArray(value);
}

/** Encode in the shortest form. A number that is no exact integer is an error of the program. */
export function encode(value: Value): Uint8Array {
  const parts: Uint8Array[] = [];
  write(parts, value);
  return concat(...parts);
}

function write(parts: Uint8Array[], value: Value): void {
  if (value === null) {
    parts.push(Uint8Array.of(0xc0));
  } else if (typeof value === "boolean") {
    parts.push(Uint8Array.of(value ? 0xc3 : 0xc2));
  } else if (typeof value === "number" || typeof value === "bigint") {
    parts.push(integerBytes(value));
  } else if (typeof value === "string") {
    const text = utf8(value);
    parts.push(head(text.length, STR, [0xa0, 31], SIZES), text);
  } else if (value instanceof Uint8Array) {
    parts.push(head(value.length, BIN, [0, -1], SIZES), value);
  } else {
    parts.push(head(value.length, ARRAY, [0x90, 15], SIZES.slice(1)));
    for (const element of value) {
      write(parts, element);
    }
  }
}

/** Return type and length; `fix` is the head that carries a length itself, and the longest it carries. */
function head(length: number, base: number, fix: readonly [number, number], sizes: readonly number[]): Uint8Array {
  if (length <= fix[1]) {
    return Uint8Array.of(fix[0] | length);
  }
  for (const [step, size] of sizes.entries()) {
    if (length < 2 ** (8 * size)) {
      return concat(Uint8Array.of(base + step), bigEndian(length, size));
    }
  }
  throw new RangeError("longer than MessagePack can write");
}

function integerBytes(value: number | bigint): Uint8Array {
  if (typeof value === "number" && !Number.isSafeInteger(value)) {
    throw new RangeError("not an exact integer");
  }
  const exact = BigInt(value);
  if (exact >= -32n && exact <= 127n) {
    return Uint8Array.of(Number(BigInt.asUintN(8, exact)));
  }
  for (const [step, size] of INTEGER_SIZES.entries()) {
    const bits = 8 * size;
    if (exact >= 0n ? BigInt.asUintN(bits, exact) === exact : BigInt.asIntN(bits, exact) === exact) {
      const base = exact >= 0n ? UINT : INT;
      return concat(Uint8Array.of(base + step), bigEndian(BigInt.asUintN(bits, exact), size));
    }
  }
  throw new RangeError("an integer beyond 64 bits");
}

/** Decode exactly one value. */
export function decode(data: Uint8Array, malformed: Malformed = "malformed_bytes"): Value {
  const reader = new Reader(data, malformed);
  const value = reader.value(0);
  reader.end();
  return value;
}

/** A position in the bytes. */
class Reader {
  private at = 0;

  constructor(
    private readonly data: Uint8Array,
    private readonly malformed: Malformed,
  ) {}

  /** Insist that nothing is left. */
  end(): void {
    if (this.at !== this.data.length) {
      refuse(this.malformed, "bytes follow the value");
    }
  }

  /** Return the next value. */
  value(depth: number): Value {
    if (depth > VALUE_MAX_DEPTH) {
      refuse(this.malformed, "nested too deeply");
    }
    const first = this.byte();
    if (first <= 0x7f) {
      return first;
    }
    if (first >= 0xe0) {
      return first - 0x100;
    }
    if (first <= 0x9f && first >= 0x90) {
      return this.array(first & 0x0f, depth);
    }
    if (first >= 0xa0 && first <= 0xbf) {
      return this.text(first & 0x1f);
    }
    if (first === 0xc0) {
      return null;
    }
    if (first === 0xc2 || first === 0xc3) {
      return first === 0xc3;
    }
    return this.sized(first, depth);
  }

  /** Return a value whose head says how many bytes its number or length has. */
  private sized(first: number, depth: number): Value {
    if (first >= UINT && first < UINT + 4) {
      return exact(this.number(first - UINT, shorter(first - UINT, 0x7fn)));
    }
    if (first >= INT && first < INT + 4) {
      return exact(this.negative(first - INT));
    }
    if (first >= BIN && first < BIN + 3) {
      return this.take(Number(this.number(first - BIN, shorter(first - BIN, -1n))));
    }
    if (first >= STR && first < STR + 3) {
      return this.text(Number(this.number(first - STR, shorter(first - STR, 31n))));
    }
    if (first === ARRAY || first === ARRAY + 1) {
      const step = first - ARRAY + 1;
      return this.array(Number(this.number(step, step === 1 ? 15n : shorter(step, 0n))), depth);
    }
    return refuse(this.malformed, `type 0x${first.toString(16)} is not used`);
  }

  /** Return a natural number of `2^step` bytes that would not have fitted a shorter form, which holds up to a bound. */
  private number(step: number, shortestAbove: bigint): bigint {
    const value = fromBigEndian(this.take(2 ** step));
    if (value <= shortestAbove) {
      refuse(this.malformed, "a number is not in its shortest form");
    }
    return value;
  }

  private negative(step: number): bigint {
    const bits = 8 * 2 ** step;
    const value = BigInt.asIntN(bits, fromBigEndian(this.take(2 ** step)));
    if (value >= (step === 0 ? -32n : -(2n ** BigInt(bits / 2 - 1)))) {
      refuse(this.malformed, "a number is not in its shortest form");
    }
    return value;
  }

  private byte(): number {
    return this.take(1)[0] ?? 0;
  }

  /** Return a copy of the next `count` bytes. */
  private take(count: number): Uint8Array {
    const end = this.at + count;
    if (end > this.data.length) {
      refuse(this.malformed, "the bytes end early");
    }
    const taken = this.data.slice(this.at, end);
    this.at = end;
    return taken;
  }

  private text(length: number): string {
    return fromUtf8(this.take(length)) ?? refuse(this.malformed, "text is not UTF-8");
  }

  private array(length: number, depth: number): readonly Value[] {
    if (length > VALUE_MAX_ELEMENTS) {
      refuse(this.malformed, `an array of ${String(length)} elements`);
    }
    const elements: Value[] = [];
    for (let index = 0; index < length; index += 1) {
      elements.push(this.value(depth + 1));
    }
    return elements;
  }
}

/** Return the largest number that a form shorter than `2^step` bytes holds; `fix` is what the head itself can carry. */
function shorter(step: number, fix: bigint): bigint {
  return step === 0 ? fix : 2n ** BigInt(4 * 2 ** step) - 1n;
}

function exact(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}
