/** A cardholder at the port: signing up with a device key, and sessions that renew themselves. */

import { fromBase64, toBase64 } from "@payport/ledger-client/bytes";
import type { SigningKey } from "@payport/ledger-client/keys";
import { answerChallenge } from "@payport/ledger-client/sign-in";

import type { CallOptions, Port, TokenSource } from "./port.js";
import type { Schemas } from "./routes.js";

/** How long before its end a session is replaced, so that it does not end on the way to the port. */
const EARLY_MS = 30_000;

/** Become a customer with a first device key; it is no key of an account, so no bank can tell by it who you are. */
export async function signUp(
  port: Port,
  key: SigningKey,
  label: string,
  options: CallOptions = {},
): Promise<Schemas["SignedUp"]> {
  const { challenge, signature } = await answered(port, key, options);
  const device = { public_key: toBase64(key.publicKey, "standard"), signature };
  return port.post("/v1/customers", { body: { challenge, label, device }, ...options, token: null });
}

/** Open a session of some minutes with a device key; `credential` is the id it was given. */
export async function signIn(
  port: Port,
  key: SigningKey,
  credential: string,
  options: CallOptions = {},
): Promise<Schemas["SessionView"]> {
  const { challenge, signature } = await answered(port, key, options);
  return port.post("/v1/sessions", { body: { challenge, device: { credential, signature } }, ...options, token: null });
}

/** Return what authorises calls as this customer: it signs in when it is first asked, and anew before a session ends. */
export function sessionOf(port: Port, key: SigningKey, credential: string): TokenSource {
  let held: Schemas["SessionView"] | undefined;
  let opening: Promise<Schemas["SessionView"]> | undefined;
  return async () => {
    if (held === undefined || held.expires_at_ms - EARLY_MS < Date.now()) {
      // Calls made at the same time wait for one session.
      opening ??= signIn(port, key, credential).finally(() => (opening = undefined));
      held = await opening;
    }
    return held.token;
  };
}

async function answered(port: Port, key: SigningKey, options: CallOptions): Promise<Answered> {
  const asked = await port.get("/v1/challenge", { ...options, token: null });
  const challenge = fromBase64(asked.challenge, "standard") ?? new Uint8Array();
  const signature = await answerChallenge(key, asked.chain_id, challenge);
  return { challenge: asked.challenge, signature: toBase64(signature, "standard") };
}

interface Answered {
  readonly challenge: string;
  readonly signature: string;
}
