/** Entering a PIN. It stays in memory of this component until complete, and never reaches the page, a log or a store. */

import { useEffect, useId, useRef, useState } from "react";

import { DeleteFace, Key } from "./key.js";
import { useMessages } from "./language.js";

const DIGITS = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "0"] as const;
const PIN_LENGTH = 6;

/** What a PIN is asked for. */
export interface PinPadProps {
  /** What to enter, in words: "Enter your PIN to pay". */
  readonly title: string;
  /** What is wrong with the last one, in words. It is announced, and goes when a key is pressed. */
  readonly error?: string | undefined;
  /** Digits of a PIN. */
  readonly length?: number;
  /** Called with the last digit; what was typed is forgotten before. */
  readonly onComplete: (pin: string) => void;
  /** The PIN is being checked: keys are refused. */
  readonly busy?: boolean;
  /** Take the keyboard's focus when shown. */
  readonly autoFocus?: boolean;
}

/** Dots for the digits, and the keys. */
export function PinPad({ title, error, length = PIN_LENGTH, onComplete, busy = false, autoFocus }: PinPadProps) {
  const digits = useRef("");
  const [typed, setTyped] = useState(0); // the page is drawn from how many there are, never from which
  const name = useId();
  const messages = useMessages();
  const pad = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (autoFocus === true) {
      pad.current?.focus();
    }
    return () => {
      digits.current = "";
    };
  }, [autoFocus]);
  const become = (next: string): void => {
    const isComplete = next.length === length;
    digits.current = isComplete ? "" : next;
    setTyped(digits.current.length);
    if (isComplete) {
      onComplete(next);
    }
  };
  const onKey = (key: string): void => {
    if (!busy) {
      become(key === "Backspace" ? digits.current.slice(0, -1) : digits.current + key);
    }
  };
  return (
    <div
      className="pp-pin"
      role="group"
      aria-labelledby={name}
      tabIndex={-1}
      ref={pad}
      onKeyDown={({ key, ctrlKey, metaKey, altKey }) => {
        if (!ctrlKey && !metaKey && !altKey && (key === "Backspace" || /^[0-9]$/u.test(key))) {
          onKey(key);
        }
      }}
    >
      <p id={name} className="pp-pin-title">
        {title}
      </p>
      <PinDots typed={busy ? length : typed} length={length} busy={busy} />
      <p className="pp-pin-error" role="alert">
        {typed === 0 && !busy && error}
      </p>
      <PinKeys onKey={onKey} label={messages.pinKeys} deleteLast={messages.deleteLast} />
    </div>
  );
}

function PinDots({ typed, length, busy }: { typed: number; length: number; busy: boolean }) {
  const { pinTyped } = useMessages();
  return (
    <p className="pp-pin-dots" aria-busy={busy}>
      {Array.from({ length }, (_, index) => (
        <span key={index} aria-hidden="true" className="pp-pin-dot" data-filled={index < typed} />
      ))}
      <span className="pp-unseen" aria-live="polite">
        {pinTyped(typed, length)}
      </span>
    </p>
  );
}

function PinKeys({ onKey, label, deleteLast }: { onKey: (key: string) => void; label: string; deleteLast: string }) {
  return (
    <div className="pp-keys pp-keys-pin" role="group" aria-label={label}>
      {DIGITS.map((digit) => (
        <Key
          key={digit}
          area={digit === "0" ? "zero" : `d${digit}`}
          onPress={() => {
            onKey(digit);
          }}
        >
          {digit}
        </Key>
      ))}
      <Key
        area="delete"
        label={deleteLast}
        onPress={() => {
          onKey("Backspace");
        }}
      >
        <DeleteFace />
      </Key>
    </div>
  );
}
