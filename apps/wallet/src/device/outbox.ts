/** Delivers what was signed: the same bytes, again and again, until what became of them is known. */

import { toBase64 } from "@payport/ledger-client/bytes";
import type { Port } from "@payport/client/port";
import { PortProblem } from "@payport/client/problems";
import type { Executed } from "@payport/client/problems";
import type { Submitted } from "@payport/client/transactions";

import type { Database } from "./database.js";
import { isSettled } from "./outgoing.js";
import type { Outgoing } from "./outgoing.js";

const FIRST_PAUSE_MS = 400;
const LONGEST_PAUSE_MS = 8_000;
const SERVER_TROUBLE = 500;
const TOO_MANY_REQUESTS = 429;
const COMMITTED = "committed";
/** How long the port's clock may go on after a transaction's end before it is asked what became of it. */
const AFTER_END_MS = 5_000;

/** One attempt: the outbox does the repeating, since it must outlive the page. */
const ONCE = { attempts: 1 };

/** What the outbox works with. */
export interface OutboxParts {
  /** Where entries are kept. */
  readonly database: Database;
  /** The port, in the language of now. */
  readonly port: () => Port;
  /** Time by the network's clock. */
  readonly now: () => number;
}

/** Everything this phone sends. */
export class Outbox {
  readonly #entries = new Map<string, Outgoing>();
  readonly #delivering = new Map<string, Promise<Outgoing>>();
  readonly #listeners = new Set<(entry: Outgoing) => void>();

  constructor(private readonly parts: OutboxParts) {}

  /** Go on with what was under way when the app ended. */
  async resume(): Promise<void> {
    for (const entry of await this.parts.database.stores.getAll("outgoing")) {
      this.#entries.set(entry.id, entry);
      if (!isSettled(entry)) {
        void this.#deliver(entry);
      }
    }
  }

  /** Keep an entry, then send it; returns it once its outcome is known. */
  async send(entry: Outgoing): Promise<Outgoing> {
    await this.#write(entry);
    return this.#deliver(entry);
  }

  /** Return an entry as it stands. */
  entry(id: string): Outgoing | undefined {
    return this.#entries.get(id);
  }

  /** Return what has no known outcome yet, the newest first. */
  unsettled(): Outgoing[] {
    return [...this.#entries.values()].filter((each) => !isSettled(each)).sort((a, b) => b.madeAtMs - a.madeAtMs);
  }

  /** Be told of every change; returns what ends it. */
  listen(listener: (entry: Outgoing) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #deliver(entry: Outgoing): Promise<Outgoing> {
    const delivering =
      this.#delivering.get(entry.id) ??
      this.#persist(entry).finally(() => {
        this.#delivering.delete(entry.id);
      });
    this.#delivering.set(entry.id, delivering);
    return delivering;
  }

  async #persist(begun: Outgoing): Promise<Outgoing> {
    let entry = begun;
    for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(LONGEST_PAUSE_MS, 2 * pauseMs)) {
      const isOver = this.parts.now() > entry.validUntilMs + AFTER_END_MS;
      const next = await (isOver ? this.#asked(entry) : this.#posted(entry)).catch((error: unknown) =>
        later(entry, error),
      );
      if (next !== entry) {
        entry = next;
        await this.#write(entry);
      }
      if (isSettled(entry)) {
        return entry;
      }
      await waitOrOnline(pauseMs);
    }
  }

  /** Send the bytes. */
  async #posted(entry: Outgoing): Promise<Outgoing> {
    const body = { envelopes: entry.envelopes.map((each) => toBase64(each, "standard")) };
    const read = async (response: Response): Promise<Submitted> => (await response.json()) as Submitted;
    const { transactions } = await this.parts
      .port()
      .send("post", entry.route, { body, patience: ONCE, token: null }, read);
    return told(entry, transactions);
  }

  /** Ask what became of bytes that can execute no more. */
  async #asked(entry: Outgoing): Promise<Outgoing> {
    const path = { transaction_id: entry.id };
    const query = { valid_until_ms: entry.validUntilMs };
    const found = await this.parts
      .port()
      .get("/v1/transactions/{transaction_id}", { path, query, patience: ONCE, token: null });
    return told(entry, [found]);
  }

  async #write(entry: Outgoing): Promise<void> {
    await this.parts.database.keepOutgoing(entry);
    this.#entries.set(entry.id, entry);
    for (const listener of this.#listeners) {
      listener(entry);
    }
  }
}

/** Return the entry with what the port told of its transactions. */
function told(entry: Outgoing, transactions: readonly Executed[]): Outgoing {
  const own = transactions.find(({ id }) => id === entry.id);
  if (own === undefined) {
    throw new TypeError("the port answered about other transactions");
  }
  if (!own.final) {
    return { ...entry, standing: "pending", executed: own };
  }
  if (own.outcome === COMMITTED) {
    return { ...entry, standing: "committed", executed: own };
  }
  return { ...entry, standing: "refused", executed: own, refusal: { code: own.outcome, title: "", detail: "" } };
}

/** Return the entry after a failed attempt: refused where the port says so, else as it is, to be sent again. */
function later(entry: Outgoing, error: unknown): Outgoing {
  if (!(error instanceof PortProblem) || error.status >= SERVER_TROUBLE || error.status === TOO_MANY_REQUESTS) {
    return entry;
  }
  const { code, title, detail, transactions } = error;
  const own = transactions.find(({ id }) => id === entry.id);
  const refusal = { code, title, detail };
  return { ...entry, standing: "refused", refusal, ...(own === undefined ? {} : { executed: own }) };
}

/** Wait; no longer than until the phone is online again. */
async function waitOrOnline(ms: number): Promise<void> {
  await new Promise<void>((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      removeEventListener("online", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    addEventListener("online", done);
  });
}
