/** The network's own merchant code, static and dynamic: read what a scanned text asks for, or write one. */

import { fromBase64, fromHex, toBase64, toHex } from "../bytes.js";
import { CURRENCIES } from "../generated/currencies.js";
import { CODE_MAX_ORDER_BYTES, CODE_MAX_PAYLOAD_CHARACTERS, MAX_AMOUNT_MINOR } from "../generated/limits.js";
import { refuse } from "../refusal.js";
import { checkPayload, span, templatesOf } from "./emvco.js";
import { parsePayload, refuseFirst, writeObjects, writePayload } from "./objects.js";
import type { Fields } from "./objects.js";

/** What a merchant's code asks for. */
export interface MerchantCode {
  /** Merchant's account. */
  readonly account: Uint8Array;
  /** Merchant category (ISO 18245), four digits. */
  readonly category: string;
  /** Currency (ISO 4217 alphabetic). */
  readonly asset: string;
  /** Amount in minor units; null where the payer types it. */
  readonly amountMinor: number | null;
  /** ISO 3166-1 alpha-2. */
  readonly country: string;
  /** Merchant's name in the common character set. */
  readonly name: string;
  /** Merchant's city. */
  readonly city: string;
  /** Encoded signed order of a dynamic code; null for a static one. */
  readonly order: Uint8Array | null;
  /** The merchant's reference. */
  readonly reference: string | null;
  /** Merchant's name in Chinese. */
  readonly localName: string | null;
  /** Number of the bill. */
  readonly billNumber: string | null;
}

const GUID = "org.payport";
const ACCOUNT_TEMPLATE = "26";
const ACCOUNT_TEMPLATES: ReadonlySet<string> = new Set(span(26, 51));
const ORDER_TEMPLATES = span(80, 89);
const PART_CHARACTERS = 80;
const ACCOUNT_BYTES = 16;
const ACCOUNT = /^[0-9a-f]{32}$/u;
const DECIMAL = /^([0-9]{1,16})(?:\.([0-9]{0,16}))?$/u;

/**
 * Read a scanned merchant code of this network; refuses `code_not_recognised` for any other text, `not_our_code` for
 * EMVCo codes of other schemes (the port names them), and what is wrong with a code of ours.
 */
export function readMerchantCode(text: string): MerchantCode {
  if (Array.from(text).length > CODE_MAX_PAYLOAD_CHARACTERS) {
    refuse("code_too_long");
  }
  if (!text.startsWith("0002")) {
    refuse("code_not_recognised");
  }
  const fields = parsePayload(text);
  const templates = templatesOf(fields);
  const accounts = ours(templates, (id) => ACCOUNT_TEMPLATES.has(id));
  if (accounts.size === 0) {
    refuse("not_our_code");
  }
  refuseFirst(checkPayload(fields));
  if (["55", "56", "57"].some((id) => fields.has(id))) {
    refuse("code_not_payable");
  }
  const asset = currencyNamed(fields.get("53") ?? "");
  const amount = fields.get("54");
  const order = readOrder(templates);
  if ((fields.get("01") === "12") !== (order !== null)) {
    refuse("code_field_invalid", "01: a code is dynamic exactly where it carries an order");
  }
  return {
    account: readAccount(accounts),
    category: fields.get("52") ?? "",
    asset,
    amountMinor: amount === undefined ? null : readAmount(amount, asset),
    country: fields.get("58") ?? "",
    name: fields.get("59") ?? "",
    city: fields.get("60") ?? "",
    order,
    reference: templates.get("62")?.get("05") ?? null,
    localName: templates.get("64")?.get("01") ?? null,
    billNumber: templates.get("62")?.get("01") ?? null,
  };
}

/** Write the text of a merchant's code; refuses `code_field_invalid` where a value breaks its rule. */
export function writeMerchantCode(code: MerchantCode): string {
  if (code.account.length !== ACCOUNT_BYTES) {
    refuse("code_field_invalid", `${ACCOUNT_TEMPLATE}-01: an account id has ${String(ACCOUNT_BYTES)} bytes`);
  }
  const fields = new Map([
    ["00", "01"],
    ["01", code.order === null ? "11" : "12"],
    [ACCOUNT_TEMPLATE, writeObjects([["00", GUID], ["01", toHex(code.account)]])], // prettier-ignore
    ["52", code.category],
    ["53", numericOf(code.asset)],
    ["58", code.country],
    ["59", code.name],
    ["60", code.city],
  ]);
  if (code.amountMinor !== null) {
    fields.set("54", writeAmount(code.amountMinor, code.asset));
  }
  const additional = present(["01", code.billNumber], ["05", code.reference]);
  if (additional.length > 0) {
    fields.set("62", writeObjects(additional));
  }
  if (code.localName !== null) {
    fields.set("64", writeObjects([["00", "zh"], ["01", code.localName]])); // prettier-ignore
  }
  for (const [template, part] of orderParts(code.order)) {
    fields.set(template, writeObjects([["00", GUID], ["01", part]])); // prettier-ignore
  }
  const text = writePayload(Array.from(fields).sort(([left], [right]) => (left < right ? -1 : 1)));
  refuseFirst(checkPayload(parsePayload(text)));
  return text;
}

