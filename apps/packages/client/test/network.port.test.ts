/**
 * The whole way on a running network: open accounts, pay by a code, poll, verify the receipt, be refused, follow events.
 * `PAYPORT_NETWORK` tells where it is; the Python tests start it and this program.
 */

import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

import { makeToken } from "@payport/ledger-client/access";
import { provePossession } from "@payport/ledger-client/bindings";
import { fromHex, toHex, utf8 } from "@payport/ledger-client/bytes";
import { readMerchantCode, writeMerchantCode } from "@payport/ledger-client/codes/merchant";
import { bindGroup, readEnvelope, signTransaction } from "@payport/ledger-client/envelopes";
import { generateKey, keyFromSeed } from "@payport/ledger-client/keys";
import type { SigningKey } from "@payport/ledger-client/keys";
import { signOrder } from "@payport/ledger-client/orders";
import { Refusal } from "@payport/ledger-client/refusal";
import { sentence } from "@payport/ledger-client/sentences";
import { build, transactionId } from "@payport/ledger-client/transactions";
import type { Draft } from "@payport/ledger-client/transactions";
import { decodeTrust } from "@payport/ledger-client/trust";
import { verifyReceipt } from "@payport/ledger-client/verify";
import { beforeAll, describe, expect, onTestFinished, test, vi } from "vitest";

import { sessionOf, signUp } from "../src/customers.js";
import { follow } from "../src/events.js";
import type { PortEvent } from "../src/events.js";
import { Port } from "../src/port.js";
import { PortProblem } from "../src/problems.js";
import type { Schemas } from "../src/routes.js";
import { execute, settled, submit } from "../src/transactions.js";
import { WebhookNotGenuine, readWebhook } from "../src/webhooks.js";

/** What the Python side tells of the network. */
interface Network {
  readonly url: string;
  readonly chain_id: string;
  readonly trust: string;
  readonly bank: string;
  /** A key of a partner of the bank, which may register webhooks. */
  readonly api_key: string;
  readonly bank_seed: string;
}

/** An account with its keys, as a wallet keeps it. */
interface Own {
  readonly account: Uint8Array;
  readonly viewKey: Uint8Array;
  readonly key: SigningKey;
}

const NETWORK = process.env["PAYPORT_NETWORK"];
const network = JSON.parse(NETWORK ?? "{}") as Network;
const TOKEN_MS = 60_000;
const SHORT_MS = 700;

let port: Port;
let bank: SigningKey;
let lin: Own;
let market: Own;

const chain = (): { chain_id: string } => ({ chain_id: network.chain_id });

/** Ask until the index has it: it follows the ledger by some tenths of a second. */
function indexed<T>(ask: () => Promise<T>): Promise<T> {
  return vi.waitFor(ask, { timeout: 20_000, interval: 50 });
}

function random(length: number): Uint8Array {
  return crypto.getRandomValues(new Uint8Array(length));
}

function holder(own: Own, lifeMs: number = TOKEN_MS): () => string {
  return () => makeToken(network.chain_id, own.account, own.viewKey, Date.now() + lifeMs);
}

async function open(category: string, moneyMinor: number): Promise<Own> {
  const own = { account: random(16), viewKey: random(32), key: await generateKey() };
  const owner = await provePossession(own.key, network.chain_id, own.account);
  const { account, viewKey } = own;
  const fields = { ...chain(), sender: network.bank, account, category, view_key: viewKey, owner };
  const opening = build("open_account/1", fields);
  await execute(port, [await signTransaction(opening, bank)]);
  if (moneyMinor > 0) {
    const money = { ...chain(), sender: network.bank, account, asset: "CNY", amount_minor: moneyMinor };
    await execute(port, [await signTransaction(build("issue/1", money), bank)]);
  }
  return own;
}

function purchase(amountMinor: number, order: Uint8Array | null = null): Draft<"purchase/1"> {
  return { ...chain(), sender: lin.account, merchant: market.account, asset: "CNY", amount_minor: amountMinor, order };
}

async function pay(amountMinor: number): Promise<string> {
  const [paid] = await execute(port, [await signTransaction(build("purchase/1", purchase(amountMinor)), lin.key)]);
  expect(paid?.outcome).toBe("committed");
  return paid?.id ?? "";
}

