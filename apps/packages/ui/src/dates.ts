/** Moments as people say them. */

import type { Language } from "@payport/ledger-client/sentences";

import { LOCALES } from "./language.js";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const WEEK_MS = 7 * DAY_MS;

/** Return day and time of a moment, in the device's time zone unless another is given. */
export function absoluteTime(atMs: number, language: Language, timeZone?: string): string {
  return new Intl.DateTimeFormat(LOCALES[language], {
    year: "numeric",
    month: "short",
    day: "numeric",
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
    timeZone,
  }).format(atMs);
}

/** Return how long ago or ahead a moment is, `undefined` beyond a week, where only a date says enough. */
export function relativeTime(atMs: number, nowMs: number, language: Language): string | undefined {
  const differenceMs = atMs - nowMs;
  const format = new Intl.RelativeTimeFormat(LOCALES[language], { numeric: "auto" });
  const distanceMs = Math.abs(differenceMs);
  if (distanceMs < MINUTE_MS) {
    return format.format(0, "second");
  }
  if (distanceMs < HOUR_MS) {
    return format.format(Math.trunc(differenceMs / MINUTE_MS), "minute");
  }
  if (distanceMs < DAY_MS) {
    return format.format(Math.trunc(differenceMs / HOUR_MS), "hour");
  }
  return distanceMs < WEEK_MS ? format.format(Math.trunc(differenceMs / DAY_MS), "day") : undefined;
}

/** Return the name of a month (`2026-11`), short for a chart or with its year. */
export function monthName(month: string, language: Language, form: "short" | "long"): string {
  const format: Intl.DateTimeFormatOptions = form === "short" ? { month: "short" } : { month: "long", year: "numeric" };
  return new Intl.DateTimeFormat(LOCALES[language], { ...format, timeZone: "UTC" }).format(Date.parse(`${month}-01`));
}
