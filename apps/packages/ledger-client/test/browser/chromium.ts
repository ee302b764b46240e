/** A real Chromium with a page of ours: its program is bundled and served at `localhost`, where passkeys work. */

import { createServer } from "node:http";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";

import { chromium } from "playwright-core";
import type { Browser, CDPSession, Page } from "playwright-core";
import { build } from "vite";

const EXECUTABLE = process.env["PAYPORT_CHROMIUM"] ?? "/usr/bin/chromium";
const FLAGS = [
  ...["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"],
  ...["--disable-background-networking", "--disable-component-update", "--disable-sync"],
];

/** A browser with one tab. */
export class TestBrowser {
  private constructor(
    private readonly servers: readonly Server[],
    private readonly browser: Browser,
    /** The tab, at the first origin. */
    readonly tab: Page,
    /** Where the page is served. */
    readonly origins: readonly string[],
  ) {}

  /** Open a page whose program is `entry`; it is served on as many ports as are given, 0 being a free one. */
  static async open(entry: URL, ports: readonly number[] = [0]): Promise<TestBrowser> {
    const program = await bundle(fileURLToPath(entry));
    const servers = await Promise.all(ports.map((port) => serve(program, port)));
    const origins = servers.map((server) => `http://localhost:${String((server.address() as AddressInfo).port)}`);
    const browser = await chromium.launch({ executablePath: EXECUTABLE, args: FLAGS });
    const tab = await browser.newPage();
    await tab.goto(`${origins[0] ?? ""}/`);
    return new TestBrowser(servers, browser, tab, origins);
  }

  /** End the browser and the servers. */
  async close(): Promise<void> {
    await this.browser.close();
    this.servers.forEach((server) => server.close());
  }
}

/** What keeps passkeys: the browser's own stand-in for the chip of a device, which signs as one does. */
export class Authenticator {
  private constructor(
    private readonly devtools: CDPSession,
    private readonly authenticatorId: string,
  ) {}

  /** Give the tab an authenticator, beside those it has. */
  static async of(tab: Page): Promise<Authenticator> {
    const devtools = await tab.context().newCDPSession(tab);
    await devtools.send("WebAuthn.enable");
    const { authenticatorId } = await devtools.send("WebAuthn.addVirtualAuthenticator", {
      options: {
        protocol: "ctap2",
        transport: "internal",
        hasResidentKey: true,
        hasUserVerification: true,
        isUserVerified: true,
        automaticPresenceSimulation: true,
      },
    });
    return new Authenticator(devtools, authenticatorId);
  }

  /** Let the person at the device be recognised from now on, or not. */
  async recognise(isUserVerified: boolean): Promise<void> {
    await this.devtools.send("WebAuthn.setUserVerified", { authenticatorId: this.authenticatorId, isUserVerified });
  }

  /** Return how many passkeys it keeps. */
  async count(): Promise<number> {
    const { credentials } = await this.devtools.send("WebAuthn.getCredentials", {
      authenticatorId: this.authenticatorId,
    });
    return credentials.length;
  }

  /** Take it away, with its passkeys. */
  async remove(): Promise<void> {
    await this.devtools.send("WebAuthn.removeVirtualAuthenticator", { authenticatorId: this.authenticatorId });
    await this.devtools.detach();
  }
}

/** Return the page's program in one file. */
async function bundle(entry: string): Promise<string> {
  const lib = { entry, formats: ["iife" as const], name: "payport" };
  const config = fileURLToPath(new URL("../../../../vitest.config.ts", import.meta.url));
  const built = await build({ configFile: config, logLevel: "error", build: { lib, write: false, minify: false } });
  const outputs = (Array.isArray(built) ? built : [built]).flatMap((each) => ("output" in each ? each.output : []));
  const chunk = outputs.find((each) => each.type === "chunk");
  if (chunk === undefined) {
    throw new Error("nothing was bundled");
  }
  return chunk.code;
}

async function serve(program: string, port: number): Promise<Server> {
  const made = createServer((request, response) => {
    const isProgram = request.url === "/page.js";
    response.setHeader("content-type", isProgram ? "text/javascript; charset=utf-8" : "text/html; charset=utf-8");
    response.end(
      isProgram ? program : '<!doctype html><html lang="en"><title>Checks</title><script src="/page.js"></script>',
    );
  });
  await new Promise<void>((resolve) => made.listen(port, "localhost", resolve));
  return made;
}
