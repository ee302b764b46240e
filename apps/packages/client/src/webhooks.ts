/** Webhooks as their receiver reads them: the signature first, as Standard Webhooks has it, then the event. */

import { fromBase64, utf8 } from "@payport/ledger-client/bytes";

import type { WebhookEvent } from "./routes.js";

/** How far the time of an attempt may be from the receiver's clock. */
const TOLERANCE_MS = 300_000;
const PREFIX = "whsec_";
const VERSION = "v1,";

/** A request that Payport did not sign with the secret, or not within the last minutes. Nothing of it is to be used. */
export class WebhookNotGenuine extends Error {
  override readonly name = "WebhookNotGenuine";
}

/** A webhook whose signature holds. */
export interface Webhook {
  /** Id of the event; deal with each id once, because the same event may come again. */
  readonly id: string;
  /** What happened. */
  readonly event: WebhookEvent;
}

/**
 * Verify a webhook over the body as it came, and read it; throws {@link WebhookNotGenuine}. `secrets` are those that
 * registering and rotating answered (`whsec_...`): one, or two while the old one still counts.
 */
export async function readWebhook(
  secrets: readonly string[],
  headers: Headers,
  body: Uint8Array,
  nowMs: number = Date.now(),
): Promise<Webhook> {
  const id = headers.get("webhook-id") ?? "";
  const timestamp = headers.get("webhook-timestamp") ?? "";
  if (!/^[0-9]{1,12}$/u.test(timestamp) || Math.abs(nowMs - 1_000 * Number(timestamp)) > TOLERANCE_MS) {
    throw new WebhookNotGenuine("it was not sent within the last minutes");
  }
  const begin = utf8(`${id}.${timestamp}.`);
  const signed = new Uint8Array(begin.length + body.length);
  signed.set(begin);
  signed.set(body, begin.length);
  const signatures = (headers.get("webhook-signature") ?? "").split(" ").flatMap(bytesOfSignature);
  const keys = await Promise.all(secrets.map(keyOf));
  const held = keys.flatMap((key) => signatures.map((each) => crypto.subtle.verify("HMAC", key, each, signed)));
  if (!(await Promise.all(held)).includes(true)) {
    throw new WebhookNotGenuine("no signature is made with the secret");
  }
  return { id, event: JSON.parse(new TextDecoder().decode(body)) as WebhookEvent };
}

function bytesOfSignature(text: string): readonly Uint8Array<ArrayBuffer>[] {
  const found = text.startsWith(VERSION) ? fromBase64(text.slice(VERSION.length), "standard") : null;
  return found === null ? [] : [new Uint8Array(found)];
}

async function keyOf(secret: string): Promise<CryptoKey> {
  const bytes = secret.startsWith(PREFIX) ? fromBase64(secret.slice(PREFIX.length), "standard") : null;
  if (bytes === null) {
    throw new TypeError("a webhook's secret begins with whsec_");
  }
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  return crypto.subtle.importKey("raw", new Uint8Array(bytes), algorithm, false, ["verify"]);
}
