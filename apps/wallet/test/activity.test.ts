/** Several accounts in one list: nothing twice, nothing left out, newest first. */

import { expect, test } from "vitest";

import type { Port } from "@payport/client/port";

import { lastMonths, monthOf, readActivity } from "../src/flows/activity.js";
import type { Cursors } from "../src/flows/activity.js";

/** Answers as the port does: pages of two, newest first, below a cursor. */
function portOf(accounts: Readonly<Record<string, readonly number[]>>): Port {
  const get = (_path: string, given: { path: { account: string }; query: { before: number | null } }) => {
    const { account } = given.path;
    const before = given.query.before ?? Infinity;
    const rows = (accounts[account] ?? []).filter((sequence) => sequence < before).sort((a, b) => b - a);
    const page = rows.slice(0, 2);
    const transactions = page.map((sequence) => ({ sequence, kind: "transfer/1" }));
    return Promise.resolve({ transactions, next: rows.length > 2 ? (page.at(-1) ?? null) : null });
  };
  return { get } as unknown as Port;
}

test("pages of several accounts are merged", async () => {
  const accounts = { a: [1, 4, 5, 9, 10, 11], b: [2, 3, 20], c: [], d: [6, 7, 8, 12, 13, 14, 15] };
  const port = portOf(accounts);
  const told: number[] = [];
  let cursors: Cursors | undefined;
  for (let page = 0; page < 30; page += 1) {
    const { happenings, next } = await readActivity(port, Object.keys(accounts), cursors);
    told.push(...happenings.map(({ sequence }) => sequence));
    cursors = next;
    if (next === undefined) {
      break;
    }
  }
  expect(cursors).toBeUndefined();
  expect(told).toEqual(
    Object.values(accounts)
      .flat()
      .sort((a, b) => b - a),
  );
});

test("the last months end with the present one", () => {
  const now = new Date(2026, 0, 31, 12).getTime();
  expect(lastMonths(3, now)).toEqual(["2025-11", "2025-12", "2026-01"]);
  expect(monthOf(now)).toBe("2026-01");
});
