/** When a call is made again. Every call may be: a POST keeps its Idempotency-Key, and signed bytes have one effect. */

import { PortProblem, PortUnreachable, errorOf } from "./problems.js";
import type { UnexpectedAnswer } from "./problems.js";

/** How patient a client is. */
export interface Patience {
  /** How often a call is made at most. */
  readonly attempts: number;
  /** How long one attempt may take. */
  readonly timeoutMs: number;
  /** How long to wait before the second attempt; it doubles from there, drawn between half and all of it. */
  readonly firstDelayMs: number;
  /** The longest wait; where the port asks for more, its problem is thrown. */
  readonly maxDelayMs: number;
}

/** Four attempts within some seconds: what a person with a phone in hand waits for. */
export const PATIENCE: Patience = { attempts: 4, timeoutMs: 20_000, firstDelayMs: 250, maxDelayMs: 10_000 };

/** Waits; ends early, with the signal's reason, where it is aborted. */
export type Wait = (ms: number, signal?: AbortSignal) => Promise<void>;

const AGAIN: ReadonlySet<number> = new Set([429, 500, 502, 503, 504]);

/** Wait so long, or until aborted. */
export const wait: Wait = (ms, signal) =>
  new Promise((resolve, reject) => {
    const abort = (): void => {
      clearTimeout(timer);
      reject(reasonOf(signal));
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", abort);
      resolve();
    }, ms);
    if (signal?.aborted === true) {
      abort();
    }
    signal?.addEventListener("abort", abort, { once: true });
  });

/** Return how long to wait before attempt number `attempt`, which is 1 for the second. */
export function delayMs(patience: Patience, attempt: number, drawn: number = Math.random()): number {
  const longest = Math.min(patience.maxDelayMs, patience.firstDelayMs * 2 ** (attempt - 1));
  return Math.round((longest * (1 + drawn)) / 2);
}

/** One call: how to make it, and how to read a successful answer. */
export interface Call<T> {
  /** Make the request. */
  readonly request: (signal: AbortSignal) => Promise<Response>;
  /** Read the answer: part of the attempt, since a connection may be lost in the middle of it. */
  readonly read: (response: Response) => Promise<T>;
}

type Failure = PortProblem | PortUnreachable | UnexpectedAnswer;

/** Make a call until it succeeds, is refused, or patience ends; returns what was read of the successful answer. */
export async function persist<T>(call: Call<T>, patience: Patience, waiting: Wait, signal?: AbortSignal): Promise<T> {
  for (let made = 1; ; made += 1) {
    const outcome = await tried(call, patience.timeoutMs, signal);
    if ("value" in outcome) {
      return outcome.value;
    }
    const delay = pauseMs(outcome.failure, patience, made);
    if (made >= patience.attempts || delay === null) {
      throw outcome.failure;
    }
    await waiting(delay, signal);
  }
}

/** Return what an attempt ended with; throws only what the caller aborted. */
async function tried<T>(
  call: Call<T>,
  timeoutMs: number,
  signal?: AbortSignal,
): Promise<{ readonly value: T } | { readonly failure: Failure }> {
  const timeout = AbortSignal.timeout(timeoutMs);
  try {
    const response = await call.request(signal === undefined ? timeout : AbortSignal.any([timeout, signal]));
    return response.ok ? { value: await call.read(response) } : { failure: await errorOf(response) };
  } catch (cause) {
    if (signal?.aborted === true) {
      throw reasonOf(signal);
    }
    return { failure: new PortUnreachable("the port cannot be reached", { cause }) };
  }
}

/** Return how long to wait before the next attempt; null where there is none to be made. */
function pauseMs(error: Failure, patience: Patience, made: number): number | null {
  const ownMs = delayMs(patience, made);
  if (error instanceof PortUnreachable) {
    return ownMs;
  }
  // An unexpected answer in JSON, such as a health report, is the answer.
  if (!AGAIN.has(error.status) || (!(error instanceof PortProblem) && typeof error.body !== "string")) {
    return null;
  }
  const askedMs = error instanceof PortProblem ? (error.retryAfterMs ?? 0) : 0;
  return askedMs > patience.maxDelayMs ? null : Math.max(ownMs, askedMs);
}

function reasonOf(signal: AbortSignal | undefined): Error {
  const reason: unknown = signal?.reason;
  return reason instanceof Error ? reason : new DOMException("aborted", "AbortError");
}
