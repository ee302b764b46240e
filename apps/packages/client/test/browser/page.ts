/** What the browser runs: passkeys at a port, as the pages of a wallet and of a bank's back office use them. */

import { fromBase64 } from "@payport/ledger-client/bytes";

import { acceptInvitation, addPasskey, signInWithPasskey, signUpWithPasskey } from "../../src/passkeys.js";
import { Port } from "../../src/port.js";
import { PortProblem } from "../../src/problems.js";
import type { Schemas } from "../../src/routes.js";

/** What did not succeed: the code of a refusal, or the name of what the browser threw. */
export interface Failed {
  /** The code or name. */
  readonly failed: string;
}

/** What the test calls. */
export const page = {
  signUp: (url: string) => told(signUpWithPasskey(at(url), "laptop")),
  add: (url: string, token: string) => told(addPasskey(at(url, token), "key ring")),
  signIn: (url: string) => told(signInWithPasskey(at(url))),
  accept: (url: string, invitation: string) => told(acceptInvitation(at(url), invitation, "laptop")),
  customer: (url: string, token: string) => told(at(url, token).get("/v1/customers/me")),
  staff: (url: string, token: string) => told(at(url, token).get("/v1/staff")),
  invite: (url: string, token: string) => {
    const body: Schemas["NewMember"] = { name: "Zhao Lei", role: "clerk" };
    return told(at(url, token).post("/v1/staff", { body }));
  },
  answer,
} as const;

function at(url: string, token?: string): Port {
  return new Port(url, { patience: { attempts: 1 }, ...(token === undefined ? {} : { token: () => token }) });
}

async function told<T>(asked: Promise<T>): Promise<T | Failed> {
  try {
    return await asked;
  } catch (error) {
    return { failed: error instanceof PortProblem ? error.code : error instanceof Error ? error.name : String(error) };
  }
}

/** Sign a challenge with a passkey and send it nowhere, as a page would that somebody was lured to. */
async function answer(challenge: string): Promise<Schemas["PasskeyAnswer"]> {
  const bytes = new Uint8Array(fromBase64(challenge, "standard") ?? new Uint8Array());
  const publicKey = { challenge: bytes, rpId: "localhost", userVerification: "required" as const };
  const given = await navigator.credentials.get({ publicKey });
  if (!(given instanceof PublicKeyCredential)) {
    throw new TypeError("the browser gave no passkey");
  }
  return given.toJSON() as Schemas["PasskeyAnswer"];
}

Object.assign(globalThis, { page });
