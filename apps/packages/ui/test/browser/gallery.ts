/** The gallery, built as the apps are and served under as strict a policy, in a real Chromium at a phone's size. */

import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer } from "node:http";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { extname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

import axe from "axe-core";
import { chromium } from "playwright-core";
import type { Browser, BrowserContext, BrowserContextOptions, Page } from "playwright-core";
import { build } from "vite";

const EXECUTABLE = process.env["PAYPORT_CHROMIUM"] ?? "/usr/bin/chromium";
const FLAGS = [
  ...["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"],
  ...["--disable-background-networking", "--disable-component-update", "--disable-sync"],
];
const POLICY =
  "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; connect-src 'self'; img-src 'self'";
const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".wasm": "application/wasm",
};
const GALLERY = new URL("../../gallery/", import.meta.url);

/** A phone of the usual size. */
export const PHONE: BrowserContextOptions = { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2 };

/** A browser that shows the gallery. */
export class Gallery {
  /** What pages complained of: errors, and what the policy stopped. */
  readonly complaints: string[] = [];
  /** Addresses that pages asked for. */
  readonly asked: string[] = [];

  private constructor(
    private readonly server: Server,
    private readonly browser: Browser,
    private readonly folder: URL,
  ) {}

  /** Build the gallery, serve it and start the browser; `flags` are the browser's. */
  static async open(flags: readonly string[] = []): Promise<Gallery> {
    const folder = await built();
    const server = createServer((request, response) => {
      const path = new URL(request.url ?? "/", "http://localhost").pathname;
      const file = path === "/" ? "/index.html" : path;
      readFile(new URL(`.${file}`, folder)).then(
        (content) => {
          response.setHeader("content-type", TYPES[extname(file)] ?? "application/octet-stream");
          response.setHeader("content-security-policy", POLICY);
          response.end(content);
        },
        () => {
          response.statusCode = file === "/favicon.ico" ? 204 : 404;
          response.end();
        },
      );
    });
    await new Promise<void>((resolve) => server.listen(0, "localhost", resolve));
    const browser = await chromium.launch({ executablePath: EXECUTABLE, args: [...FLAGS, ...flags] });
    return new Gallery(server, browser, folder);
  }

  /** Where the gallery is served. */
  origin(host = "localhost"): string {
    return `http://${host}:${String((this.server.address() as AddressInfo).port)}`;
  }

  /** Open a tab of a phone at the gallery; `prepare` is called before the page is. */
  async tab(
    query: string,
    options: BrowserContextOptions = {},
    prepare: (context: BrowserContext) => Promise<void> = () => Promise.resolve(),
    origin = this.origin(),
  ): Promise<Page> {
    const context = await this.browser.newContext({ ...PHONE, ...options });
    await prepare(context);
    const page = await context.newPage();
    page.on("pageerror", (error) => this.complaints.push(String(error)));
    page.on("console", (message) => {
      if (message.type() === "error" || message.type() === "warning") {
        this.complaints.push(message.text());
      }
    });
    page.on("request", (request) => this.asked.push(request.url()));
    await page.goto(`${origin}/?${query}`);
    await page.locator("h1").waitFor();
    return page;
  }

  /** End the browser and the server. */
  async close(): Promise<void> {
    await this.browser.close();
    this.server.close();
    await rm(this.folder, { recursive: true });
  }
}

/** Return what axe finds against WCAG 2.2 AA, each with the place. */
export async function violations(page: Page): Promise<string[]> {
  await page.evaluate(axe.source); // the policy of the page allows no foreign script, a debugger's it does not see
  return page.evaluate(async () => {
    const { axe: checker } = globalThis as unknown as { axe: typeof axe };
    const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];
    const { violations: found } = await checker.run(document, { runOnly: { type: "tag", values: tags } });
    return found.flatMap(({ id, nodes }) =>
      nodes.map(({ target, failureSummary }) => `${id} at ${target.join(" ")}: ${failureSummary ?? ""}`),
    );
  });
}

/** Build the gallery in a folder of its own: test files run beside each other. */
async function built(): Promise<URL> {
  const folder = await mkdtemp(join(tmpdir(), "gallery-"));
  const configFile = fileURLToPath(new URL("vite.config.ts", GALLERY));
  await build({ configFile, logLevel: "error", build: { outDir: folder } });
  return pathToFileURL(`${folder}/`);
}
