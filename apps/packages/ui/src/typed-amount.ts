/** An amount while it is typed: what each key does, and which keys are refused. */

/** A key of the pad. `00` is there for currencies without cents. */
export type AmountKey = "0" | "1" | "2" | "3" | "4" | "5" | "6" | "7" | "8" | "9" | "00" | "." | "delete" | "clear";

/** Why a key was refused. */
export type KeyRefusal = "over_limit" | "too_many_decimals" | "no_decimals";

/** What is typed, and what became of the last key. */
export interface Typed {
  /** The characters so far: `""`, `"12."`, `"12.50"`. */
  readonly text: string;
  /** Why the last key was refused, if it was. */
  readonly refused?: KeyRefusal;
}

/** What bounds an amount. */
export interface AmountBounds {
  /** Digits after the point. */
  readonly decimals: number;
  /** Largest amount in minor units. */
  readonly maxMinor: number;
}

/** Return the minor units of what is typed; 0 while nothing or only zeros are. */
export function typedMinor(text: string, decimals: number): number {
  const [major = "", minor = ""] = text.split(".");
  return Number(`${major}${minor.padEnd(decimals, "0")}`);
}

/** Press a key. A refused key changes nothing but says why, so that no amount is ever rounded or cut silently. */
export function press({ text }: Typed, key: AmountKey, { decimals, maxMinor }: AmountBounds): Typed {
  if (key === "delete") {
    return { text: text.slice(0, -1) };
  }
  if (key === "clear") {
    return { text: "" };
  }
  if (key === ".") {
    return pressPoint(text, decimals);
  }
  const next = text === "0" || text === "" ? key.replace(/^0+(?=.)/u, "") : text + key;
  const minorDigits = next.split(".")[1]?.length ?? 0;
  if (minorDigits > decimals) {
    return { text, refused: "too_many_decimals" };
  }
  return typedMinor(next, decimals) > maxMinor ? { text, refused: "over_limit" } : { text: next };
}

/** Type a whole text, as when somebody pastes it; characters that are no keys are passed over. */
export function typeText(given: string, bounds: AmountBounds): Typed {
  let typed: Typed = { text: "" };
  for (const character of given) {
    const key = keyOf(character);
    typed = key === undefined ? typed : press(typed, key, bounds);
    if (typed.refused !== undefined) {
      return typed;
    }
  }
  return typed;
}

/** Return the key of what a keyboard sends, `undefined` for all others. A comma is no point: `1,234` is a thousand. */
export function keyOf(pressed: string): AmountKey | undefined {
  switch (pressed) {
    case "Backspace":
      return "delete";
    case "Delete":
      return "clear";
    case ".":
    case "。":
      return ".";
    default:
      return /^[0-9]$/u.test(pressed) ? (pressed as AmountKey) : undefined;
  }
}

/** Group what is typed for reading: `1234.5` is shown as `1,234.5`. */
export function grouped(text: string): string {
  const [major = "", ...minor] = text.split(".");
  return [(major === "" ? "0" : major).replace(/\B(?=(?:\d{3})+$)/gu, ","), ...minor].join(".");
}

function pressPoint(text: string, decimals: number): Typed {
  if (decimals === 0) {
    return { text, refused: "no_decimals" };
  }
  if (text.includes(".")) {
    return { text };
  }
  return { text: text === "" ? "0." : `${text}.` };
}
