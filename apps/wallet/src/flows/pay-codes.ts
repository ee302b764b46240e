/** Pay codes: what this phone signs, offline if need be, for a till to charge once. */

import { fromHex, toBase64 } from "@payport/ledger-client/bytes";
import { buildAuthority, drawDigits, signAuthority } from "@payport/ledger-client/authorities";
import { drawToken, writePayCode } from "@payport/ledger-client/codes/pay-code";

import type { Wallet } from "../device/wallet.js";
import { signerOf } from "./signing.js";

/** How often a code is drawn anew: well before its minute is over. */
export const REFRESH_MS = 25_000;

/** What the phone shows. */
export interface ShownCode {
  /** Text of the code to draw. */
  readonly text: string;
  /** When it is replaced, by this phone's clock. */
  readonly refreshAtMs: number;
  /** Account it is of. */
  readonly account: string;
}

/** What a code allows. */
export interface CodeOf {
  /** Account to be debited, hexadecimal. */
  readonly account: string;
  /** Currency. */
  readonly asset: string;
  /** Largest amount that may be charged, in minor units. */
  readonly capMinor: number;
}

/** Sign a code; needs no connection. */
export async function showCode(wallet: Wallet, of: CodeOf): Promise<ShownCode> {
  const authority = await signed(wallet, of, null);
  const text = writePayCode({ token: drawToken(), authority });
  return { text, refreshAtMs: Date.now() + REFRESH_MS, account: of.account };
}

/** Sign a code of digits and leave it with the bank, for tills that read no images. */
export async function showDigits(wallet: Wallet, of: CodeOf, signal?: AbortSignal): Promise<string> {
  const digits = drawDigits();
  const authority = toBase64(await signed(wallet, of, digits), "standard");
  const path = { account: of.account };
  const call = signal === undefined ? {} : { signal };
  await wallet.port.put("/v1/accounts/{account}/pay-codes", { path, body: { digits, authority }, ...call });
  return digits;
}

async function signed(wallet: Wallet, of: CodeOf, digits: string | null): Promise<Uint8Array> {
  const allowance = {
    chain_id: wallet.chainId,
    account: fromHex(of.account),
    asset: of.asset,
    cap_minor: of.capMinor,
  };
  const key = await signerOf(wallet, of.account, "session");
  return signAuthority(buildAuthority(allowance, digits, wallet.clock.now()), key);
}
