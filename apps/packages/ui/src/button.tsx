/** A button in the theme's colours. */

import type { ReactNode } from "react";

/** What a button shows and does. */
export interface ButtonProps {
  /** Its words. */
  readonly children: ReactNode;
  /** What it does. */
  readonly onPress?: () => void;
  /** `primary` is the one thing a page is for; `danger` cannot be undone. */
  readonly tone?: "primary" | "plain" | "danger";
  /** Its work is under way: it cannot be pressed, and says so. */
  readonly busy?: boolean;
  /** It cannot be pressed now. */
  readonly disabled?: boolean;
  /** As wide as what holds it. */
  readonly block?: boolean;
  /** `submit` sends the form it is in. */
  readonly type?: "button" | "submit";
}

/** A button of at least 48 pixels. While busy it keeps the focus and its width. */
export function Button({ children, onPress, tone = "plain", busy = false, disabled = false, ...rest }: ButtonProps) {
  const { block = false, type = "button" } = rest;
  return (
    <button
      type={type}
      className={`pp-button pp-button-${tone}${block ? " pp-button-block" : ""}`}
      disabled={disabled}
      aria-disabled={busy || undefined}
      aria-busy={busy || undefined}
      onClick={(event) => {
        if (busy) {
          event.preventDefault();
        } else {
          onPress?.();
        }
      }}
    >
      {busy && <span className="pp-spinner" aria-hidden="true" />}
      {children}
    </button>
  );
}
