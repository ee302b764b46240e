/** Refusals: the named, documented reasons why nothing happened. Their codes are the network's own. */

import type { RefusalCode } from "./generated/refusals.js";

export type { RefusalCode } from "./generated/refusals.js";

/** Thrown where a rule says no. `code` is stable; `detail` adds which value broke the rule, never a secret. */
export class Refusal extends Error {
  override readonly name = "Refusal";

  constructor(
    /** The stable code. */
    readonly code: RefusalCode,
    /** Which value broke the rule; may be empty. */
    readonly detail = "",
  ) {
    super(detail === "" ? code : `${code}: ${detail}`);
  }
}

/** Throw a refusal. */
export function refuse(code: RefusalCode, detail = ""): never {
  throw new Refusal(code, detail);
}
