/** The wallet on this phone: what it keeps, how it reaches the port, and whether it is unlocked. */

import { hmac } from "@noble/hashes/hmac.js";
import { sha256 } from "@noble/hashes/sha2.js";

import { sessionOf, signUp } from "@payport/client/customers";
import { Port } from "@payport/client/port";
import type { Patience } from "@payport/client/retries";
import { equal, toHex, utf8 } from "@payport/ledger-client/bytes";
import type { Language } from "@payport/ledger-client/sentences";
import { decodeTrust } from "@payport/ledger-client/trust";
import type { Trust } from "@payport/ledger-client/trust";

import { counted, openWithPin } from "./attempts.js";
import { NetworkClock } from "./clock.js";
import { Database } from "./database.js";
import type { BoundCard, KnownCustomer } from "./database.js";
import { keyOf, makeKey } from "./keys.js";
import { Outbox } from "./outbox.js";
import { markMade, persistStorage, unmarkMade } from "./platform.js";
import { Vault } from "./vault.js";

/** Where the wallet stands: nothing was made, it is locked, or it is open. */
export type Standing = "new" | "locked" | "open";

/** A person looks at a phone that tries; it should soon say that it cannot. */
const PATIENCE: Partial<Patience> = { attempts: 3, timeoutMs: 15_000, maxDelayMs: 3_000 };

/** Everything pages work with. */
export class Wallet {
  /** What was signed and sent. */
  readonly outbox: Outbox;
  #standing: Standing;
  #vault: Vault | undefined;
  #session: (() => string | Promise<string>) | undefined;
  #mark: Uint8Array | undefined;
  readonly #salt = crypto.getRandomValues(new Uint8Array(32));
  #language: Language = "zh";
  #chainId: string | undefined;
  readonly #ports = new Map<Language, Port>();
  readonly #listeners = new Set<() => void>();

  private constructor(
    /** What is kept. */
    readonly database: Database,
    /** The network's time. */
    readonly clock: NetworkClock,
    standing: Standing,
  ) {
    this.#standing = standing;
    this.outbox = new Outbox({ database, port: () => this.port, now: clock.now });
  }

  /** Open what this phone keeps. */
  static async begin(name?: string): Promise<Wallet> {
    const database = await Database.open(name);
    const isMade = (await database.fact("customer")) !== undefined;
    const wallet = new Wallet(database, await NetworkClock.begin(database), isMade ? "locked" : "new");
    wallet.#chainId = (await database.fact("network"))?.chainId;
    await wallet.outbox.resume();
    return wallet;
  }

  /** Where it stands. */
  get standing(): Standing {
    return this.#standing;
  }

  /** Be told when it is made, opened or locked; returns what ends it. */
  readonly listen = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Let the port's sentences be in a language. */
  speak(language: Language): void {
    this.#language = language;
  }

  /** The port; calls are made as this customer once the wallet is open. */
  get port(): Port {
    const language = this.#language;
    const port = this.#ports.get(language) ?? this.#portIn(language);
    this.#ports.set(language, port);
    return port;
  }

  /** The network this wallet was made for. */
  get chainId(): string {
    if (this.#chainId === undefined) {
      throw new Error("no network is known yet");
    }
    return this.#chainId;
  }

  /** The open vault; an error of the program where it is locked. */
  get vault(): Vault {
    if (this.#vault === undefined) {
      throw new Error("the wallet is locked");
    }
    return this.#vault;
  }

  /** What receipts are verified against: the network's trust file as it was when the wallet was made. */
  async trust(): Promise<Trust> {
    const network = await this.database.fact("network");
    return decodeTrust(network?.trust ?? utf8(""));
  }

  /** Remember the network, and by which trust file its receipts are believed. */
  async meet(chainId: string, trust: Uint8Array): Promise<void> {
    await this.database.keep("network", { chainId, trust });
    this.#chainId = chainId;
  }