describe.skipIf(NETWORK === undefined)("on a running network", () => {
  beforeAll(async () => {
    port = new Port(network.url);
    bank = await keyFromSeed(fromHex(network.bank_seed));
    lin = await open("0000", 100_000);
    market = await open("5411", 0);
  });

  test("a dynamic code is paid, and its receipt proves itself", async () => {
    const order = { ...chain(), merchant: market.account, order_id: "A-1", amount_minor: 12_850, asset: "CNY", expires_at_ms: Date.now() + 600_000 }; // prettier-ignore
    const shop = { category: "5411", country: "CN", name: "MARKET", city: "BEIJING", reference: null, localName: null, billNumber: null }; // prettier-ignore
    const text = writeMerchantCode({ ...shop, account: market.account, asset: "CNY", amountMinor: 12_850, order: await signOrder(order, market.key) }); // prettier-ignore
    const asked = readMerchantCode(text);
    const envelope = await signTransaction(build("purchase/1", purchase(asked.amountMinor ?? 0, asked.order)), lin.key);
    const id = toHex(transactionId(readEnvelope(envelope).body));
    const first = await submit(port, [envelope]);
    expect(first).toMatchObject({ status: "committed", transactions: [{ id, outcome: "committed", repeated: false }] });
    const again = await submit(port, [envelope]);
    expect(again.transactions[0]).toMatchObject({ id, outcome: "committed", repeated: true });

    const path = { transaction_id: id };
    const receipt = await indexed(() => port.get("/v1/receipts/{transaction_id}", { path, token: holder(lin) }));
    const trust = decodeTrust(utf8(network.trust));
    const verdict = verifyReceipt(receipt, trust);
    expect(verdict).toMatchObject({ outcome: "committed", kind: "purchase/1", finality: "embedded/1" });
    expect(verdict.balances).toMatchObject([{ account: lin.account, deltaMinor: -12_850n, balanceMinor: 87_150n }]);
    const changed = receipt.slice();
    changed.set([(receipt[200] ?? 0) ^ 1], 200);
    expect(() => verifyReceipt(changed, trust)).toThrow(Refusal);
  });

  test("what became of a transaction can be asked for", async () => {
    const id = await pay(100);
    const path = { transaction_id: id };
    const told = await indexed(() => port.get("/v1/transactions/{transaction_id}", { path }));
    expect(told).toMatchObject({ id, outcome: "committed" });
    expect(await settled(port, { id, valid_until_ms: Date.now() })).toMatchObject({
      id,
      outcome: "committed",
      final: true,
    });
  });

  test("a group executes whole or not at all", async () => {
    const transfer = (amountMinor: number): Draft<"transfer/1"> => {
      return { ...chain(), sender: lin.account, payee: market.account, asset: "CNY", amount_minor: amountMinor };
    };
    const group = bindGroup(build("transfer/1", transfer(1)), build("transfer/1", transfer(2)));
    const envelopes = await Promise.all(group.map((each) => signTransaction(each, lin.key)));
    expect((await execute(port, envelopes)).map(({ outcome }) => outcome)).toEqual(["committed", "committed"]);
  });

  test("a refusal is told by its code, and in words", async () => {
    const envelope = await signTransaction(build("purchase/1", purchase(99_999_999)), lin.key);
    const refused = submit(new Port(network.url, { language: "zh" }), [envelope]);
    await expect(refused).rejects.toBeInstanceOf(PortProblem);
    await expect(refused).rejects.toMatchObject({ code: "insufficient_balance", final: true, status: 402 });
    await expect(refused).rejects.toMatchObject({ title: sentence("insufficient_balance", "zh") });
    const token = holder({ ...lin, viewKey: random(32) });
    const path = { account: toHex(lin.account) };
    await expect(port.get("/v1/accounts/{account}", { path, token })).rejects.toMatchObject({ code: "access_denied" });
  });

  test("a customer signs up, links his account and reads it in a session", async () => {
    const device = await generateKey();
    const signedUp = await signUp(port, device, "phone");
    const mine = new Port(network.url, { token: sessionOf(port, device, signedUp.credential) });
    await mine.post("/v1/customers/me/accounts", { body: { access_token: holder(lin)() } });
    const path = { account: toHex(lin.account) };
    expect(await mine.get("/v1/accounts/{account}", { path })).toMatchObject({ account: path.account });
    const other = { account: toHex(market.account) };
    await expect(mine.get("/v1/accounts/{account}", { path: other })).rejects.toMatchObject({ code: "access_denied" });
  });

  test("what a webhook tells is verified and read", async () => {
    const received: (readonly [Headers, Uint8Array])[] = [];
    const server = createServer((request, response) => {
      const parts: Buffer[] = [];
      request.on("data", (part: Buffer) => parts.push(part));
      request.on("end", () => {
        received.push([new Headers(request.headers as Record<string, string>), new Uint8Array(Buffer.concat(parts))]);
        response.writeHead(204).end();
      });
    });
    onTestFinished(() => void server.close());
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const url = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}/hook`;
    const body: Schemas["NewWebhook"] = { url, label: "till", types: ["transaction.committed"], accounts: [toHex(market.account)] }; // prettier-ignore
    const made = await port.post("/v1/webhooks", { body, token: () => network.api_key });

    const id = await pay(250);
    const [headers, sent] = await vi.waitFor(() => received[0] ?? expect.fail("nothing came"), 20_000);
    const { event } = await readWebhook([made.secret], headers, sent);
    if (event.type !== "transaction.committed") {
      return expect.fail(event.type);
    }
    const told = {
      account: toHex(market.account),
      id,
      kind: "purchase/1",
      sent: false,
      amount_minor: 250,
      asset: "CNY",
    };
    expect(event.data).toMatchObject(told);
    const changed = sent.slice();
    changed.set([(sent[20] ?? 0) ^ 1], 20);
    await expect(readWebhook([made.secret], headers, changed)).rejects.toBeInstanceOf(WebhookNotGenuine);
    await port.delete("/v1/webhooks/{webhook}", { path: { webhook: made.id }, token: () => network.api_key });
  });

  test("events are resumed where the stream ended with its token", async () => {
    const told: PortEvent[] = [];
    const lives = [SHORT_MS, TOKEN_MS];
    const token = (): string => holder(market, lives.shift() ?? TOKEN_MS)();
    const path = { account: toHex(market.account) };
    const page = await port.get("/v1/accounts/{account}/transactions", { path, token: holder(market) });
    const lastEventId = String(page.transactions[0]?.sequence ?? 0);
    const paid = [await pay(11)];
    for await (const each of follow(port, "/v1/accounts/{account}/events", { path, token, lastEventId })) {
      told.push(each);
      if (told.length === 1) {
        // Paid while the first stream runs out, and after it: both are told once.
        paid.push(await pay(12));
        await port.wait(SHORT_MS);
        paid.push(await pay(13));
      }
      if (told.length === 3) {
        break;
      }
    }
    expect(told.map(({ data }) => (data as Schemas["TransactionView"]).id)).toEqual(paid);
    expect(new Set(told.map(({ id }) => id)).size).toBe(3);
    expect(lives).toEqual([]);
  });
});
