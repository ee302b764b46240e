/** What this phone has signed and sent, or is about to: kept before it is sent, until what became of it is known. */

import type { Schemas } from "@payport/client/routes";

/** Where signed transactions are sent; the first two let the payer's bank fund what his account does not hold. */
export type Route = "/v1/payments" | "/v1/transfers" | "/v1/offers" | "/v1/transactions";

/** How it stands. `sending` has had no answer, `pending` was taken by the port, the others are final. */
export type Standing = "sending" | "pending" | "committed" | "refused";

/** What a person wants to see of it. */
export interface About {
  /** Verb without its version. */
  readonly verb: string;
  /** Who is paid, in words: a shop's name or a masked one. */
  readonly payee?: string;
  /** In minor units. */
  readonly amountMinor?: number;
  /** Asset. */
  readonly asset?: string;
  /** Request for money that it answers; told to the port once it is committed. */
  readonly request?: string;
}

/** One submission. */
export interface Outgoing {
  /** Id of its first transaction, hexadecimal. */
  readonly id: string;
  /** Account that signed. */
  readonly account: string;
  /** Where it is sent. */
  readonly route: Route;
  /** The exact signed bytes. They are never made anew: only the same bytes have one effect. */
  readonly envelopes: readonly Uint8Array[];
  /** When they were signed. */
  readonly madeAtMs: number;
  /** Last block time at which they can execute. */
  readonly validUntilMs: number;
  /** For people. */
  readonly about: About;
  /** How it stands. */
  readonly standing: Standing;
  /** What the port told of it. */
  readonly executed?: Schemas["Executed"];
  /** Why it was refused. */
  readonly refusal?: {
    /** Stable code. */
    readonly code: string;
    /** A sentence in the language of the time. */
    readonly title: string;
    /** Which value broke the rule. */
    readonly detail: string;
  };
}

/** Tell whether its outcome is known. */
export function isSettled({ standing }: Outgoing): boolean {
  return standing === "committed" || standing === "refused";
}
