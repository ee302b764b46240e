/** What the phone keeps, in IndexedDB: facts, keys, bound cards, what was sent, and whom aliases stood for. */

import { openDB } from "idb";
import type { DBSchema, IDBPDatabase } from "idb";

import type { Pin } from "@payport/ledger-client/aliases";

import type { Attempts } from "./attempts.js";
import type { KeptKey } from "./keys.js";
import type { Outgoing } from "./outgoing.js";
import type { Sealed, VaultRecord } from "./vault.js";

/** The network a wallet was made for. */
export interface KnownNetwork {
  /** Its chain id. */
  readonly chainId: string;
  /** Its trust file as it was found the first time. */
  readonly trust: Uint8Array;
}

/** The customer of this phone. */
export interface KnownCustomer {
  /** Customer id. */
  readonly customer: string;
  /** Credential of this phone. */
  readonly credential: string;
  /** Public key it signs in with, hexadecimal. */
  readonly publicKey: string;
}

/** A key with limits. */
export interface SessionKey {
  /** Public key, hexadecimal. */
  readonly publicKey: string;
  /** Until when it signs. */
  readonly expiresAtMs: number;
}

/** Single facts, by name. */
export interface Facts {
  /** The network this wallet was made for, as it was found the first time. */
  readonly network: KnownNetwork;
  /** The customer at the port, and the credential of this phone. */
  readonly customer: KnownCustomer;
  /** What the PIN opens. */
  readonly vault: VaultRecord;
  /** Wrong PINs so far. */
  readonly attempts: Attempts;
  /** How far the port's clock is ahead of this phone's, in milliseconds; 0 where they agree. */
  readonly skewMs: number;
  /** What pages showed last, for the time without a network. */
  readonly shown: unknown;
}

/** A card that is bound to this phone. */
export interface BoundCard {
  /** Its account on the ledger, hexadecimal. */
  readonly account: string;
  /** Its bank. */
  readonly institution: string;
  /** Public key of the owner, hexadecimal; its private half is in `keys`. */
  readonly ownerKey: string;
  /** The key with limits that signs everyday payments; undefined until the ledger has bound it. */
  readonly session?: SessionKey;
  /** The secret that reads the account, sealed by the vault. */
  readonly viewKey: Sealed;
}

interface Schema extends DBSchema {
  facts: { key: keyof Facts; value: Facts[keyof Facts] };
  keys: { key: string; value: KeptKey };
  cards: { key: string; value: BoundCard };
  outgoing: { key: string; value: Outgoing };
  pins: { key: string; value: Pin };
}

const NAME = "payport-wallet";
const VERSION = 1;

/** The phone's store. */
export class Database {
  private constructor(
    /** Stores of records; single facts have methods of their own. */
    readonly stores: IDBPDatabase<Schema>,
  ) {}

  /** Open the store, and make it where there is none. */
  static async open(name = NAME): Promise<Database> {
    const stores = await openDB<Schema>(name, VERSION, {
      upgrade(made) {
        made.createObjectStore("facts");
        made.createObjectStore("keys", { keyPath: "publicKey" });
        made.createObjectStore("cards", { keyPath: "account" });
        made.createObjectStore("outgoing", { keyPath: "id" });
        made.createObjectStore("pins");
      },
    });
    return new Database(stores);
  }

  /** Return a fact; undefined where it was never written. */
  async fact<N extends keyof Facts>(name: N): Promise<Facts[N] | undefined> {
    return (await this.stores.get("facts", name)) as Facts[N] | undefined;
  }

  /** Write a fact; it is on the disk when this returns. */
  async keep<N extends keyof Facts>(name: N, value: Facts[N]): Promise<void> {
    const writing = this.stores.transaction("facts", "readwrite", { durability: "strict" });
    await Promise.all([writing.store.put(value, name), writing.done]);
  }

  /** Write something that will be sent, before it is; it is on the disk when this returns. */
  async keepOutgoing(entry: Outgoing): Promise<void> {
    const writing = this.stores.transaction("outgoing", "readwrite", { durability: "strict" });
    await Promise.all([writing.store.put(entry), writing.done]);
  }

  /** Forget everything: keys, cards, what was sent. */
  async erase(): Promise<void> {
    const names = ["facts", "keys", "cards", "outgoing", "pins"] as const;
    const writing = this.stores.transaction(names, "readwrite", { durability: "strict" });
    await Promise.all([...names.map((name) => writing.objectStore(name).clear()), writing.done]);
  }
}
