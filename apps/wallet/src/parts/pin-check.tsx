/** Asking for the PIN, with what went wrong the last time. */

import { useEffect, useRef, useState } from "react";

import { useTranslation } from "react-i18next";

import { Countdown } from "@payport/ui/countdown";
import { PinPad } from "@payport/ui/pin-pad";

import { PinRefused } from "../device/attempts.js";

/** What the PIN is asked for, and what tries it. */
export interface PinCheckProps {
  /** What to enter, in words. */
  readonly title: string;
  /** Try a PIN; throws `PinRefused`. */
  readonly onPin: (pin: string) => Promise<void>;
  /** What the PIN allowed is under way. */
  readonly busy?: boolean;
}

/** The PIN pad; where there were too many attempts, the time until the next. */
export function PinCheck({ title, onPin, busy = false }: PinCheckProps) {
  const { t } = useTranslation();
  const [isTrying, setIsTrying] = useState(false);
  const [refused, setRefused] = useState<PinRefused>();
  const [waitMs, setWaitMs] = useState(0);
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    // A sheet that opens with the pad in it takes the focus for its first button after the pad has asked for it.
    const timer = setTimeout(() => {
      place.current?.querySelector<HTMLElement>("[role=group]")?.focus();
    });
    return () => {
      clearTimeout(timer);
    };
  }, []);
  const enter = (pin: string): void => {
    setIsTrying(true);
    setRefused(undefined);
    onPin(pin)
      .catch((error: unknown) => {
        if (!(error instanceof PinRefused)) {
          throw error;
        }
        setRefused(error);
        setWaitMs(Math.max(0, error.nextMs - Date.now()));
      })
      .finally(() => {
        setIsTrying(false);
      });
  };
  if (refused !== undefined && waitMs > 0) {
    return (
      <div className="pw-wait" role="alert">
        <p>{refused.isTried ? t("pin.wrongWait") : t("pin.wait")}</p>
        <Countdown
          key={refused.nextMs}
          untilMs={refused.nextMs}
          totalMs={waitMs}
          onEnd={() => {
            setWaitMs(0);
            setRefused(undefined);
          }}
        />
      </div>
    );
  }
  const error =
    refused === undefined ? undefined : refused.left > 0 ? t("pin.wrong", { count: refused.left }) : t("pin.wrongLast");
  return (
    <div ref={place}>
      <PinPad title={title} error={error} busy={isTrying || busy} autoFocus onComplete={enter} />
    </div>
  );
}
