/** Both languages say everything, with the same places to fill in. */

import { expect, test } from "vitest";

import { REFUSALS } from "../../packages/ledger-client/src/generated/refusals.js";

import { en } from "../src/words/en.js";
import { zh } from "../src/words/zh.js";

type Words = Readonly<Record<string, string | Readonly<Record<string, string>>>>;

function sentences(words: Words): [string, string][] {
  return Object.entries(words).flatMap(([name, each]): [string, string][] =>
    typeof each === "string" ? [[name, each]] : sentences(each).map(([inner, text]) => [`${name}.${inner}`, text]),
  );
}

function holes(text: string): string[] {
  return [...text.matchAll(/\{\{(\w+)\}\}/gu)].map(([, hole]) => hole ?? "").sort();
}

test("Chinese has every sentence of English, and no other", () => {
  const names = (words: Words) => sentences(words).map(([name]) => name);
  expect(names(zh)).toEqual(names(en).filter((name) => !name.endsWith("_one")));
});

test("each sentence is filled in with the same", () => {
  const chinese = new Map(sentences(zh));
  for (const [name, text] of sentences(en).filter(([each]) => !each.endsWith("_one"))) {
    expect(holes(chinese.get(name) ?? ""), name).toEqual(holes(text));
  }
});

test("advice is given for refusals that exist", () => {
  expect(Object.keys(en.advice).filter((code) => !Object.hasOwn(REFUSALS, code))).toEqual([]);
});
