/** A sheet that asks for the PIN before something is signed, and says what became of it. */

import { useState } from "react";
import type { ReactNode } from "react";

import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router-dom";

import { wakeSound } from "@payport/ui/chime";
import { Sheet } from "@payport/ui/sheet";

import type { Outgoing } from "../device/outgoing.js";
import { FailureLine } from "./failure.js";
import { PinCheck } from "./pin-check.js";
import { useWallet } from "./wallet-context.js";

/** What is agreed to, and what does it. */
export interface AgreementProps {
  /** Name of the sheet. */
  readonly title: string;
  /** Whether it is shown. */
  readonly open: boolean;
  /** What is agreed to, in facts. */
  readonly children: ReactNode;
  /** Sign and send. */
  readonly onAgreed: () => Promise<Outgoing>;
  /** Called when the person goes back. */
  readonly onClose: () => void;
}

/** The sheet; it leads to the page of the result. */
export function Agreement({ title, open, children, onAgreed, onClose }: AgreementProps) {
  const { t } = useTranslation();
  const wallet = useWallet();
  const navigate = useNavigate();
  const [error, setError] = useState<unknown>();
  const [isBusy, setIsBusy] = useState(false);
  const agree = async (pin: string): Promise<void> => {
    await wallet.confirm(pin);
    wakeSound();
    setIsBusy(true);
    setError(undefined);
    try {
      const { id } = await onAgreed();
      await navigate(`/result/${id}`);
    } catch (thrown) {
      setError(thrown);
    }
    setIsBusy(false);
  };
  return (
    <Sheet title={title} open={open} onClose={onClose} locked={isBusy}>
      {children}
      <FailureLine error={error} />
      <PinCheck title={t("pay.pin")} onPin={agree} busy={isBusy} />
    </Sheet>
  );
}
