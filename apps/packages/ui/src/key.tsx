/** One key of a keypad. */

import { useRef } from "react";
import type { ReactNode } from "react";

/** What a key shows and does. */
export interface KeyProps {
  /** Called once for each press. */
  readonly onPress: () => void;
  /** What it is called, where its face is no text. */
  readonly label?: string;
  /** Where it stands in the grid. */
  readonly area?: string;
  /** It cannot be pressed now. */
  readonly disabled?: boolean;
  /** Its face. */
  readonly children: ReactNode;
}

/**
 * A key that acts when it goes down, as keys do: two thumbs that overlap both count, where a click would be lost.
 * A keyboard and a screen reader send a click without a pointer going down first.
 */
export function Key({ onPress, label, area, disabled = false, children }: KeyProps) {
  const isPointed = useRef(false);
  return (
    <button
      type="button"
      className="pp-key"
      aria-label={label}
      data-area={area}
      disabled={disabled}
      onPointerDown={({ button }) => {
        isPointed.current = button === 0;
        if (isPointed.current) {
          onPress();
        }
      }}
      onPointerCancel={() => {
        isPointed.current = false;
      }}
      onClick={({ detail }) => {
        const isCounted = isPointed.current && detail > 0; // 0 is a click that no pointer made
        isPointed.current = false;
        if (!isCounted) {
          onPress();
        }
      }}
    >
      {children}
    </button>
  );
}

/** The face of the key that takes the last character away. */
export function DeleteFace() {
  return (
    <svg viewBox="0 0 28 20" width="28" height="20" aria-hidden="true" className="pp-key-face">
      <path d="M9 1.5h16a1.5 1.5 0 0 1 1.5 1.5v14a1.5 1.5 0 0 1-1.5 1.5H9L1.5 10z M13 6.5l7 7 M20 6.5l-7 7" />
    </svg>
  );
}
