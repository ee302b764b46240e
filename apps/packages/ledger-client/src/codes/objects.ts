/** The objects of an EMVCo merchant payload: 2-digit id, 2-digit length in characters, value. */

import { utf8 } from "../bytes.js";
import { CODE_MAX_PAYLOAD_CHARACTERS } from "../generated/limits.js";
import { refuse } from "../refusal.js";
import type { RefusalCode } from "../refusal.js";

/** Values by id, in the order of the payload. */
export type Fields = ReadonlyMap<string, string>;

/** What stopped or disturbed the reading. */
export interface Problem {
  /** Which rule. */
  readonly code: RefusalCode;
  /** Where, and what is wrong with it. */
  readonly detail: string;
}

const TWO_DIGITS = /^[0-9]{2}$/u;
const HEAD = 4;
const CRC_ID = "63";
const CRC_HEAD = "6304";
const CRC_CHARACTERS = 8;
const POLYNOMIAL = 0x1021;
const MAX_VALUE_CHARACTERS = 99;

/** Cut text into objects as far as it can be cut; of a field that stands twice the first is kept. */
export function scan(text: string): { fields: Map<string, string>; problems: Problem[] } {
  const characters = Array.from(text);
  const fields = new Map<string, string>();
  const problems: Problem[] = [];
  let at = 0;
  while (at < characters.length) {
    const id = characters.slice(at, at + 2).join("");
    const length = characters.slice(at + 2, at + HEAD).join("");
    if (!TWO_DIGITS.test(id) || !TWO_DIGITS.test(length)) {
      const code = at + HEAD > characters.length ? "code_truncated" : "code_malformed";
      return { fields, problems: [...problems, { code, detail: `at character ${String(at)}` }] };
    }
    const start = at + HEAD;
    at = start + Number(length);
    const place = `${id}: at character ${String(start - HEAD)}`;
    if (at > characters.length) {
      return { fields, problems: [...problems, { code: "code_truncated", detail: place }] };
    }
    if (fields.has(id)) {
      problems.push({ code: "code_repeated_field", detail: place });
      continue;
    }
    if (length === "00") {
      problems.push({ code: "code_field_empty", detail: place });
    }
    fields.set(id, characters.slice(start, at).join(""));
  }
  return { fields, problems };
}

/** Read a sound payload: its objects and its checksum; refuses what is wrong with it. */
export function parsePayload(text: string): Fields {
  if (Array.from(text).length > CODE_MAX_PAYLOAD_CHARACTERS) {
    refuse("code_too_long");
  }
  const { fields, problems } = scan(text);
  const given = text.slice(-CRC_CHARACTERS, -4) === CRC_HEAD ? text.slice(-4) : null;
  if (given === null || Array.from(fields.keys()).at(-1) !== CRC_ID) {
    problems.push({ code: "code_crc_missing", detail: CRC_ID });
  } else if (given.toUpperCase() !== checksum(text.slice(0, -4))) {
    problems.push({ code: "code_crc_wrong", detail: CRC_ID });
  }
  refuseFirst(problems);
  return fields;
}

/** Write objects one after another; refuses `code_field_invalid` for a value not of 1 to 99 characters. */
export function writeObjects(fields: Iterable<readonly [string, string]>): string {
  let text = "";
  for (const [id, value] of fields) {
    const { length } = Array.from(value);
    if (length < 1 || length > MAX_VALUE_CHARACTERS) {
      refuse("code_field_invalid", `${id}: ${String(length)} characters`);
    }
    text += `${id}${String(length).padStart(2, "0")}${value}`;
  }
  return text;
}

/** Write a payload from its objects with its checksum. */
export function writePayload(fields: Iterable<readonly [string, string]>): string {
  const text = writeObjects(fields) + CRC_HEAD;
  return text + checksum(text);
}

/** Refuse with the first problem, if there is one. */
export function refuseFirst(problems: readonly Problem[]): void {
  const [first] = problems;
  if (first !== undefined) {
    refuse(first.code, first.detail);
  }
}

/** Return CRC-16/CCITT-FALSE over the UTF-8 of a text as four upper-case hexadecimal digits. */
function checksum(text: string): string {
  // Half a surrogate pair has no UTF-8: it is replaced, so that the answer is "checksum wrong" and not a failure.
  let crc = 0xffff;
  for (const byte of utf8(text.replace(/\p{Surrogate}/gu, "\ufffd"))) {
    crc ^= byte << 8;
    for (let bit = 0; bit < 8; bit += 1) {
      crc = ((crc & 0x8000) === 0 ? crc << 1 : (crc << 1) ^ POLYNOMIAL) & 0xffff;
    }
  }
  return crc.toString(16).toUpperCase().padStart(4, "0");
}
