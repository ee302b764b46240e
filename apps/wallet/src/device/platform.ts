/** What this browser and page allow, and what is put in place where a page is not secure. */

/** Whether the page may keep keys by WebCrypto, use the camera, and work offline. */
export const isSecurePage = globalThis.isSecureContext;

/** Give a page that is not secure the one function that the client of the port needs and browsers keep from it. */
export function prepareInsecurePage(): void {
  if (!("randomUUID" in crypto)) {
    Object.defineProperty(crypto, "randomUUID", { value: drawUuid });
  }
}

/** Ask the browser not to evict what is kept; tells whether it will not. */
export async function persistStorage(): Promise<boolean> {
  if (!("storage" in navigator)) {
    return false;
  }
  return (await navigator.storage.persisted()) || navigator.storage.persist();
}

/** A cookie: what a browser short of room evicts is the storage, cookies not among it. */
const MADE = "payport_wallet_made";
const TEN_YEARS_SECONDS = 315_360_000;

/** Remember that a wallet was made here, apart from the storage it is kept in. */
export function markMade(): void {
  document.cookie = `${MADE}=1; path=/wallet/; max-age=${String(TEN_YEARS_SECONDS)}; samesite=strict`;
}

/** Tell whether a wallet was made here once. */
export function wasMade(): boolean {
  return document.cookie.split("; ").includes(`${MADE}=1`);
}

/** Forget it. */
export function unmarkMade(): void {
  document.cookie = `${MADE}=; path=/wallet/; max-age=0; samesite=strict`;
}

function drawUuid(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const digits = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return digits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/u, "$1-$2-$3-$4-$5");
}
