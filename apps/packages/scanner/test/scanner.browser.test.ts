/** The scanner in a real Chromium whose camera is a video of a code that the apps drew. */

import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import type { BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";

import { Gallery, violations } from "../../ui/test/browser/gallery.js";
import { bitmapFile, pictureOf, writeVideo } from "./drawn-code.js";

const PICTURES = process.env["PAYPORT_PICTURES"];
const ORDER = "00020101021226330010net.payport0115north-0000000015204541153031565802CN5906老王面馆6008SHANGHAI6304ABCD";
const CHOSEN_LATER = "6280123456789012345";

let folder: string;
let gallery: Gallery;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "scanner-"));
  const video = join(folder, "camera.y4m");
  await writeVideo(video, pictureOf([ORDER], 640, 480, 5));
  gallery = await Gallery.open(["--use-fake-device-for-media-stream", `--use-file-for-fake-video-capture=${video}`]);
});

afterAll(async () => {
  await gallery.close();
  await rm(folder, { recursive: true });
});

const allowed = (context: BrowserContext): Promise<void> => context.grantPermissions(["camera"]);

function texts(page: Page): Promise<string[]> {
  return page.locator("#texts li").allTextContents();
}

async function choosePicture(page: Page, pixels: Parameters<typeof bitmapFile>[0] | Buffer): Promise<void> {
  const buffer = Buffer.isBuffer(pixels) ? pixels : bitmapFile(pixels);
  await page.locator("input[type=file]").setInputFiles({ name: "code.bmp", mimeType: "image/bmp", buffer });
}

/** Keep every camera that the page is given, to see when it is turned off. */
async function watched(context: BrowserContext): Promise<void> {
  await allowed(context);
  await context.addInitScript(() => {
    const kept: MediaStreamTrack[] = [];
    Object.assign(globalThis, { kept });
    const devices = navigator.mediaDevices;
    const open = devices.getUserMedia.bind(devices);
    devices.getUserMedia = async (wanted) => {
      const stream = await open(wanted);
      kept.push(...stream.getTracks());
      return stream;
    };
  });
}

function cameraStates(page: Page): Promise<string[]> {
  return page.evaluate(() =>
    (globalThis as unknown as { kept: MediaStreamTrack[] }).kept.map(({ readyState }) => readyState),
  );
}

async function picture(page: Page, name: string): Promise<void> {
  if (PICTURES !== undefined) {
    await mkdir(PICTURES, { recursive: true });
    await page.screenshot({ path: `${PICTURES}/${name}.png` });
  }
}

test("a code before the camera is told once, and the camera is turned off", async () => {
  const page = await gallery.tab("show=scanner", {}, watched);
  await expect.poll(() => texts(page), { timeout: 20_000 }).toEqual([ORDER]);
  expect(new Set(await cameraStates(page))).toEqual(new Set(["ended"]));
  await page.getByRole("button", { name: "Scan again" }).click();
  await expect.poll(() => texts(page), { timeout: 20_000 }).toEqual([ORDER, ORDER]);
  await page.context().close();
});

test("the camera rests while the page is hidden, and goes on when it is seen", async () => {
  // A camera that sees no QR code, since another kind is asked for: the scan goes on until a code comes.
  const page = await gallery.tab("show=scanner&formats=code_128", {}, watched);
  await page.getByRole("slider", { name: "Zoom" }).waitFor();
  expect(await cameraStates(page)).toContain("live");
  const show = (state: string): Promise<void> =>
    page.evaluate((given) => {
      Object.defineProperty(document, "visibilityState", { configurable: true, get: () => given });
      document.dispatchEvent(new Event("visibilitychange"));
    }, state);
  await show("hidden");
  await expect.poll(async () => new Set(await cameraStates(page))).toEqual(new Set(["ended"]));
  await show("visible");
  await expect.poll(() => cameraStates(page)).toContain("live");
  expect(await violations(page)).toEqual([]);
  await picture(page, "scanner-live");
  await page.context().close();
});

test("the picture is enlarged by keyboard alone", async () => {
  const page = await gallery.tab("show=scanner&formats=code_128", {}, allowed);
  const zoom = page.getByRole("slider", { name: "Zoom" });
  await zoom.focus();
  await page.keyboard.press("End");
  expect(await page.locator("video").evaluate((video) => video.style.transform)).toBe("scale(4)");
  await page.context().close();
});

test.each([
  ["small", 640, 480, 5],
  ["large, so that made smaller its code would be lost", 4000, 3000, 3],
])("a picture from the album is read: %s", async (_, width, height, scale) => {
  const page = await gallery.tab("show=scanner");
  await choosePicture(page, pictureOf([CHOSEN_LATER], width, height, scale));
  await expect.poll(() => texts(page), { timeout: 20_000 }).toEqual([CHOSEN_LATER]);
  await page.context().close();
});

