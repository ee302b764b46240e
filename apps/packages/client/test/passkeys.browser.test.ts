/**
 * Passkeys of cardholders and staff, made and used in a real Chromium at a running port.
 * `PAYPORT_PASSKEYS` tells where it is; the Python tests start it and this program.
 */

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";

import { Authenticator, TestBrowser } from "../../ledger-client/test/browser/chromium.js";
import { Port } from "../src/port.js";
import type { Schemas } from "../src/routes.js";
import type { Failed, page as held } from "./browser/page.js";

declare const page: typeof held;

/** What the Python side tells of the network. */
interface Network {
  readonly url: string;
  readonly invitation: string;
  /** Ports of the wallet's page, and of one of somebody else. */
  readonly page_ports: readonly [number, number];
}

const NETWORK = process.env["PAYPORT_PASSKEYS"];
const network = JSON.parse(NETWORK ?? "{}") as Network;
const UNKNOWN_INVITATION = `ppi_${"A".repeat(43)}`;

let browser: TestBrowser;
let authenticator: Authenticator;

function done<T extends object>(answer: T | Failed): T {
  if ("failed" in answer) {
    return expect.fail(answer.failed);
  }
  return answer;
}

function signIn(): Promise<Schemas["SessionView"] | Failed> {
  return browser.tab.evaluate((url) => page.signIn(url), network.url);
}

function accept(invitation: string): Promise<Schemas["Accepted"] | Failed> {
  return browser.tab.evaluate(([url, given]) => page.accept(url, given), [network.url, invitation] as const);
}

async function customer(token: string): Promise<Schemas["CustomerView"]> {
  const { url } = network;
  return done(await browser.tab.evaluate(([at, shown]) => page.customer(at, shown), [url, token] as const));
}

/** Answer a fresh challenge with the tab's passkey, and send the answer from here, changed or not. */
async function sendAnswer(
  change = (given: Schemas["PasskeyAnswer"]): Schemas["PasskeyAnswer"] => given,
): Promise<string> {
  const port = new Port(network.url);
  const { challenge } = await port.get("/v1/challenge");
  const passkey = change(await browser.tab.evaluate((given) => page.answer(given), challenge));
  return (await port.post("/v1/sessions", { body: { challenge, passkey } })).kind;
}

describe.skipIf(NETWORK === undefined)("passkeys at a running port", () => {
  beforeAll(async () => {
    browser = await TestBrowser.open(new URL("browser/page.ts", import.meta.url), network.page_ports);
  });

  afterAll(async () => {
    await browser.close();
  });

  beforeEach(async () => {
    authenticator = await Authenticator.of(browser.tab);
  });

  afterEach(async () => {
    await authenticator.remove();
  });

  test("a cardholder signs up, signs in and adds a second passkey", async () => {
    const signedUp = done(await browser.tab.evaluate((url) => page.signUp(url), network.url));
    expect(await authenticator.count()).toBe(1);
    const session = done(await signIn());
    expect(session).toMatchObject({ kind: "customer", subject: signedUp.customer, institution: null });
    const given = [network.url, session.token] as const;
    const added = done(await browser.tab.evaluate(([url, token]) => page.add(url, token), given));
    const found = await customer(session.token);
    expect(
      found.credentials.map(({ credential, scheme, label, current }) => [credential, scheme, label, current]),
    ).toEqual([
      [signedUp.credential, "webauthn", "laptop", true],
      [added.credential, "webauthn", "key ring", false],
    ]);
  });

  test("an invited member of staff registers, signs in, and invites a colleague", async () => {
    const accepted = done(await accept(network.invitation));
    expect(accepted).toMatchObject({ institution: "bank-north", role: "administrator" });
    const boss = done(await signIn());
    expect(boss).toMatchObject({ kind: "staff", subject: accepted.member, role: "administrator" });
    const given = [network.url, boss.token] as const;
    const invited = done(await browser.tab.evaluate(([url, token]) => page.invite(url, token), given));
    expect(await accept(network.invitation)).toEqual({ failed: "access_denied" });

    await authenticator.remove();
    authenticator = await Authenticator.of(browser.tab);
    expect(done(await accept(invited.invitation))).toMatchObject({ member: invited.member, role: "clerk" });
    const clerk = done(await signIn());
    expect(clerk).toMatchObject({ subject: invited.member, role: "clerk" });
    const seen = done(await browser.tab.evaluate(([url, token]) => page.staff(url, token), given));
    expect(seen.members.map(({ member }) => member)).toEqual([accepted.member, invited.member].sort());
    const asClerk = [network.url, clerk.token] as const;
    expect(await browser.tab.evaluate(([url, token]) => page.staff(url, token), asClerk)).toEqual({
      failed: "access_denied",
    });
  });

  test("a passkey the port does not know opens nothing", async () => {
    expect(await accept(UNKNOWN_INVITATION)).toEqual({ failed: "access_denied" });
    expect(await authenticator.count()).toBe(1);
    expect(await signIn()).toEqual({ failed: "access_denied" });
  });

  test("a person who is not recognised neither signs up nor in", async () => {
    done(await browser.tab.evaluate((url) => page.signUp(url), network.url));
    await authenticator.recognise(false);
    expect(await browser.tab.evaluate((url) => page.signUp(url), network.url)).toEqual({ failed: "NotAllowedError" });
    expect(await signIn()).toEqual({ failed: "NotAllowedError" });
    await authenticator.recognise(true);
    done(await signIn());
  });

  test("what was signed on another site's page, or changed, is not believed", async () => {
    done(await browser.tab.evaluate((url) => page.signUp(url), network.url));
    expect(await sendAnswer()).toBe("customer");
    const changed = (given: Schemas["PasskeyAnswer"]): Schemas["PasskeyAnswer"] => {
      const { signature } = given.response;
      const other = signature.at(20) === "A" ? "B" : "A";
      return {
        ...given,
        response: { ...given.response, signature: signature.slice(0, 20) + other + signature.slice(21) },
      };
    };
    await expect(sendAnswer(changed)).rejects.toMatchObject({ code: "access_denied" });

    await browser.tab.goto(`${browser.origins[1] ?? ""}/`);
    expect(await signIn()).toEqual({ failed: "PortUnreachable" }); // the browser lets no other page call the port
    await expect(sendAnswer()).rejects.toMatchObject({ code: "access_denied" });
    await browser.tab.goto(`${browser.origins[0] ?? ""}/`);
    expect(await sendAnswer()).toBe("customer");
  });
});