  /** Make the wallet: a PIN, the key it signs in with, and the customer at the port. May be done again after a failure. */
  async make(pin: string, label: string): Promise<void> {
    await persistStorage();
    const [{ chain_id: chainId }, trust] = await Promise.all([
      this.port.get("/v1/network", { token: null }),
      this.port.get("/v1/network/trust", { token: null }),
    ]);
    await this.meet(chainId, utf8(JSON.stringify(trust)));
    const { vault, record } = await Vault.create(pin);
    await this.database.keep("vault", record);
    const key = await makeKey(this.database, vault);
    const { customer, credential } = await signUp(this.port, key, label);
    await this.become({ customer, credential, publicKey: toHex(key.publicKey) }, vault);
  }

  /** Take up a customer whose key is on this phone already, and open the wallet. */
  async become(customer: KnownCustomer, vault: Vault): Promise<void> {
    await this.database.keep("customer", customer);
    markMade();
    await this.#open(vault);
  }

  /** Open it; throws `PinRefused`. */
  async unlock(pin: string): Promise<void> {
    await this.#open(await openWithPin(this.database, pin));
    this.#mark = this.#markOf(pin);
  }

  /**
   * Insist that the person knows the PIN, as before each payment; throws `PinRefused`. While the vault is open its costly
   * opening protects nothing more, so the PIN is held against a mark that is in memory alone.
   */
  async confirm(pin: string): Promise<void> {
    const mark = this.#mark;
    if (mark === undefined) {
      await this.unlock(pin);
    } else {
      await counted(this.database, () => Promise.resolve(equal(mark, this.#markOf(pin)) ? true : undefined));
    }
  }

  /** Exchange the PIN; throws `PinRefused` where the old one is wrong. */
  async changePin(old: string, pin: string): Promise<void> {
    const vault = await openWithPin(this.database, old);
    await this.database.keep("vault", await vault.closedBy(pin));
    this.#mark = this.#markOf(pin);
  }

  /** Drop what the PIN opened. */
  readonly lock = (): void => {
    if (this.#standing === "open") {
      this.#forget();
      this.#become("locked");
    }
  };

  /** Forget everything on this phone. Accounts and money stay at the banks, and a second phone's keys stay bound. */
  async erase(): Promise<void> {
    this.#forget();
    await this.database.erase();
    unmarkMade();
    this.#become("new");
  }

  /** Cards that are bound to this phone. */
  async cards(): Promise<readonly BoundCard[]> {
    return this.database.stores.getAll("cards");
  }

  /** Return a card of this phone; throws where there is none. */
  async card(account: string): Promise<BoundCard> {
    const card = await this.database.stores.get("cards", account);
    if (card === undefined) {
      throw new Error(`no key of ${account} is on this phone`);
    }
    return card;
  }

  /** What authorises calls as this customer, for streams that ask for it themselves. */
  readonly token = async (): Promise<string> => {
    if (this.#session === undefined) {
      throw new Error("the wallet is locked");
    }
    return this.#session();
  };

  async #open(vault: Vault): Promise<void> {
    const customer = await this.database.fact("customer");
    if (customer === undefined) {
      throw new Error("no wallet was made");
    }
    const key = await keyOf(this.database, vault, customer.publicKey);
    this.#vault = vault;
    this.#session = sessionOf(this.port, key, customer.credential);
    this.#become("open");
  }

  #forget(): void {
    this.#vault = undefined;
    this.#session = undefined;
    this.#mark = undefined;
  }

  #markOf(pin: string): Uint8Array {
    return hmac(sha256, this.#salt, utf8(pin));
  }

  #become(standing: Standing): void {
    this.#standing = standing;
    this.#listeners.forEach((listener) => {
      listener();
    });
  }

  #portIn(language: Language): Port {
    const learning: typeof fetch = async (input, init) => {
      const response = await fetch(input, init);
      this.clock.learn(response);
      return response;
    };
    return new Port(location.origin, { language, patience: PATIENCE, fetch: learning, token: this.token });
  }
}