test("of several codes in a picture a person chooses, by keyboard as well", async () => {
  const page = await gallery.tab("show=scanner&language=zh&theme=dark");
  await choosePicture(page, pictureOf([ORDER, CHOSEN_LATER], 900, 500, 5));
  const second = page.getByRole("button", { name: "第 2 个，共 2 个" });
  await second.waitFor();
  expect(await texts(page)).toEqual([]);
  expect(await violations(page)).toEqual([]);
  await picture(page, "scanner-choice");
  await second.focus();
  await page.keyboard.press("Enter");
  expect([ORDER, CHOSEN_LATER]).toContain((await texts(page))[0]);
  await page.context().close();
});

test("a picture without a code, and a file that is no picture, are said to be so", async () => {
  const page = await gallery.tab("show=scanner");
  await choosePicture(page, { width: 64, height: 64, grey: new Uint8Array(4096).fill(200) });
  await page.getByText("No code in this picture").waitFor();
  await choosePicture(page, Buffer.from("not a picture"));
  await page.getByText("This picture cannot be opened").waitFor();
  expect(await violations(page)).toEqual([]);
  await page.context().close();
});

test("text is pasted where the camera was refused, by keyboard alone", async () => {
  const page = await gallery.tab("show=scanner");
  await page.getByText("The camera is not allowed").waitFor();
  expect(await violations(page)).toEqual([]);
  await picture(page, "scanner-refused");
  await page.getByLabel("Text of a code").focus();
  await page.keyboard.type(CHOSEN_LATER);
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  expect(await texts(page)).toEqual([CHOSEN_LATER]);
  await page.context().close();
});

test("a page that is not served securely says so, and still reads pictures", async () => {
  const other = await Gallery.open(["--host-resolver-rules=MAP wallet.test 127.0.0.1"]);
  const page = await other.tab("show=scanner", {}, undefined, other.origin("wallet.test"));
  await page.getByText("No camera on this connection").waitFor();
  expect(await page.evaluate(() => isSecureContext)).toBe(false);
  await choosePicture(page, pictureOf([CHOSEN_LATER], 640, 480, 5));
  await expect.poll(() => texts(page), { timeout: 20_000 }).toEqual([CHOSEN_LATER]);
  await other.close();
});

test("where there is no camera a picture is asked for", async () => {
  const other = await Gallery.open();
  const page = await other.tab("show=scanner", {}, allowed);
  await page.getByText("No camera found").waitFor();
  await other.close();
});

test("a reader that cannot be loaded is said, and works once it can", async () => {
  const page = await gallery.tab("show=scanner", {}, async (context) => {
    await allowed(context);
    await context.route("**/*.wasm", (route) => route.abort());
  });
  await page.getByText("Codes cannot be read now").waitFor();
  await page.context().unroute("**/*.wasm");
  await page.getByRole("button", { name: "Back to the camera" }).click();
  await expect.poll(() => texts(page), { timeout: 20_000 }).toEqual([ORDER]);
  await page.context().close();
});

test("a browser's own reader is used, and zxing where it fails at the first image", async () => {
  const page = await gallery.tab("show=scanner", {}, async (context) => {
    await allowed(context);
    await context.addInitScript(() => {
      // As on phones whose reader of codes is a service that was taken away.
      class BarcodeDetector {
        static getSupportedFormats = (): Promise<string[]> => Promise.resolve(["qr_code"]);
        detect = (): Promise<never> => {
          Object.assign(globalThis, { wasAsked: true });
          return Promise.reject(new DOMException("no service", "NotSupportedError"));
        };
      }
      Object.assign(globalThis, { BarcodeDetector });
    });
  });
  await expect.poll(() => texts(page), { timeout: 20_000 }).toEqual([ORDER]);
  expect(await page.evaluate(() => (globalThis as { wasAsked?: boolean }).wasAsked)).toBe(true);
  await page.context().close();
});

test("the reader is loaded from where the page is, and only when something is to be read", async () => {
  const quiet = await Gallery.open();
  await quiet.tab("language=en");
  expect(quiet.asked.filter((url) => url.includes("zxing"))).toEqual([]);
  await quiet.close();
  expect(gallery.asked.filter((url) => !url.startsWith(gallery.origin()) && !url.startsWith("blob:"))).toEqual([]);
  expect(gallery.asked.some((url) => url.endsWith(".wasm"))).toBe(true);
});
