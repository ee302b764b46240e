/** When a PIN may be tried again. */

import { expect, test } from "vitest";

import { FREE_ATTEMPTS, nextAttemptMs } from "../src/device/attempts.js";
import { isGuessed } from "../src/pages/pins.js";

const MINUTE_MS = 60_000;

test("five attempts are free, then waits double up to an hour", () => {
  expect(nextAttemptMs({ wrong: FREE_ATTEMPTS - 1, lastMs: 1_000 })).toBe(0);
  expect(nextAttemptMs({ wrong: FREE_ATTEMPTS, lastMs: 1_000 })).toBe(1_000 + MINUTE_MS / 2);
  expect(nextAttemptMs({ wrong: FREE_ATTEMPTS + 1, lastMs: 1_000 })).toBe(1_000 + MINUTE_MS);
  expect(nextAttemptMs({ wrong: FREE_ATTEMPTS + 40, lastMs: 1_000 })).toBe(1_000 + 60 * MINUTE_MS);
});

test.each(["000000", "123456", "654321", "999999"])("%s is tried first by anybody", (pin) => {
  expect(isGuessed(pin)).toBe(true);
});

test.each(["258036", "121212", "135790"])("%s is not", (pin) => {
  expect(isGuessed(pin)).toBe(false);
});
