/** How often a PIN may be tried: five times at once, then after waits that double. */

import type { Database } from "./database.js";
import { Vault } from "./vault.js";

/** Wrong PINs since the last right one. */
export interface Attempts {
  /** How many. */
  readonly wrong: number;
  /** When the last was tried, by this phone's clock. */
  readonly lastMs: number;
}

/** Attempts without a wait. */
export const FREE_ATTEMPTS = 5;

const FIRST_WAIT_MS = 30_000;
const LONGEST_WAIT_MS = 3_600_000;

/** The PIN was wrong, or it is too early to try another. */
export class PinRefused extends Error {
  override readonly name = "PinRefused";

  constructor(
    /** How many attempts are left before there is a wait. */
    readonly left: number,
    /** When the next attempt may be made; 0 for now. */
    readonly nextMs: number,
    /** Whether this PIN was looked at. */
    readonly isTried: boolean,
  ) {
    super("the PIN was refused");
  }
}

/** Return when the next PIN may be tried. */
export function nextAttemptMs({ wrong, lastMs }: Attempts): number {
  if (wrong < FREE_ATTEMPTS) {
    return 0;
  }
  return lastMs + Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (wrong - FREE_ATTEMPTS));
}

/** Open the vault with a PIN; throws {@link PinRefused}. */
export async function openWithPin(database: Database, pin: string, nowMs: number = Date.now()): Promise<Vault> {
  const record = await database.fact("vault");
  if (record === undefined) {
    throw new Error("no vault was made");
  }
  return counted(database, () => Vault.open(record, pin), nowMs);
}

/** Make one attempt, whose result is undefined where the PIN is wrong. It is written down before the PIN is looked at. */
export async function counted<T>(
  database: Database,
  attempt: () => Promise<T | undefined>,
  nowMs: number = Date.now(),
): Promise<T> {
  const before = (await database.fact("attempts")) ?? { wrong: 0, lastMs: 0 };
  const nextMs = nextAttemptMs(before);
  if (nowMs < nextMs) {
    throw new PinRefused(0, nextMs, false);
  }
  const after = { wrong: before.wrong + 1, lastMs: nowMs };
  await database.keep("attempts", after);
  const result = await attempt();
  if (result === undefined) {
    throw new PinRefused(Math.max(0, FREE_ATTEMPTS - after.wrong), nextAttemptMs(after), true);
  }
  await database.keep("attempts", { wrong: 0, lastMs: nowMs });
  return result;
}
