/** Events: read as the standard writes them, resumed where the connection was lost. */

import { expect, test } from "vitest";

import { follow, parseEvents } from "../src/events.js";
import type { PortEvent } from "../src/events.js";
import { events, problem, standIn } from "./stand-in.js";

const EVENTS = "/v1/accounts/{account}/events";
const path = { account: "0".repeat(32) };

function streamOf(...parts: readonly string[]): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start(controller) {
      parts.forEach((part) => {
        controller.enqueue(new TextEncoder().encode(part));
      });
      controller.close();
    },
  });
}

async function parsed(...parts: readonly string[]): Promise<unknown[]> {
  const found: unknown[] = [];
  for await (const each of parseEvents(streamOf(...parts))) {
    found.push(each);
  }
  return found;
}

test("a stream is read in whatever parts it comes, whatever ends its lines", async () => {
  const wanted = [{ retryMs: 1_000 }, { id: "7", event: "transaction", data: { a: [1, 2] } }];
  for (const end of ["\n", "\r\n", "\r"]) {
    const text = [
      ": connected",
      "retry: 1000",
      "",
      "id: 7",
      "event:transaction",
      'data: {"a":',
      "data: [1,2]}",
      "",
      "",
    ].join(end);
    expect(await parsed(`${text}: `)).toEqual(wanted);
    expect(await parsed(...Array.from(`${text}: `))).toEqual(wanted);
  }
});

test("an event that does not end is none", async () => {
  expect(await parsed("id: 1\ndata: 1\n\nid: 2\ndata: 2\n")).toEqual([{ id: "1", event: "message", data: 1 }]);
});

test("an event without an id leaves the place as it is", async () => {
  const { port, requests } = await standIn([
    events("id: 4\ndata: 4\n\n"),
    events("event: notice\ndata: 0\n\n"),
    problem(403, "access_denied"),
  ]);
  const following = async (): Promise<void> => {
    for await (const each of follow(port, EVENTS, { path })) {
      expect([4, 0]).toContain(each.data);
    }
  };
  await expect(following()).rejects.toMatchObject({ code: "access_denied" });
  expect(requests.map(({ headers }) => headers["last-event-id"])).toEqual([undefined, "4", "4"]);
});

test("a stream that ends is followed on from its last event", async () => {
  const { port, requests, waits } = await standIn([
    events("retry: 40\n\nid: 1\nevent: transaction\ndata: 1\n\nid: 2\ndata: 2\n\nid: 3\ndata: 3\n"),
    problem(503, "node_unreachable"),
    events("id: 3\nevent: transaction\ndata: 3\n\n"),
    problem(403, "access_denied"),
  ]);
  const told: PortEvent[] = [];
  const following = async (): Promise<void> => {
    for await (const each of follow(port, EVENTS, { path })) {
      told.push(each);
    }
  };
  await expect(following()).rejects.toMatchObject({ code: "access_denied" });
  expect(told.map(({ data }) => data)).toEqual([1, 2, 3]);
  expect(requests.map(({ headers }) => headers["last-event-id"])).toEqual([undefined, "2", "2", "3"]);
  expect(waits).toHaveLength(3);
  expect(Math.max(...waits)).toBeLessThanOrEqual(80);
});

test("a stream begins where the caller was, and ends when he leaves or aborts", async () => {
  const { port, requests } = await standIn([events("id: 6\ndata: 6\n\nid: 7\ndata: 7\n\n")]);
  for await (const each of follow(port, EVENTS, { path, lastEventId: "5" })) {
    expect(each.id).toBe("6");
    break;
  }
  const controller = new AbortController();
  for await (const each of follow(port, EVENTS, { path, signal: controller.signal })) {
    if (each.id === "7") {
      controller.abort();
    }
  }
  expect(requests.map(({ headers }) => headers["last-event-id"])).toEqual(["5", undefined]);
});
