import { expect, test } from "vitest";

import { digitGroups } from "../src/digits-code.js";
import { absoluteTime, monthName, relativeTime } from "../src/dates.js";
import { plainName } from "../src/masked-name.js";

const NOW_MS = Date.UTC(2026, 10, 26, 23, 30);
const HOUR_MS = 3_600_000;

test("a moment is written with its day in the time zone", () => {
  expect(absoluteTime(NOW_MS, "zh", "Asia/Shanghai")).toBe("2026年11月27日 07:30");
  expect(absoluteTime(NOW_MS, "en", "UTC")).toBe("Nov 26, 2026, 23:30");
});

test.each([
  [0, "now", "现在"],
  [-59_999, "now", "现在"],
  [-5 * 60_000, "5 minutes ago", "5分钟前"],
  [2 * HOUR_MS, "in 2 hours", "2小时后"],
  [-24 * HOUR_MS, "yesterday", "昨天"],
  [-167 * HOUR_MS, "6 days ago", "6天前"],
  [-168 * HOUR_MS, undefined, undefined],
])("%d ms from now is %s, %s", (differenceMs, english, chinese) => {
  expect(relativeTime(NOW_MS + differenceMs, NOW_MS, "en")).toBe(english);
  expect(relativeTime(NOW_MS + differenceMs, NOW_MS, "zh")).toBe(chinese);
});

test("months have names", () => {
  expect(monthName("2026-01", "en", "short")).toBe("Jan");
  expect(monthName("2026-11", "zh", "long")).toBe("2026年11月");
});

test("nineteen digits are cut in groups", () => {
  expect(digitGroups("6280123456789012345")).toEqual(["6280", "1234", "5678", "9012", "345"]);
});

test("names keep what is read, and lose what turns or hides it", () => {
  expect(plainName("张*")).toBe("张*");
  expect(plainName("Shop\u202Egnp.exe\u0000\n")).toBe("Shopgnp.exe");
});
