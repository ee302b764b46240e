/**
 * A second phone. The first shows which accounts there are; the second makes keys for them and shows their proofs; the
 * first binds them and shows what the second needs to read the accounts. What passes between them is codes on their
 * screens: the port sees new keys bound by old ones, and no secret.
 */

import { fromBase64, fromHex, fromUtf8, toBase64, toHex, utf8 } from "@payport/ledger-client/bytes";
import { provePossession } from "@payport/ledger-client/bindings";
import { answerChallenge } from "@payport/ledger-client/sign-in";

import { makeKey } from "../device/keys.js";
import type { Wallet } from "../device/wallet.js";
import { Vault } from "../device/vault.js";
import { send } from "./signing.js";

/** What the first phone shows. */
export interface Invitation {
  /** Network. */
  readonly chain: string;
  /** Accounts with their institutions. */
  readonly accounts: readonly (readonly [account: string, institution: string])[];
}

/** What the second phone answers. */
export interface Joining {
  /** What it is called. */
  readonly label: string;
  /** The port's challenge, the key it will sign in with, and the answer; base64. */
  readonly device: readonly [challenge: string, publicKey: string, signature: string];
  /** A key for each account, with the proof of its possession; base64. */
  readonly keys: readonly (readonly [account: string, publicKey: string, proof: string])[];
}

/** What the first phone shows last. */
export interface Joined {
  /** Customer. */
  readonly customer: string;
  /** Credential of the second phone. */
  readonly credential: string;
  /** View keys by account, base64. */
  readonly views: readonly (readonly [account: string, viewKey: string])[];
}

/** The three codes, by their kind. */
export interface PhoneCodes {
  /** The first phone's. */
  readonly invitation: Invitation;
  /** The second phone's. */
  readonly joining: Joining;
  /** The first phone's last. */
  readonly joined: Joined;
}

const HEADS = { invitation: "PPI1:", joining: "PPJ1:", joined: "PPD1:" } as const;

/** Write one of the three codes. */
export function writePhoneCode<K extends keyof PhoneCodes>(kind: K, content: PhoneCodes[K]): string {
  return HEADS[kind] + toBase64(utf8(JSON.stringify(content)), "url");
}

/** Read one of the three codes; undefined where the text is none of that kind. */
export function readPhoneCode<K extends keyof PhoneCodes>(kind: K, text: string): PhoneCodes[K] | undefined {
  const data = text.startsWith(HEADS[kind]) ? fromBase64(text.slice(HEADS[kind].length), "url") : null;
  const json = data === null ? null : fromUtf8(data);
  return json === null ? undefined : (JSON.parse(json) as PhoneCodes[K]);
}

/** On the first phone: which accounts there are. */
export async function invite(wallet: Wallet): Promise<Invitation> {
  const cards = await wallet.cards();
  return { chain: wallet.chainId, accounts: cards.map(({ account, institution }) => [account, institution]) };
}

/** What the second phone has made and waits with. */
export interface Waiting {
  /** What it shows. */
  readonly joining: Joining;
  /** Public key it will sign in with, hexadecimal. */
  readonly publicKey: string;
  /** Public keys by account, hexadecimal. */
  readonly owners: Readonly<Record<string, string>>;
  /** The vault its secrets go to. */
  readonly vault: Vault;
  /** What it was invited to. */
  readonly invitation: Invitation;
}

