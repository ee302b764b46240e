/** Every published vector, in Node. */

import { expect, test } from "vitest";

import type { Vectors } from "./conformance/check.js";
import { formatChecks } from "./conformance/formats.js";
import { proofChecks } from "./conformance/proofs.js";
import { SUBJECTS, readVectors } from "./vectors.js";

const read = new Set<string>();
const vectors: Vectors = new Proxy(readVectors(), {
  get(files, subject: string) {
    read.add(subject);
    return files[subject] as unknown;
  },
});

test.each([...formatChecks(vectors), ...proofChecks(vectors)])("$name", async ({ run }) => {
  await run();
});

test("no file is left out", () => {
  expect(Array.from(read).sort()).toEqual(SUBJECTS.slice().sort());
});
