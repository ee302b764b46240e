/** The colours of the theme, measured by WCAG 2.2: 4.5 to 1 for text, 3 to 1 for what controls are seen by. */

import { readFileSync } from "node:fs";

import { describe, expect, test } from "vitest";

import { MESSAGES } from "../src/messages.js";

const SOURCE = readFileSync(new URL("../src/theme.css", import.meta.url), "utf8");
const GROUNDS = ["ground", "surface"];
const TEXTS: readonly (readonly [string, readonly string[]])[] = [
  ["text", [...GROUNDS, "sunken", "primary-tint", "success-tint", "warning-tint", "danger-tint"]],
  ["text-quiet", [...GROUNDS, "sunken"]],
  ["primary", GROUNDS],
  ["success", [...GROUNDS, "success-tint"]],
  ["warning", [...GROUNDS, "warning-tint"]],
  ["danger", [...GROUNDS, "danger-tint"]],
  ["on-primary", ["primary", "primary-pressed"]],
  ["on-success", ["success"]],
  ["on-danger", ["danger"]],
];
const SEEN: readonly (readonly [string, readonly string[]])[] = [["outline", GROUNDS]];

type Colours = ReadonlyMap<string, string>;

function coloursOf(selector: string): Colours {
  const start = SOURCE.indexOf(`${selector} {`);
  expect(start, selector).toBeGreaterThanOrEqual(0);
  const block = SOURCE.slice(start, SOURCE.indexOf("}", start));
  return new Map(
    [...block.matchAll(/--pp-([a-z-]+): (#[0-9a-f]{6});/gu)].map(([, name = "", value = ""]) => [name, value]),
  );
}

function luminance(colour: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const part = Number.parseInt(colour.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(colours: Colours, one: string, other: string): number {
  const [dark = 0, light = 0] = [one, other]
    .map((name) => luminance(colours.get(name) ?? expect.fail(`there is no --pp-${name}`)))
    .sort((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
}

describe.each([
  ["light", ":root"],
  ["dark", ':root[data-theme="dark"]'],
])("the %s theme", (_, selector) => {
  const colours = coloursOf(selector);

  test.each(TEXTS.flatMap(([name, grounds]) => grounds.map((ground) => [name, ground])))("%s on %s", (name, ground) => {
    expect(contrast(colours, name, ground)).toBeGreaterThanOrEqual(4.5);
  });

  test.each(SEEN.flatMap(([name, grounds]) => grounds.map((ground) => [name, ground])))("%s on %s", (name, ground) => {
    expect(contrast(colours, name, ground)).toBeGreaterThanOrEqual(3);
  });
});

test("dark is the same whether the device or the person asks for it", () => {
  expect(coloursOf(':root:not([data-theme="light"])')).toEqual(coloursOf(':root[data-theme="dark"]'));
});

test("every message is said in both languages", () => {
  expect(Object.keys(MESSAGES.zh).sort()).toEqual(Object.keys(MESSAGES.en).sort());
});
