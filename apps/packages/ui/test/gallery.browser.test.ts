/** Every component in a real Chromium: looked at by axe, and used by touch, mouse and keyboard. */

import { mkdir } from "node:fs/promises";

import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

import type * as chimed from "../src/chime.js";
import { Gallery, violations } from "./browser/gallery.js";

const PICTURES = process.env["PAYPORT_PICTURES"];
const LOOKS = ["en", "zh"].flatMap((language) => ["light", "dark"].map((theme) => [language, theme] as const));

let gallery: Gallery;

beforeAll(async () => {
  gallery = await Gallery.open();
});

afterAll(async () => {
  await gallery.close();
});

async function picture(page: Page, name: string, fullPage = true): Promise<void> {
  if (PICTURES !== undefined) {
    await mkdir(PICTURES, { recursive: true });
    await page.screenshot({ path: `${PICTURES}/${name}.png`, fullPage });
  }
}

describe.each(LOOKS)("the gallery in %s, %s", (language, theme) => {
  const query = `language=${language}&theme=${theme}`;

  test("has no violation of WCAG 2.2 AA and nothing wider than a phone", async () => {
    const page = await gallery.tab(query, { reducedMotion: "reduce" });
    expect(await violations(page)).toEqual([]);
    const widths = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
    expect(widths[0]).toBe(widths[1]);
    await picture(page, `gallery-${language}-${theme}`);
    await page.locator("#months summary").click();
    await page.locator("#sheet button").first().click();
    await page.getByRole("dialog").waitFor();
    expect(await violations(page)).toEqual([]);
    await picture(page, `sheet-${language}-${theme}`, false);
    await page.context().close();
  });
});

test("everything fits the narrowest screen that WCAG asks for", async () => {
  const page = await gallery.tab("language=en", { viewport: { width: 320, height: 568 }, reducedMotion: "reduce" });
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(320);
  await picture(page, "gallery-narrow");
  await page.context().close();
});

test("text twice as large still fits", async () => {
  const page = await gallery.tab("language=en", { reducedMotion: "reduce" });
  await page.evaluate(() => {
    document.documentElement.style.fontSize = "200%";
  });
  const cut = await page.evaluate(() =>
    [...document.querySelectorAll("button, dd, .pp-notice, .pp-pin")]
      .filter((each) => each.scrollWidth > each.clientWidth + 1)
      .map(({ className, textContent }) => `${className}: ${textContent}`),
  );
  expect(cut).toEqual([]);
  await picture(page, "gallery-large-text");
  await page.context().close();
});

describe("an amount", () => {
  test("is typed by keyboard alone, refused over the limit, and confirmed", async () => {
    const page = await gallery.tab("language=en");
    await page.locator("#keypad .pp-key").first().focus();
    await page.keyboard.type("12.345");
    await expect
      .poll(() => page.locator("#keypad [role=status]").textContent())
      .toBe("At most 2 digits after the point");
    expect(await page.locator("#keypad [aria-live]").textContent()).toBe("CN¥12.34");
    await page.keyboard.press("Backspace");
    expect(await page.locator("#keypad [role=status]").textContent()).toBe("");
    await page.keyboard.press("Delete");
    await page.keyboard.type("500001");
    expect(await page.locator("#keypad [role=status]").textContent()).toBe("At most CN¥50,000.00");
    await page.getByRole("button", { name: "Pay", exact: true }).first().focus();
    await page.keyboard.press("Enter");
    expect(await page.locator("#keypad output").textContent()).toBe("CNY 5000000");
    await page.context().close();
  });

  test("is typed once a tap by touch, also by two thumbs that overlap, and once a click", async () => {
    const page = await gallery.tab("language=en", { hasTouch: true });
    const key = (face: string) => page.locator("#keypad .pp-key", { hasText: new RegExp(`^${face}$`, "u") });
    const shown = page.locator("#keypad [aria-live]");
    await key("1").tap();
    await key("2").click();
    expect(await shown.textContent()).toBe("CN¥12.00");
    const devtools = await page.context().newCDPSession(page);
    const middles = await Promise.all(
      ["3", "4"].map(async (face) => {
        const box = await key(face).boundingBox();
        return { x: (box?.x ?? 0) + (box?.width ?? 0) / 2, y: (box?.y ?? 0) + (box?.height ?? 0) / 2 };
      }),
    );
    const [first, second] = middles.map((middle, id) => ({ ...middle, id }));
    const send = async (type: "touchStart" | "touchEnd", touchPoints: (typeof first)[]): Promise<void> => {
      await devtools.send("Input.dispatchTouchEvent", {
        type,
        touchPoints: touchPoints.filter((each) => each !== undefined),
      });
    };
    await send("touchStart", [first]);
    await send("touchStart", [first, second]);
    await send("touchEnd", [second]);
    await send("touchEnd", []);
    await expect.poll(() => shown.textContent()).toBe("CN¥1,234.00");
    await key("5").focus();
    await page.keyboard.press("Delete");
    await key("5").hover();
    await page.mouse.down();
    await page.mouse.move(1, 1);
    await page.mouse.up();
    await key("5").focus();
    await page.keyboard.press("Enter");
    expect(await shown.textContent()).toBe("CN¥55.00");
    await page.context().close();
  });

  test("has no point where the currency has none, and is pressed by a screen reader's click", async () => {
    const page = await gallery.tab("language=zh");
    expect(await page.locator("#keypad-yen .pp-key", { hasText: "." }).count()).toBe(0);
    for (const face of ["5", "00"]) {
      await page.locator("#keypad-yen .pp-key", { hasText: new RegExp(`^${face}$`, "u") }).dispatchEvent("click");
    }
    expect(await page.locator("#keypad-yen [aria-live]").textContent()).toBe("JP¥500");
    await page.context().close();
  });
});

