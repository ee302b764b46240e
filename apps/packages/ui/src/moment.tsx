/** When something happened. */

import { useEffect, useState } from "react";

import { absoluteTime, relativeTime } from "./dates.js";
import { useLanguage } from "./language.js";

const MINUTE_MS = 60_000;

/** What moment, and how it is said. */
export interface MomentProps {
  /** Milliseconds since 1970. */
  readonly atMs: number;
  /** `relative` says "5 minutes ago" within a week, and the date after. */
  readonly form?: "relative" | "absolute";
  /** Name of a time zone (`Asia/Shanghai`); the device's when left out. */
  readonly timeZone?: string;
}

/** A moment in words, exact for programs and on hover. */
export function Moment({ atMs, form = "absolute", timeZone }: MomentProps) {
  const language = useLanguage();
  const nowMs = useMinute(form === "relative");
  const absolute = absoluteTime(atMs, language, timeZone);
  const relative = form === "relative" ? relativeTime(atMs, nowMs, language) : undefined;
  return (
    <time className="pp-digits" dateTime={new Date(atMs).toISOString()} title={absolute}>
      {relative ?? absolute}
    </time>
  );
}

function useMinute(isNeeded: boolean): number {
  const [nowMs, setNowMs] = useState(() => Date.now());
  useEffect(() => {
    if (!isNeeded) {
      return undefined;
    }
    const timer = setInterval(() => {
      setNowMs(Date.now());
    }, MINUTE_MS);
    return () => {
      clearInterval(timer);
    };
  }, [isNeeded]);
  return nowMs;
}
