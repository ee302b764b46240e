/** The checks that a published vector stands for; they run in Node and in a browser alike, so they need neither's tools. */

import { fromHex, toHex } from "../../src/bytes.js";
import { Refusal } from "../../src/refusal.js";

/** One check. */
export interface Check {
  /** Subject and case. */
  readonly name: string;
  /** Throws where the case does not hold. */
  readonly run: () => void | Promise<void>;
}

/** A case of a file of vectors, or the whole file: JSON of known form. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- each file has a form of its own, and a wrong one fails
export type Json = any;

/** Every file of vectors by its subject. */
export type Vectors = Readonly<Record<string, Json>>;

/** Read hexadecimal of a vector. */
export function data(text: string): Uint8Array {
  return fromHex(text);
}

/** Insist that two values are the same; bytes and bigints are compared as text. */
export function same(actual: unknown, expected: unknown): void {
  const [found, wanted] = [plain(actual), plain(expected)];
  if (found !== wanted) {
    throw new Error(`found ${found.slice(0, 500)}, expected ${wanted.slice(0, 500)}`);
  }
}

/** Insist that a call refuses with a code. */
export function refuses(code: string, call: () => unknown): void {
  try {
    call();
  } catch (error) {
    if (error instanceof Refusal) {
      same(error.code, code);
      return;
    }
    throw error;
  }
  throw new Error(`accepted, expected ${code}`);
}

/** Insist that a call refuses, with whatever code. */
export function isRefused(call: () => unknown): boolean {
  try {
    call();
    return false;
  } catch (error) {
    if (error instanceof Refusal) {
      return true;
    }
    throw error;
  }
}

/** Return a check for each case of a list, under the subject's name and its own. */
export function each(subject: string, cases: readonly Json[], run: (found: Json) => void | Promise<void>): Check[] {
  return cases.map((found, index) => ({
    name: `${subject}: ${String(found.name ?? found.kind ?? index)}`,
    run: () => run(found),
  }));
}

function plain(value: unknown): string {
  return JSON.stringify(value, (_key, found: unknown) => {
    if (found instanceof Uint8Array) {
      return toHex(found);
    }
    return typeof found === "bigint" ? String(found) : found;
  });
}