test("a PIN is never on the page, whatever is typed, and is told once complete", async () => {
  const page = await gallery.tab("language=en");
  const pin = page.locator("#pin .pp-pin");
  const typed = page.locator("#pin [aria-live]");
  const empty = await pin.innerHTML();
  await page.locator("#pin .pp-key").first().focus();
  await page.keyboard.type("9753");
  expect(await typed.textContent()).toBe("4 of 6 digits entered");
  const same = (await pin.innerHTML()).replaceAll('data-filled="true"', 'data-filled="false"');
  expect(same.replace("4 of 6", "0 of 6")).toBe(empty); // only how many are typed is drawn
  await page.keyboard.press("Backspace");
  await page.keyboard.type("864");
  await expect.poll(() => page.locator("#pin [role=alert]").textContent()).toBe("Wrong PIN. 4 tries left.");
  expect(await typed.textContent()).toBe("0 of 6 digits entered");
  for (const digit of "135790") {
    await page.locator("#pin .pp-key", { hasText: digit }).click();
  }
  await expect.poll(() => page.locator("#pin [role=alert]").textContent()).toBe("Right");
  expect(await page.evaluate(() => JSON.stringify([localStorage, sessionStorage]))).toBe("[{},{}]");
  await page.context().close();
});

test("a sheet keeps the keyboard inside, closes by Escape and gives the focus back", async () => {
  const page = await gallery.tab("language=en");
  const opener = page.getByRole("button", { name: "Open sheet" });
  await opener.focus();
  await page.keyboard.press("Enter");
  const sheet = page.getByRole("dialog", { name: "Confirm payment" });
  await sheet.waitFor();
  for (let tabs = 0; tabs < 8; tabs++) {
    await page.keyboard.press("Tab");
    const outside = await page.evaluate(
      () => document.activeElement?.closest("dialog") === null && document.activeElement !== document.body,
    );
    expect(outside).toBe(false);
  }
  await page.keyboard.press("Escape");
  await sheet.waitFor({ state: "hidden" });
  expect(await opener.evaluate((element) => element === document.activeElement)).toBe(true);
  await page.context().close();
});

test("a countdown runs down by the clock, and begins anew when told", async () => {
  const page = await gallery.tab("language=en", {}, (context) => context.clock.install({ time: 0 }));
  const seconds = async (): Promise<number> => {
    const name = (await page.getByRole("timer").getAttribute("aria-label")) ?? "";
    expect(name).toMatch(/^[0-9]+ seconds? left$/u);
    return Number.parseInt(name, 10);
  };
  await page.clock.pauseAt(8_000);
  const before = await seconds();
  await page.clock.runFor(5_000);
  await expect.poll(seconds).toBe(before - 5);
  await page.clock.fastForward(25_000); // as after a sleep: one look at the clock
  await expect.poll(seconds).toBe(25);
  await page.context().close();
});

test("the chime is heard, is not loud, and ends", async () => {
  const page = await gallery.tab("language=en");
  const [loudest, last] = await page.evaluate(async () => {
    const { chime } = globalThis as unknown as { chime: typeof chimed };
    const context = new OfflineAudioContext(1, 44_100 * (chime.CHIME_SECONDS + 0.1), 44_100);
    chime.scheduleChime(context);
    const samples = (await context.startRendering()).getChannelData(0);
    const loudness = (part: Float32Array): number => part.reduce((most, each) => Math.max(most, Math.abs(each)), 0);
    return [loudness(samples), loudness(samples.subarray(-2_000))] as const;
  });
  expect(loudest).toBeGreaterThan(0.1);
  expect(loudest).toBeLessThan(0.5);
  expect(last).toBe(0);
  await page.context().close();
});

test("pages do without any script, style or host but their own", () => {
  expect(gallery.complaints).toEqual([]);
  expect(gallery.asked.filter((url) => !url.startsWith(gallery.origin()))).toEqual([]);
});
