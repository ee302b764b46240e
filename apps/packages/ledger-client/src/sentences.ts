/** What people are told of a refusal, in both languages of the network. */

import { REFUSALS } from "./generated/refusals.js";

/** A language the network speaks. */
export type Language = "en" | "zh";

/** Return the sentence of a refusal's code; `undefined` for a code this version does not know. */
export function sentence(code: string, language: Language): string | undefined {
  return Object.hasOwn(REFUSALS, code) ? REFUSALS[code as keyof typeof REFUSALS][language] : undefined;
}
