/**
 * The strict reader of WebAuthn's clientDataJSON. The beginning is compared character by character, as WebAuthn
 * serialises it; the rest is read by a small reader whose answer depends on nothing but the bytes.
 */

import { fromUtf8, toLatin1, utf8 } from "./bytes.js";
import { CLIENT_DATA_MAX_DEPTH } from "./generated/limits.js";
import { refuse } from "./refusal.js";

// eslint-disable-next-line no-control-regex -- JSON forbids exactly these characters inside a string
const STRING = /"(?:[^"\\\x00-\x1f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
const PRIMITIVE = /true|false|null|-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
const KEY = /"([A-Za-z0-9_-]{1,64})":/y;

/** Insist on an assertion over a challenge (base64url) made at one of the origins; refuses `invalid_signature`. */
export function checkClientData(data: Uint8Array, challenge: string, origins: readonly string[]): void {
  if (fromUtf8(data) === null) {
    refuse("invalid_signature", "clientDataJSON is not UTF-8");
  }
  const reader = new ClientData(toLatin1(data));
  reader.check(`{"type":"webauthn.get","challenge":"${challenge}","origin":`, origins);
}

/** A position in the JSON, its bytes as characters. */
class ClientData {
  private at = 0;

  constructor(private readonly json: string) {}

  check(beginning: string, origins: readonly string[]): void {
    if (!this.json.startsWith(beginning)) {
      refuse("invalid_signature", "clientDataJSON is not an assertion over this message");
    }
    this.at = beginning.length;
    const origin = this.match(STRING);
    if (origin === null || !origins.some((allowed) => origin[0] === `"${toLatin1(utf8(allowed))}"`)) {
      refuse("invalid_signature", "the assertion was made at another origin");
    }
    const members = new Map([
      ["type", ""],
      ["challenge", ""],
      ["origin", ""],
    ]);
    this.members(members, 1);
    if (this.at !== this.json.length) {
      refuse("invalid_signature", "bytes follow clientDataJSON");
    }
    if ((members.get("crossOrigin") ?? "false") !== "false" || members.has("topOrigin")) {
      refuse("invalid_signature", "the assertion was made inside a page of another origin");
    }
  }

  /** Read `,"name":value` until the closing brace. */
  private members(members: Map<string, string>, depth: number): void {
    while (this.json[this.at] === ",") {
      this.at += 1;
      const key = this.match(KEY)?.[1];
      if (key === undefined || members.has(key)) {
        refuse("invalid_signature", "a member of clientDataJSON is ill-formed or appears twice");
      }
      const start = this.at;
      this.value(depth);
      members.set(key, this.json.slice(start, this.at));
    }
    this.close("}");
  }

  private value(depth: number): void {
    if (depth > CLIENT_DATA_MAX_DEPTH) {
      refuse("invalid_signature", "clientDataJSON is nested too deeply");
    }
    const opening = this.json[this.at];
    if (opening === "{") {
      this.at += 1;
      this.object(depth);
    } else if (opening === "[") {
      this.at += 1;
      this.array(depth);
    } else if (this.match(opening === '"' ? STRING : PRIMITIVE) === null) {
      refuse("invalid_signature", "clientDataJSON is not JSON");
    }
  }

  private object(depth: number): void {
    const key = this.match(KEY)?.[1];
    if (key === undefined) {
      this.close("}");
      return;
    }
    this.value(depth + 1);
    this.members(new Map([[key, ""]]), depth + 1);
  }

  private array(depth: number): void {
    if (this.json[this.at] === "]") {
      this.at += 1;
      return;
    }
    this.value(depth + 1);
    while (this.json[this.at] === ",") {
      this.at += 1;
      this.value(depth + 1);
    }
    this.close("]");
  }

  private close(bracket: string): void {
    if (this.json[this.at] !== bracket) {
      refuse("invalid_signature", "clientDataJSON is not JSON");
    }
    this.at += 1;
  }

  /** Match at the position, and move behind what matched. */
  private match(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.json);
    this.at = found === null ? this.at : pattern.lastIndex;
    return found;
  }
}
