/** What a call may throw: the port refused, or it could not be reached, or its answer was not understood. */

import type { Schemas } from "./routes.js";

/** What became of each transaction that was sent. */
export type Executed = Schemas["Executed"];

const PROBLEM_JSON = "application/problem+json";

/** A refusal of the port, with its stable code. */
export class PortProblem extends Error {
  override readonly name = "PortProblem";
  /** Stable code of the refusal. */
  readonly code: string;
  /** A sentence for people, in the language asked for. */
  readonly title: string;
  /** Which value broke the rule; may be empty. */
  readonly detail: string;
  /** The HTTP status. */
  readonly status: number;
  /** Whether the transaction can never have another outcome; undefined where none was sent. */
  readonly final: boolean | undefined;
  /** What became of each member; empty where no transaction was sent. */
  readonly transactions: readonly Executed[];

  constructor(
    problem: Schemas["Problem"],
    /** When to try again, where the port said so. */
    readonly retryAfterMs: number | undefined,
  ) {
    super(`${problem.code}: ${problem.detail ?? problem.title}`);
    this.code = problem.code;
    this.title = problem.title;
    this.detail = problem.detail ?? "";
    this.status = problem.status;
    this.final = problem.final ?? undefined;
    this.transactions = problem.transactions ?? [];
  }
}

/** No answer came, as often as it was tried; what was sent may have been executed. */
export class PortUnreachable extends Error {
  override readonly name = "PortUnreachable";
}

/** An answer that is neither a success nor a problem of the port: of something between, or a health report. */
export class UnexpectedAnswer extends Error {
  override readonly name = "UnexpectedAnswer";

  constructor(
    /** The HTTP status. */
    readonly status: number,
    /** The body: read as JSON where it says so, else as text. */
    readonly body: unknown,
  ) {
    super(`the port answered ${String(status)}`);
  }
}

/** Return the error that an unsuccessful answer stands for. */
export async function errorOf(response: Response): Promise<PortProblem | UnexpectedAnswer> {
  const media = mediaTypeOf(response);
  const text = await response.text();
  if (!media.endsWith("json")) {
    return new UnexpectedAnswer(response.status, text);
  }
  const body: unknown = JSON.parse(text);
  const isProblem = media === PROBLEM_JSON && typeof body === "object" && body !== null && "code" in body;
  const problem = body as Schemas["Problem"];
  return isProblem ? new PortProblem(problem, retryAfterMs(response)) : new UnexpectedAnswer(response.status, body);
}

/** Return the media type of an answer without its parameters. */
export function mediaTypeOf(response: Response): string {
  return (response.headers.get("content-type") ?? "").replace(/;.*$/u, "").trim().toLowerCase();
}

/** Return how long `Retry-After` asks to wait, as seconds or as a date; undefined where it is not there. */
export function retryAfterMs(response: Response, nowMs: number = Date.now()): number | undefined {
  const header = response.headers.get("retry-after");
  if (header === null) {
    return undefined;
  }
  const ms = /^[0-9]{1,9}$/u.test(header) ? Number(header) * 1_000 : Date.parse(header) - nowMs;
  return Number.isNaN(ms) ? undefined : Math.max(0, ms);
}