function present(...fields: readonly (readonly [string, string | null])[]): (readonly [string, string])[] {
  return fields.filter((field): field is readonly [string, string] => field[1] !== null);
}

function ours(templates: ReadonlyMap<string, Fields>, among: (id: string) => boolean): ReadonlyMap<string, Fields> {
  return new Map(Array.from(templates).filter(([id, nested]) => among(id) && nested.get("00") === GUID));
}

function readAccount(accounts: ReadonlyMap<string, Fields>): Uint8Array {
  const [[template, nested] = ["", new Map<string, string>()], second] = Array.from(accounts);
  if (second !== undefined) {
    refuse("code_field_invalid", `${second[0]}: a second account of this network`);
  }
  const account = nested.get("01") ?? refuse("code_field_missing", `${template}-01: account id`);
  return ACCOUNT.test(account) ? fromHex(account) : refuse("code_field_invalid", `${template}-01: not an account id`);
}

/** Join the parts; only the one way an order is cut is read, so that no two payloads mean one order. */
function readOrder(templates: ReadonlyMap<string, Fields>): Uint8Array | null {
  const found = ours(templates, (id) => ORDER_TEMPLATES.includes(id));
  if (found.size === 0) {
    return null;
  }
  const parts = ORDER_TEMPLATES.slice(0, found.size).map((id) => found.get(id) ?? new Map<string, string>());
  const text = parts.map((part) => part.get("01") ?? "").join("");
  const order = fromBase64(text, "url") ?? refuse("code_field_invalid", "80: the order is not base64");
  const isWhole = parts.slice(0, -1).every((part) => part.get("01")?.length === PART_CHARACTERS);
  const isPlain = parts.every((part) => Array.from(part.keys()).join() === "00,01");
  if (!isWhole || !isPlain || toBase64(order, "url") !== text) {
    refuse("code_field_invalid", "80: the order is not cut over the templates as it must be");
  }
  return requireOrderLength(order);
}

function orderParts(order: Uint8Array | null): readonly (readonly [string, string])[] {
  const text = order === null ? "" : toBase64(requireOrderLength(order), "url");
  const parts = text.match(new RegExp(`.{1,${String(PART_CHARACTERS)}}`, "gu")) ?? [];
  return parts.map((part, index) => [ORDER_TEMPLATES[index] ?? "", part] as const);
}

function requireOrderLength(order: Uint8Array): Uint8Array {
  if (order.length < 1 || order.length > CODE_MAX_ORDER_BYTES) {
    refuse("code_field_invalid", `80: an order of ${String(order.length)} bytes`);
  }
  return order;
}

function currencyNamed(numeric: string): string {
  const found = Object.entries(CURRENCIES).find(([, [code]]) => code === numeric);
  return found?.[0] ?? refuse("code_field_invalid", "53: not a currency in which anything can be paid");
}

function numericOf(asset: string): string {
  return CURRENCIES[asset]?.[0] ?? refuse("code_field_invalid", "53: not a currency");
}

function exponentOf(asset: string): number {
  return CURRENCIES[asset]?.[1] ?? refuse("code_field_invalid", "53: not a currency");
}

/** Return decimal text as minor units: exact, never rounded; refuses `code_field_invalid`. */
export function readAmount(text: string, asset: string): number {
  const exponent = exponentOf(asset);
  const found = DECIMAL.exec(text) ?? refuse("code_field_invalid", "54: not a decimal number");
  const fraction = (found[2] ?? "").replace(/0+$/u, "");
  if (fraction.length > exponent) {
    refuse("code_field_invalid", `54: ${asset} has ${String(exponent)} digits after the point`);
  }
  const amount = BigInt((found[1] ?? "") + fraction.padEnd(exponent, "0"));
  if (amount < 1n || amount > BigInt(MAX_AMOUNT_MINOR)) {
    refuse("code_field_invalid", "54: outside 1 to 2^53-1 minor units");
  }
  return Number(amount);
}

/** Return minor units as decimal text; refuses `code_field_invalid` outside 1 to 2^53-1. */
export function writeAmount(amountMinor: number, asset: string): string {
  if (!Number.isSafeInteger(amountMinor) || amountMinor < 1) {
    refuse("code_field_invalid", "54: outside 1 to 2^53-1 minor units");
  }
  const exponent = exponentOf(asset);
  const digits = String(amountMinor).padStart(exponent + 1, "0");
  return exponent === 0 ? digits : `${digits.slice(0, -exponent)}.${digits.slice(-exponent)}`;
}
