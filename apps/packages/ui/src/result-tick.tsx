/** The sign that something is done. */

import { useEffect } from "react";

import { playChime } from "./chime.js";

const BUZZ_MS = 40;

/** What became of something. */
export interface ResultTickProps {
  /** `done` is final, `pending` may still fail, `refused` did not happen. */
  readonly result: "done" | "pending" | "refused";
  /** What is done, in words. It is announced. */
  readonly title: string;
  /** Play a chime and buzz when done. */
  readonly sound?: boolean;
}

const SIGNS = { done: "M18 33l10 10 19-21", pending: "M32 18v15l9 7", refused: "M22 22l20 20M42 22L22 42" } as const;

/** A tick, a clock or a cross that draws itself, unless the device asks for less motion. */
export function ResultTick({ result, title, sound = false }: ResultTickProps) {
  useEffect(() => {
    if (sound && result === "done") {
      playChime();
      if ("vibrate" in navigator) {
        navigator.vibrate(BUZZ_MS);
      }
    }
  }, [result, sound]);
  return (
    <div className={`pp-result pp-result-${result}`} role="status">
      <svg key={result} viewBox="0 0 64 64" aria-hidden="true">
        <circle cx="32" cy="32" r="29" />
        <path d={SIGNS[result]} pathLength={1} />
      </svg>
      <p className="pp-result-title">{title}</p>
    </div>
  );
}