/** On the second phone: make keys and prove them. */
export async function join(wallet: Wallet, invitation: Invitation, pin: string, label: string): Promise<Waiting> {
  const [{ vault, record }, trust] = await Promise.all([
    Vault.create(pin),
    wallet.port.get("/v1/network/trust", { token: null }),
  ]);
  await wallet.database.keep("vault", record);
  await wallet.meet(invitation.chain, utf8(JSON.stringify(trust)));
  const { challenge } = await wallet.port.get("/v1/challenge", { token: null });
  const device = await makeKey(wallet.database, vault);
  const answer = await answerChallenge(device, invitation.chain, fromBase64(challenge, "standard") ?? new Uint8Array());
  const keys: (readonly [string, string, string])[] = [];
  const owners: Record<string, string> = {};
  for (const [account] of invitation.accounts) {
    const key = await makeKey(wallet.database, vault);
    const { public_key: publicKey, proof } = await provePossession(key, invitation.chain, fromHex(account));
    keys.push([account, toBase64(publicKey, "standard"), toBase64(proof, "standard")]);
    owners[account] = toHex(publicKey);
  }
  const joining = {
    label,
    device: [challenge, toBase64(device.publicKey, "standard"), toBase64(answer, "standard")] as const,
    keys,
  };
  return { joining, publicKey: toHex(device.publicKey), owners, vault, invitation };
}

/** On the first phone: bind the second's keys as owners, and let it sign in. */
export async function admit(wallet: Wallet, joining: Joining): Promise<Joined> {
  const customer = await wallet.database.fact("customer");
  const views: (readonly [string, string])[] = [];
  for (const [account, publicKey, proof] of joining.keys) {
    const card = await wallet.card(account);
    const key = { scheme: "ed25519", public_key: bytes(publicKey), proof: bytes(proof) };
    const fields = { key, role: "owner" as const, scope: [], limits: null, expires_at_ms: null };
    const outcome = await send(wallet, {
      account,
      kind: "bind_key/1",
      fields,
      route: "/v1/transactions",
      about: {},
      signer: "owner",
    });
    // The same code may be shown twice: a key that is bound already is what was wanted.
    if (outcome.standing !== "committed" && outcome.refusal?.code !== "key_already_bound") {
      throw new Error(outcome.refusal?.code ?? "not committed");
    }
    views.push([account, toBase64(wallet.vault.unseal(card.viewKey), "standard")]);
  }
  const [challenge, publicKey, signature] = joining.device;
  const body = { challenge, label: joining.label, device: { public_key: publicKey, signature } };
  const { credential } = await wallet.port.post("/v1/customers/me/credentials", { body });
  return { customer: customer?.customer ?? "", credential, views };
}

/** On the second phone: keep what the first has shown, and open. */
export async function finishJoining(wallet: Wallet, waiting: Waiting, joined: Joined): Promise<void> {
  const views = new Map(joined.views);
  for (const [account, institution] of waiting.invitation.accounts) {
    const viewKey = waiting.vault.seal(bytes(views.get(account) ?? ""));
    await wallet.database.stores.put("cards", {
      account,
      institution,
      ownerKey: waiting.owners[account] ?? "",
      viewKey,
    });
  }
  const { customer, credential } = joined;
  await wallet.become({ customer, credential, publicKey: waiting.publicKey }, waiting.vault);
}

/** End every key but this phone's, on the ledger and at the port: for a phone that was lost. */
export async function endOthers(wallet: Wallet): Promise<void> {
  for (const { account, ownerKey, session } of await wallet.cards()) {
    const keys = await wallet.port.get("/v1/accounts/{account}/keys", { path: { account } });
    const others = keys.filter((key) => !key.revoked && ![ownerKey, session?.publicKey].includes(key.public_key));
    for (const { public_key: publicKey } of others) {
      const fields = { public_key: fromHex(publicKey) };
      await send(wallet, {
        account,
        kind: "revoke_key/1",
        fields,
        route: "/v1/transactions",
        about: {},
        signer: "owner",
      });
    }
  }
  const { credentials } = await wallet.port.get("/v1/customers/me");
  for (const { credential } of credentials.filter(({ current }) => !current)) {
    await wallet.port.delete("/v1/customers/me/credentials/{credential}", { path: { credential } });
  }
}

function bytes(text: string): Uint8Array {
  return fromBase64(text, "standard") ?? new Uint8Array();
}
