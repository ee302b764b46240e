/** Passkeys at the port, in a browser: cardholders sign up and in with one, staff take up an invitation with one. */

import { fromBase64 } from "@payport/ledger-client/bytes";

import type { CallOptions, Port } from "./port.js";
import type { Schemas } from "./routes.js";

/** Algorithms the port takes: EdDSA and ES256. */
const ALGORITHMS = [-8, -7];
const HANDLE_BYTES = 32;

/** Become a customer whose first key is a passkey. The browser asks the person to confirm. */
export async function signUpWithPasskey(
  port: Port,
  label: string,
  options: CallOptions = {},
): Promise<Schemas["SignedUp"]> {
  return port.post("/v1/customers", { body: await made(port, label, options), ...options, token: null });
}

/** Add a passkey to the customer whose session authorises the call. */
export async function addPasskey(
  port: Port,
  label: string,
  options: CallOptions = {},
): Promise<Schemas["CredentialView"]> {
  return port.post("/v1/customers/me/credentials", { body: await made(port, label, options), ...options });
}

/** Take up an invitation of an institution: the passkey is what the member of staff signs in with. */
export async function acceptInvitation(
  port: Port,
  invitation: string,
  label: string,
  options: CallOptions = {},
): Promise<Schemas["Accepted"]> {
  const body = { invitation, ...(await made(port, label, options)) };
  return port.post("/v1/staff/passkeys", { body, ...options, token: null });
}

/** Open a session of some minutes, of a customer or a member of staff, with whichever passkey of this site is chosen. */
export async function signInWithPasskey(port: Port, options: CallOptions = {}): Promise<Schemas["SessionView"]> {
  const asked = await port.get("/v1/challenge", { ...options, token: null });
  const publicKey = { challenge: bytesOf(asked), rpId: asked.rp_id, userVerification: "required" as const };
  const passkey = (await present(navigator.credentials.get({ publicKey }))).toJSON() as Schemas["PasskeyAnswer"];
  return port.post("/v1/sessions", { body: { challenge: asked.challenge, passkey }, ...options, token: null });
}

/** A passkey with the challenge it was made for, as the port takes it. */
interface Made {
  readonly challenge: string;
  readonly label: string;
  readonly passkey: Schemas["NewPasskey"];
}

async function made(port: Port, label: string, options: CallOptions): Promise<Made> {
  const asked = await port.get("/v1/challenge", { ...options, token: null });
  const publicKey = {
    challenge: bytesOf(asked),
    rp: { id: asked.rp_id, name: "Payport" },
    // A random handle: an authenticator that is looked into tells nobody whose it is at the port.
    user: { id: crypto.getRandomValues(new Uint8Array(HANDLE_BYTES)), name: label, displayName: label },
    pubKeyCredParams: ALGORITHMS.map((alg) => ({ type: "public-key" as const, alg })),
    // Kept by the authenticator itself, so that signing in needs no name.
    authenticatorSelection: { residentKey: "required" as const, userVerification: "required" as const },
  };
  const passkey = (await present(navigator.credentials.create({ publicKey }))).toJSON() as Schemas["NewPasskey"];
  return { challenge: asked.challenge, label, passkey };
}

function bytesOf(asked: Schemas["ChallengeView"]): Uint8Array<ArrayBuffer> {
  return new Uint8Array(fromBase64(asked.challenge, "standard") ?? new Uint8Array());
}

async function present(asked: Promise<Credential | null>): Promise<PublicKeyCredential> {
  const given = await asked;
  if (!(given instanceof PublicKeyCredential)) {
    throw new TypeError("the browser gave no passkey");
  }
  return given;
}
