/** The network's own pay code: a consumer-presented code (BER-TLV in base64) that carries a signed authority. */

import { concat, equal, fromBase64, fromHex, toBase64, toHex, utf8 } from "../bytes.js";
import { refuse } from "../refusal.js";

/** What a pay code carries. */
export interface PayCode {
  /** Token number, 12 to 19 digits; never a card's. */
  readonly token: string;
  /** Encoded signed authority. */
  readonly authority: Uint8Array;
}

interface BerObject {
  readonly tag: string;
  readonly value: Uint8Array;
}

const AID = concat(Uint8Array.of(0xf0), utf8("PAYPORT"));
const LABEL = utf8("PAYPORT");
const VERSION = utf8("CPV01");
const MAX_AUTHORITY_BYTES = 320;
const TOKEN = /^[0-9]{12,19}$/u;
const TOKEN_DIGITS = 16;

/** Draw a token number for a code. */
export function drawToken(): string {
  const drawn = crypto.getRandomValues(new Uint8Array(TOKEN_DIGITS));
  return Array.from(drawn, (byte) => String(byte % 10)).join("");
}

/** Write the text of a pay code; refuses `code_field_invalid`. */
export function writePayCode(code: PayCode): string {
  if (!TOKEN.test(code.token)) {
    refuse("code_field_invalid", "5A: a token number has 12 to 19 digits");
  }
  if (code.authority.length < 1 || code.authority.length > MAX_AUTHORITY_BYTES) {
    refuse("code_field_invalid", `63: an authority of ${String(code.authority.length)} bytes`);
  }
  const number = fromHex((code.token + "f".repeat(code.token.length % 2)).toLowerCase());
  const application = concat(
    written("4F", AID),
    written("50", LABEL),
    written("5A", number),
    written("63", written("DF01", code.authority)),
  );
  return toBase64(concat(written("85", VERSION), written("61", application)), "standard");
}

/** Read a scanned pay code of this network; refuses `not_our_code`, or what is wrong with it. */
export function readPayCode(text: string): PayCode {
  const data = fromBase64(text, "standard") ?? refuse("code_malformed", "not base64");
  const [first, ...templates] = cut(data);
  if (first?.tag !== "85" || !equal(first.value, VERSION)) {
    refuse("code_field_invalid", "85: the payload format indicator comes first and is CPV01");
  }
  const applications = templates.filter((each) => each.tag === "61").map((each) => cut(each.value));
  const own = applications.find((objects) => objects.some((each) => each.tag === "4F" && equal(each.value, AID)));
  if (own === undefined) {
    return applications.length === 0
      ? refuse("code_field_missing", "61: application template")
      : refuse("not_our_code");
  }
  const transparent = own.find((each) => each.tag === "63");
  const authority = transparent === undefined ? undefined : cut(transparent.value).find((each) => each.tag === "DF01");
  const number = own.find((each) => each.tag === "5A");
  if (authority === undefined || number === undefined) {
    return refuse("code_field_missing", "63-DF01: the authority, and 5A: the token");
  }
  const token = toHex(number.value).replace(/f+$/u, "");
  if (!TOKEN.test(token)) {
    refuse("code_field_invalid", "5A: a token number has 12 to 19 digits");
  }
  return { token, authority: authority.value };
}

/** Cut bytes into objects: tags of one to three bytes, definite lengths of one to three bytes. */
function cut(data: Uint8Array): BerObject[] {
  const objects: BerObject[] = [];
  let at = 0;
  const next = (): number => {
    const byte = data[at] ?? refuse("code_truncated", "the bytes end inside an object");
    at += 1;
    return byte;
  };
  while (at < data.length) {
    const tag = [next()];
    if (tag[0] === 0x00 || tag[0] === 0xff) {
      refuse("code_malformed", "no tag");
    }
    if (((tag[0] ?? 0) & 0x1f) === 0x1f) {
      do {
        tag.push(next());
      } while (((tag.at(-1) ?? 0) & 0x80) !== 0 && tag.length < 3);
    }
    if (tag.length > 1 && ((tag.at(-1) ?? 0) & 0x80) !== 0) {
      refuse("code_malformed", "a tag of more than three bytes");
    }
    const short = next();
    if (short > 0x82 || short === 0x80) {
      refuse("code_malformed", "a length of this form is not allowed");
    }
    const length = short < 0x80 ? short : short === 0x81 ? next() : next() * 0x100 + next();
    if (at + length > data.length) {
      refuse("code_truncated", "an object reaches past the end");
    }
    objects.push({ tag: toHex(Uint8Array.from(tag)).toUpperCase(), value: data.slice(at, at + length) });
    at += length;
  }
  return objects;
}

function written(tag: string, value: Uint8Array): Uint8Array {
  const { length } = value;
  const long = length > 0xff ? [0x82, length >> 8, length & 0xff] : [0x81, length];
  return concat(fromHex(tag.toLowerCase()), Uint8Array.from(length > 0x7f ? long : [length]), value);
}
