/** Server-sent events as an async iterator that resumes where the connection was lost. */

import type { CallOptions, Port, Sent } from "./port.js";
import { PortProblem } from "./problems.js";
import { delayMs } from "./retries.js";
import type { EventPath, Input, Operation } from "./routes.js";

/** One event. */
export interface PortEvent {
  /** Its id, by which a later stream resumes; keep the last one that was dealt with. */
  readonly id: string;
  /** What kind of event it is. */
  readonly event: string;
  /** What it tells: JSON. */
  readonly data: unknown;
}

/** Where to begin and when to end. */
export interface FollowOptions extends Omit<CallOptions, "idempotencyKey"> {
  /** Id of the last event that was dealt with; without it, the stream begins with what happens next. */
  readonly lastEventId?: string;
}

const DEFAULT_RETRY_MS = 1_000;
const MAX_RETRY_MS = 30_000;
const REFUSED_FOR_GOOD = 500;
const TOO_MANY_REQUESTS = 429;

/** A stream ends with its token, never with a time limit of the client; connecting again is done here. */
const ONE_LONG_ATTEMPT = { attempts: 1, timeoutMs: 2 ** 31 - 1 };

/**
 * Follow a stream until the signal aborts or the loop is left. A lost or ended connection is made again, with a fresh
 * token and from the last event on; a refusal other than "not now" is thrown.
 */
export async function* follow<P extends EventPath>(
  port: Port,
  path: P,
  given: Input<Operation<"get", P>> & FollowOptions,
): AsyncGenerator<PortEvent, void, undefined> {
  const sent = given as Sent & FollowOptions;
  let last = given.lastEventId;
  let retryMs = DEFAULT_RETRY_MS;
  // An aborted signal ends the loop from inside a wait or a read: `isAborted` must be asked anew each time.
  const isAborted = (): boolean => given.signal?.aborted === true;
  for (let failures = 0; !isAborted(); failures += 1) {
    try {
      const resume: Record<string, string> = last === undefined ? {} : { "last-event-id": last };
      const headers = { accept: "text/event-stream", ...sent.headers, ...resume };
      const call = { ...sent, headers, patience: ONE_LONG_ATTEMPT };
      const stream = await port.send("get", path, call, (response) => Promise.resolve(response.body));
      for await (const each of parseEvents(stream ?? new ReadableStream())) {
        if ("retryMs" in each) {
          ({ retryMs } = each);
          continue;
        }
        failures = 0;
        if (each.id !== "") {
          last = each.id; // an event without an id leaves the place as it is, also over connections
        }
        yield each;
      }
    } catch (error) {
      if (isAborted()) {
        return;
      }
      if (error instanceof PortProblem && error.status < REFUSED_FOR_GOOD && error.status !== TOO_MANY_REQUESTS) {
        throw error;
      }
    }
    const patience = { ...port.patience, firstDelayMs: retryMs, maxDelayMs: MAX_RETRY_MS };
    await port.wait(delayMs(patience, failures + 1), given.signal).catch((error: unknown) => {
      if (!isAborted()) {
        throw error;
      }
    });
  }
}

/** Yield the events of a stream, and each change of the time after which to connect again. */
export async function* parseEvents(
  stream: ReadableStream<Uint8Array>,
): AsyncGenerator<PortEvent | { readonly retryMs: number }, void, undefined> {
  let fields: { id: string; event: string; data: string[] } = { id: "", event: "message", data: [] };
  let id = "";
  for await (const line of lines(stream)) {
    const [, name = "", value = ""] = /^([^:]*)(?:: ?(.*))?$/su.exec(line) ?? [];
    if (line === "") {
      if (fields.data.length > 0) {
        yield { id, event: fields.event, data: JSON.parse(fields.data.join("\n")) };
      }
      fields = { id, event: "message", data: [] };
    } else if (name === "data") {
      fields.data.push(value);
    } else if (name === "event") {
      fields.event = value;
    } else if (name === "id" && !value.includes("\0")) {
      id = value;
    } else if (name === "retry" && /^[0-9]{1,9}$/u.test(value)) {
      yield { retryMs: Number(value) };
    }
  }
}

/** Yield the lines of a stream of UTF-8, ended by CR, LF or both; what follows the last end is no line. */
async function* lines(stream: ReadableStream<Uint8Array>): AsyncGenerator<string, void, undefined> {
  const reader = stream.getReader();
  const decoder = new TextDecoder();
  let held = "";
  try {
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      held += decoder.decode(part.value, { stream: true });
      // A CR at the end of a part may be half of a line's end: it waits for the next.
      for (let end = /\r\n|\n|\r(?!$)/u.exec(held); end !== null; end = /\r\n|\n|\r(?!$)/u.exec(held)) {
        yield held.slice(0, end.index);
        held = held.slice(end.index + end[0].length);
      }
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}
