/** Amounts as people write them: exact, with the digits their currency has. */

import { currencyDecimals } from "@payport/ledger-client/currencies";
import type { Language } from "@payport/ledger-client/sentences";

import { LOCALES } from "./language.js";

/** Largest amount in minor units. */
export const MAX_AMOUNT_MINOR = Number.MAX_SAFE_INTEGER;

/** What an amount counts. */
export interface Unit {
  /** Code of a currency (`CNY`), or name of an asset as people know it. */
  readonly asset: string;
  /** Digits after the point; a currency's own when left out. An asset that is no currency has to tell. */
  readonly decimals?: number | undefined;
}

/** A piece of a written amount. */
export interface Piece {
  /** `symbol` is what is counted, `minor` is the point and what follows. */
  readonly kind: "sign" | "symbol" | "major" | "minor";
  /** Its characters. */
  readonly text: string;
}

/** How a sign is written: only on negative amounts, or on both as in a list of movements. */
export type Signs = "negative" | "both";

/** Return the digits after the point of what is counted. */
export function decimalsOf({ asset, decimals }: Unit): number {
  const digits = decimals ?? currencyDecimals(asset);
  if (digits === undefined) {
    throw new RangeError(`${asset} is no currency: say how many decimals it has`);
  }
  return digits;
}

/** Write minor units as digits with a point, exactly; at 2^53-1 a division would already be off by a cent. */
export function decimalText(amountMinor: number, decimals: number): string {
  if (!Number.isSafeInteger(amountMinor)) {
    throw new RangeError(`${String(amountMinor)} is no whole number of minor units`);
  }
  const sign = amountMinor < 0 ? "-" : "";
  const digits = String(Math.abs(amountMinor)).padStart(decimals + 1, "0");
  const major = digits.slice(0, digits.length - decimals);
  return decimals === 0 ? sign + major : `${sign}${major}.${digits.slice(-decimals)}`;
}

/** Return the pieces of an amount in the order in which the language writes them. */
export function amountPieces(amountMinor: number, unit: Unit, language: Language, signs: Signs = "negative"): Piece[] {
  const decimals = decimalsOf(unit);
  const isCurrency = currencyDecimals(unit.asset) !== undefined;
  const format = new Intl.NumberFormat(LOCALES[language], {
    ...(isCurrency ? { style: "currency" as const, currency: unit.asset } : {}),
    minimumFractionDigits: decimals,
    maximumFractionDigits: decimals,
    signDisplay: signs === "both" ? "exceptZero" : "negative",
  });
  const parts = format.formatToParts(decimalText(amountMinor, decimals) as unknown as number);
  const pieces: Piece[] = parts.map(({ type, value }) => ({ kind: kindOf(type), text: value }));
  return isCurrency ? pieces : [...pieces, { kind: "symbol", text: `\u00A0${unit.asset}` }];
}

/** Return an amount as one text, for names of controls and titles. */
export function amountText(amountMinor: number, unit: Unit, language: Language, signs: Signs = "negative"): string {
  return amountPieces(amountMinor, unit, language, signs)
    .map(({ text }) => text)
    .join("");
}

function kindOf(type: Intl.NumberFormatPartTypes): Piece["kind"] {
  if (type === "plusSign" || type === "minusSign") {
    return "sign";
  }
  if (type === "currency" || type === "literal") {
    return "symbol";
  }
  return type === "decimal" || type === "fraction" ? "minor" : "major";
}
