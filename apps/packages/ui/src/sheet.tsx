/** A sheet from the bottom of the page, and what confirmations are laid out with. */

import { useEffect, useId, useRef } from "react";
import type { ReactNode } from "react";

import { useMessages } from "./language.js";

/** What a sheet is, and how it is left. */
export interface SheetProps {
  /** Its name and heading. */
  readonly title: string;
  /** Whether it is shown. */
  readonly open: boolean;
  /** Called when somebody closes it: the button, Escape, a tap beside it. */
  readonly onClose: () => void;
  /** It must stay, since what it started is under way. */
  readonly locked?: boolean;
  /** What is in it; mounted while it is open. */
  readonly children: ReactNode;
}

/** A modal dialogue of the browser's own, which keeps the focus inside and returns it, and covers the page to everyone. */
export function Sheet({ title, open, onClose, locked = false, children }: SheetProps) {
  const dialogue = useRef<HTMLDialogElement>(null);
  const name = useId();
  const { close } = useMessages();
  const leave = (): void => {
    if (!locked) {
      onClose();
    }
  };
  useEffect(() => {
    const element = dialogue.current;
    if (open) {
      element?.showModal();
    }
    return () => {
      element?.close();
    };
  }, [open]);
  return (
    // A tap on the dialogue itself is one on its backdrop; keyboards have Escape for it.
    <dialog
      ref={dialogue}
      className="pp-sheet"
      aria-labelledby={name}
      onCancel={(event) => {
        event.preventDefault();
        leave();
      }}
      onClick={(event) => {
        if (event.target === event.currentTarget) {
          leave();
        }
      }}
    >
      {open && (
        <div className="pp-sheet-body">
          <div className="pp-sheet-head">
            <h2 id={name}>{title}</h2>
            <button type="button" className="pp-sheet-close" aria-label={close} disabled={locked} onClick={leave}>
              <svg viewBox="0 0 24 24" width="24" height="24" aria-hidden="true">
                <path d="M6 6l12 12M18 6L6 18" />
              </svg>
            </button>
          </div>
          {children}
        </div>
      )}
    </dialog>
  );
}

/** Facts to agree to, such as payee, card and fee. */
export function Facts({ children }: { children: ReactNode }) {
  return <dl className="pp-facts">{children}</dl>;
}

/** One fact: what it is, and its value, which may be long. */
export function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div className="pp-fact">
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

/** Buttons at the end of a page or sheet, the main one first in reading and lowest on the screen. */
export function Actions({ children }: { children: ReactNode }) {
  return <div className="pp-actions">{children}</div>;
}
