/** The network's time, where this phone's clock is wrong: every answer of the port tells its own. */

import type { Database } from "./database.js";

/** A difference below this is the way of an answer and the whole seconds its date is told in. */
const TOLERATED_MS = 5_000;

/** A difference from which a person should set the clock. */
export const WRONG_MS = 60_000;

/** Time by the port's clock. */
export class NetworkClock {
  #skewMs = 0;

  private constructor(private readonly database: Database) {}

  /** Go on with what was learned before. */
  static async begin(database: Database): Promise<NetworkClock> {
    const clock = new NetworkClock(database);
    clock.#skewMs = (await database.fact("skewMs")) ?? 0;
    return clock;
  }

  /** How far the port is ahead of this phone, in milliseconds; 0 where they agree. */
  get skewMs(): number {
    return this.#skewMs;
  }

  /** Now, in milliseconds since 1970. */
  readonly now = (): number => Date.now() + this.#skewMs;

  /** Learn from an answer. */
  learn(response: Response): void {
    const told = Date.parse(response.headers.get("date") ?? "");
    if (Number.isNaN(told)) {
      return;
    }
    const differenceMs = told - Date.now();
    const skewMs = Math.abs(differenceMs) < TOLERATED_MS ? 0 : differenceMs;
    if (Math.abs(skewMs - this.#skewMs) >= TOLERATED_MS || (skewMs === 0 && this.#skewMs !== 0)) {
      this.#skewMs = skewMs;
      void this.database.keep("skewMs", skewMs);
    }
  }
}
