/** Currencies of ISO 4217 that a code may ask for. */

import { CURRENCIES } from "./generated/currencies.js";

/** Return how many digits a currency has after the point; `undefined` for what is no currency, such as an asset. */
export function currencyDecimals(code: string): number | undefined {
  return Object.hasOwn(CURRENCIES, code) ? CURRENCIES[code]?.[1] : undefined;
}
