/** Byte strings: their text forms, and comparing and joining them. */

import { refuse } from "./refusal.js";

const HEX = /^(?:[0-9a-f]{2})*$/u;
const STANDARD = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const URL_SAFE = `${STANDARD.slice(0, -2)}-_`;

/** Which of the two alphabets of RFC 4648. */
export type Base64Alphabet = "standard" | "url";

/** Return bytes as lower-case hexadecimal. */
export function toHex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Read lower-case hexadecimal, of `length` bytes if given; refuses `malformed_identifier`. */
export function fromHex(text: string, length?: number): Uint8Array {
  if (!HEX.test(text) || (length !== undefined && text.length !== 2 * length)) {
    refuse("malformed_identifier", length === undefined ? "" : `expected ${String(2 * length)} hexadecimal digits`);
  }
  return Uint8Array.from({ length: text.length / 2 }, (_, at) => Number.parseInt(text.slice(2 * at, 2 * at + 2), 16));
}

/** Return text as UTF-8; text with half a surrogate pair is an error of the program. */
export function utf8(text: string): Uint8Array {
  if (/\p{Surrogate}/u.test(text)) {
    throw new RangeError("text with half a surrogate pair has no UTF-8");
  }
  return new TextEncoder().encode(text);
}

/** Read UTF-8 strictly, a byte order mark as a character like any other; `null` where it is none. */
export function fromUtf8(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return null;
  }
}

/** Return each byte as the character of its number, so that byte strings can be matched as text. */
export function toLatin1(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
}

/** Join byte strings. */
export function concat(...parts: readonly Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(parts.reduce((total, part) => total + part.length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

/** Order byte strings as Python and MessagePack tools do: byte by byte, a prefix first. */
export function compare(left: Uint8Array, right: Uint8Array): number {
  const shared = Math.min(left.length, right.length);
  for (let at = 0; at < shared; at += 1) {
    const difference = (left[at] ?? 0) - (right[at] ?? 0);
    if (difference !== 0) {
      return difference;
    }
  }
  return left.length - right.length;
}

/** Tell whether two byte strings are equal, in a time that depends on their lengths alone. */
export function equal(left: Uint8Array, right: Uint8Array): boolean {
  if (left.length !== right.length) {
    return false;
  }
  let difference = 0;
  for (let at = 0; at < left.length; at += 1) {
    difference |= (left[at] ?? 0) ^ (right[at] ?? 0);
  }
  return difference === 0;
}

/** Return a natural number as big-endian bytes; it must fit. */
export function bigEndian(value: number | bigint, size: number): Uint8Array {
  const bytes = new Uint8Array(size);
  let rest = BigInt(value);
  for (let at = size - 1; at >= 0; at -= 1) {
    bytes[at] = Number(rest & 0xffn);
    rest >>= 8n;
  }
  if (rest !== 0n) {
    throw new RangeError(`does not fit ${String(size)} bytes`);
  }
  return bytes;
}

/** Read a big-endian natural number of any size. */
export function fromBigEndian(bytes: Uint8Array): bigint {
  return bytes.reduce((value, byte) => (value << 8n) | BigInt(byte), 0n);
}

/** Return bytes in base64; the standard alphabet with its padding, the URL-safe one without. */
export function toBase64(bytes: Uint8Array, alphabet: Base64Alphabet): string {
  const characters = alphabet === "url" ? URL_SAFE : STANDARD;
  let text = "";
  for (let at = 0; at < bytes.length; at += 3) {
    const group = ((bytes[at] ?? 0) << 16) | ((bytes[at + 1] ?? 0) << 8) | (bytes[at + 2] ?? 0);
    const count = Math.min(3, bytes.length - at) + 1;
    for (let digit = 0; digit < count; digit += 1) {
      text += characters.charAt((group >> (18 - 6 * digit)) & 0x3f);
    }
  }
  return alphabet === "url" ? text : text.padEnd(4 * Math.ceil(bytes.length / 3), "=");
}

/** Read base64 as {@link toBase64} writes it, whatever its unused bits are; `null` where it is none. */
export function fromBase64(text: string, alphabet: Base64Alphabet): Uint8Array | null {
  if (alphabet === "standard" && text.length % 4 !== 0) {
    return null;
  }
  const digits = alphabet === "standard" ? text.replace(/={1,2}$/u, "") : text;
  const characters = alphabet === "url" ? URL_SAFE : STANDARD;
  if (digits.length % 4 === 1) {
    return null;
  }
  const bytes: number[] = [];
  let bits = 0;
  let held = 0;
  for (const digit of digits) {
    const value = characters.indexOf(digit);
    if (value < 0) {
      return null;
    }
    held = ((held << 6) | value) & 0xffff;
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      bytes.push((held >> bits) & 0xff);
    }
  }
  return Uint8Array.from(bytes);
}
