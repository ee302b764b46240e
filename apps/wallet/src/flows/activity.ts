/** What happened to all accounts of the customer, in one list, newest first. */

import type { Port } from "@payport/client/port";
import type { Schemas } from "@payport/client/routes";

/** Something that happened, with the account it happened to. */
export type Happening = Schemas["TransactionView"] & {
  /** Account, hexadecimal. */
  readonly account: string;
};

/** Where the next page of each account begins; an account that is done is not in it. */
export type Cursors = Readonly<Record<string, number>>;

/** A page over several accounts. */
export interface ActivityPage {
  /** What happened, newest first. */
  readonly happenings: readonly Happening[];
  /** Where the next one begins; undefined on the last. */
  readonly next: Cursors | undefined;
}

const PAGE = 30;

/** Verbs that a person did not do for their own sake: they prepare the phone, or move his money between bank and account. */
const SILENT: ReadonlySet<string> = new Set(["open_account/1", "bind_key/1", "issue/1"]);

/** Read the next page. Everything in it is newer than everything in a later one. */
export async function readActivity(port: Port, accounts: readonly string[], from?: Cursors): Promise<ActivityPage> {
  const wanted = from === undefined ? accounts : accounts.filter((account) => account in from);
  const pages = await Promise.all(
    wanted.map(async (account) => {
      const query = { limit: PAGE, before: from?.[account] ?? null };
      const page = await port.get("/v1/accounts/{account}/transactions", { path: { account }, query });
      return { account, ...page };
    }),
  );
  // Of an account that goes on below its page nothing is known there, so the others wait at the same place.
  const ends = pages.filter(({ next }) => next !== null).map(({ next }) => next ?? 0);
  const floor = ends.length === 0 ? 0 : Math.max(...ends);
  const happenings = pages
    .flatMap(({ account, transactions }) => transactions.map((each) => ({ ...each, account })))
    .filter(({ sequence }) => sequence >= floor)
    .sort((one, other) => other.sequence - one.sequence);
  const open = pages.filter(
    ({ next, transactions }) => next !== null || (transactions.at(-1)?.sequence ?? floor) < floor,
  );
  const next = Object.fromEntries(open.map(({ account }) => [account, floor]));
  return { happenings: happenings.filter(({ kind }) => !SILENT.has(kind)), next: open.length === 0 ? undefined : next };
}

/** Tell whether money came to the account. */
export function isIncoming({ kind, sent }: Happening): boolean {
  return kind === "refund/1" ? !sent : kind === "charge/1" ? sent : !sent;
}

/** How much came or went by month, of one asset. */
export interface MonthSum {
  /** Year and month, `2026-11`. */
  readonly month: string;
  /** Received, in minor units. */
  readonly receivedMinor: number;
  /** Spent, in minor units. */
  readonly spentMinor: number;
}

const LINES = 200;
const MOST_PAGES = 25;

/** Sum up the last months from the statements. What moves between a customer's deposit and his account is neither. */
export async function sumMonths(
  port: Port,
  accounts: readonly string[],
  asset: string,
  months: readonly string[],
): Promise<MonthSum[]> {
  const sums = new Map(months.map((month) => [month, { month, receivedMinor: 0, spentMinor: 0 }]));
  const fromMs = Date.parse(`${months[0] ?? ""}-01T00:00:00`);
  for (const account of accounts) {
    let before: number | null = null;
    for (let page = 0; page < MOST_PAGES; page += 1) {
      const query: { asset: string; limit: number; before: number | null; from_ms: number } = {
        asset,
        limit: LINES,
        before,
        from_ms: fromMs,
      };
      const found: Schemas["Statement"] = await port.get("/v1/accounts/{account}/statement", {
        path: { account },
        query,
      });
      for (const { time_ms: timeMs, delta_minor: deltaMinor, kind } of found.entries) {
        const sum = sums.get(monthOf(timeMs));
        if (sum !== undefined && kind !== "issue/1" && kind !== "redeem/1") {
          sum[deltaMinor > 0 ? "receivedMinor" : "spentMinor"] += Math.abs(deltaMinor);
        }
      }
      before = found.next;
      if (before === null) {
        break;
      }
    }
  }
  return [...sums.values()];
}

/** Return the month of a moment, in this phone's time zone. */
export function monthOf(atMs: number): string {
  const date = new Date(atMs);
  return `${String(date.getFullYear())}-${String(date.getMonth() + 1).padStart(2, "0")}`;
}

/** Return the last months, the present one last. */
export function lastMonths(count: number, nowMs: number = Date.now()): string[] {
  const now = new Date(nowMs);
  return Array.from({ length: count }, (_, index) =>
    monthOf(new Date(now.getFullYear(), now.getMonth() - (count - 1 - index), 1).getTime()),
  );
}
