/**
 * How records are written: each as a fixed-length array of its fields, in their order. A schema says of every field its
 * type and bounds; one that is unknown, missing or outside them is refused as `malformed_bytes`.
 */

import { decode, encode, isArray } from "./messagepack.js";
import type { Value } from "./messagepack.js";
import { refuse } from "./refusal.js";

/** How values of one type are written and read. */
export interface Schema<T> {
  /** Return what a decoded value means; refuses `malformed_bytes`. `place` names it in the refusal. */
  read(value: Value | undefined, place: string): T;
  /** Return what is encoded for a value. */
  write(value: T): Value;
}

/** Encode a record; refuses `malformed_bytes` for one that every reader would refuse. */
export function encodeRecord<T>(schema: Schema<T>, value: T): Uint8Array {
  const written = schema.write(value);
  schema.read(written, "");
  return encode(written);
}

/** Decode exactly one record, canonically encoded; refuses `malformed_bytes`. */
export function decodeRecord<T>(schema: Schema<T>, data: Uint8Array): T {
  return schema.read(decode(data), "");
}

/** True or false. */
export const boolean: Schema<boolean> = leaf("a boolean", (value) => typeof value === "boolean");

/** A byte string of so many bytes. */
export function bytes(minimum: number, maximum: number): Schema<Uint8Array> {
  return leaf(
    `${range(minimum, maximum)} bytes`,
    (value) => value instanceof Uint8Array && value.length >= minimum && value.length <= maximum,
  );
}

/** An integer within bounds, both included. */
export function integer(minimum: number, maximum: number): Schema<number> {
  return leaf(
    `an integer of ${range(minimum, maximum)}`,
    (value) => typeof value === "number" && Number.isSafeInteger(value) && value >= minimum && value <= maximum,
  );
}

/** Text of a pattern and of so many characters. */
export function text(pattern: RegExp | null, minimum: number, maximum: number): Schema<string> {
  return leaf(
    pattern === null ? `text of ${range(minimum, maximum)} characters` : `text as ${pattern.source}`,
    (value) => {
      if (typeof value !== "string" || (pattern !== null && !pattern.test(value))) {
        return false;
      }
      const length = Array.from(value).length;
      return length >= minimum && length <= maximum;
    },
  );
}

/** One text and no other. */
export function literal<const T extends string>(only: T): Schema<T> {
  return leaf(only, (value) => value === only);
}

/** One of several texts. */
export function choice<const T extends readonly string[]>(...values: T): Schema<T[number]> {
  return leaf(values.join(", "), (value) => typeof value === "string" && values.includes(value));
}

/** A value or nil. */
export function nullable<T>(schema: Schema<T>): Schema<T | null> {
  return {
    read: (value, place) => (value === null ? null : schema.read(value, place)),
    write: (value) => (value === null ? null : schema.write(value)),
  };
}

/** A byte string or a text. */
export function either(first: Schema<Uint8Array>, second: Schema<string>): Schema<Uint8Array | string> {
  return {
    read: (value, place) => (typeof value === "string" ? second.read(value, place) : first.read(value, place)),
    write: (value) => value,
  };
}

/** An array of so many elements of one type. */
export function list<T>(schema: Schema<T>, minimum: number, maximum: number): Schema<readonly T[]> {
  return {
    read(value, place) {
      if (!isArray(value) || value.length < minimum || value.length > maximum) {
        return refuse("malformed_bytes", `${place}: expected ${range(minimum, maximum)} elements`);
      }
      return value.map((element, index) => schema.read(element, `${place}[${String(index)}]`));
    },
    write: (value) => value.map((element) => schema.write(element)),
  };
}

/** A record: an array of exactly these fields in this order. */
export function record<T extends object>(fields: { readonly [Name in keyof T]-?: Schema<T[Name]> }): Schema<T> {
  const names = Object.keys(fields) as (keyof T & string)[];
  return {
    read(value, place) {
      if (!isArray(value) || value.length !== names.length) {
        return refuse("malformed_bytes", `${place}: expected an array of ${String(names.length)} elements`);
      }
      const found = names.map((name, index) => [
        name,
        fields[name].read(value[index], place === "" ? name : `${place}.${name}`),
      ]);
      return Object.fromEntries(found) as T;
    },
    write: (value) => names.map((name) => fields[name].write(value[name])),
  };
}

function leaf<T extends Value>(expected: string, accepts: (value: Value | undefined) => boolean): Schema<T> {
  return {
    read: (value, place) =>
      accepts(value) ? (value as T) : refuse("malformed_bytes", `${place}: expected ${expected}`),
    write: (value) => value,
  };
}

function range(minimum: number, maximum: number): string {
  return minimum === maximum ? String(minimum) : `${String(minimum)} to ${String(maximum)}`;
}
