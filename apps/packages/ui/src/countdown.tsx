/** How long something is still valid, as a ring that empties. */

import { useEffect, useRef, useState } from "react";

import { useMessages } from "./language.js";

const RADIUS = 18;
const CIRCUMFERENCE = 2 * Math.PI * RADIUS;
const SECOND_MS = 1000;

/** What runs out, and when. */
export interface CountdownProps {
  /** When it ends, in milliseconds since 1970 by the clock of this device. */
  readonly untilMs: number;
  /** How long a full ring is, in milliseconds. */
  readonly totalMs: number;
  /** Called once when the time is over. */
  readonly onEnd?: () => void;
}

/** A ring with the seconds left inside. It looks at the clock, so that a page that slept shows the truth at once. */
export function Countdown({ untilMs, totalMs, onEnd }: CountdownProps) {
  const { secondsLeft } = useMessages();
  const leftMs = useTimeLeft(untilMs, onEnd);
  const seconds = Math.ceil(leftMs / SECOND_MS);
  const share = Math.min(1, (seconds * SECOND_MS) / totalMs);
  return (
    <span className="pp-countdown pp-digits" role="timer" aria-label={secondsLeft(seconds)}>
      <svg viewBox="0 0 44 44" aria-hidden="true">
        <circle className="pp-ring-ground" cx="22" cy="22" r={RADIUS} />
        <circle
          className="pp-ring"
          cx="22"
          cy="22"
          r={RADIUS}
          strokeDasharray={CIRCUMFERENCE}
          strokeDashoffset={CIRCUMFERENCE * (1 - share)}
        />
      </svg>
      <span aria-hidden="true">{seconds}</span>
    </span>
  );
}

function useTimeLeft(untilMs: number, onEnd: (() => void) | undefined): number {
  const [nowMs, setNowMs] = useState(() => Date.now());
  const ended = useRef(onEnd);
  useEffect(() => {
    ended.current = onEnd;
  });
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const look = (): void => {
      clearTimeout(timer);
      const now = Date.now();
      setNowMs(now);
      if (now >= untilMs) {
        ended.current?.();
        document.removeEventListener("visibilitychange", look);
      } else {
        timer = setTimeout(look, (untilMs - now) % SECOND_MS || SECOND_MS);
      }
    };
    document.addEventListener("visibilitychange", look);
    look();
    return () => {
      clearTimeout(timer);
      document.removeEventListener("visibilitychange", look);
    };
  }, [untilMs]);
  return Math.max(0, untilMs - nowMs);
}
