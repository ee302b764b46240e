/** A server that answers as it is told: what a port does when it is busy, away or cut off, which a sound one does not. */

import { createServer } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";

import { Port } from "../src/port.js";
import type { PortOptions } from "../src/port.js";

/** One answer. */
export type Answer = (response: ServerResponse, request: IncomingMessage) => void;

/** A server with a client in front of it. */
export interface StandIn {
  /** The client. */
  readonly port: Port;
  /** Requests, in the order they came. */
  readonly requests: readonly IncomingMessage[];
  /** Bodies of the requests. */
  readonly bodies: readonly string[];
  /** How long the client waited between attempts. */
  readonly waits: readonly number[];
}

/** Start a server that gives these answers one after the other, the last of them again and again. */
export async function standIn(answers: readonly Answer[], options: PortOptions = {}): Promise<StandIn> {
  const requests: IncomingMessage[] = [];
  const bodies: string[] = [];
  const waits: number[] = [];
  const server = createServer((request, response) => {
    const answer = answers[Math.min(requests.length, answers.length - 1)];
    requests.push(request);
    let body = "";
    request.setEncoding("utf8").on("data", (part: string) => (body += part));
    request.on("end", () => {
      bodies.push(body);
      answer?.(response, request);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const wait = (ms: number): Promise<void> => {
    waits.push(ms);
    return Promise.resolve();
  };
  const { port } = server.address() as AddressInfo;
  return { port: new Port(`http://127.0.0.1:${String(port)}/`, { wait, ...options }), requests, bodies, waits };
}

/** Answer with JSON. */
export function json(status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): Answer {
  return (response) => {
    response.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify(body));
  };
}

/** Answer with a problem. */
export function problem(
  status: number,
  code: string,
  more: object = {},
  headers: Readonly<Record<string, string>> = {},
): Answer {
  const body = { type: `/docs/refusals#${code}`, title: "A sentence.", status, code, ...more };
  return json(status, body, { "content-type": "application/problem+json", ...headers });
}

/** Send a beginning and cut the connection. */
export function cut(beginning = ""): Answer {
  return (response) => {
    if (beginning === "") {
      response.destroy();
      return;
    }
    response.writeHead(200, { "content-type": "application/json", "content-length": "1000" });
    response.write(beginning, () => response.destroy());
  };
}

/** Answer with events and end the stream. */
export function events(text: string): Answer {
  return (response) => {
    response.writeHead(200, { "content-type": "text/event-stream" }).end(text);
  };
}
