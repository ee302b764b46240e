/** "Verify on this phone": the steps of the proof, one after the other, without asking anybody. */

import { useEffect, useState } from "react";

import { useTranslation } from "react-i18next";

import type { Trust } from "@payport/ledger-client/trust";
import { Button } from "@payport/ui/button";
import { useLanguage } from "@payport/ui/language";
import { Moment } from "@payport/ui/moment";

import { STEPS, verify } from "../flows/receipts.js";
import type { Step, Verification } from "../flows/receipts.js";
import { useReasons } from "./failure.js";
import { Block } from "./page.js";

/** How long each step is shown before the next, so that a person can follow. */
const STEP_MS = 160;

/** What is verified, and against which trust file. */
export interface VerifyProps {
  /** The receipt. */
  readonly file: Uint8Array;
  /** What is trusted. */
  readonly trust: () => Promise<Trust>;
  /** Begin without being asked to. */
  readonly atOnce?: boolean;
}

/** The button, the steps and the verdict. */
export function Verify({ file, trust, atOnce = false }: VerifyProps) {
  const { t } = useTranslation();
  const [found, setFound] = useState<Verification>();
  const [shown, setShown] = useState(0);
  const begin = (): void => {
    setShown(0);
    void trust().then((trusted) => {
      setFound(verify(file, trusted));
    });
  };
  useEffect(() => {
    if (atOnce) {
      void trust().then((trusted) => {
        setFound(verify(file, trusted));
      });
    }
  }, [file, trust, atOnce]);
  const last = found === undefined ? 0 : "failed" in found ? STEPS.indexOf(found.failed) + 1 : STEPS.length;
  useEffect(() => {
    if (shown >= last) {
      return undefined;
    }
    const timer = setTimeout(() => {
      setShown(shown + 1);
    }, STEP_MS);
    return () => {
      clearTimeout(timer);
    };
  }, [shown, last]);
  return (
    <Block title={t("verify.title")}>
      <p className="pw-hint">{t("verify.why")}</p>
      {found === undefined && (
        <Button block onPress={begin}>
          {t("verify.begin")}
        </Button>
      )}
      {found !== undefined && (
        <ol className="pw-steps">
          {STEPS.slice(0, shown).map((step) => (
            <StepLine key={step} step={step} failed={"failed" in found && found.failed === step} />
          ))}
        </ol>
      )}
      <div role="status">{found !== undefined && shown >= last && <VerdictLine found={found} />}</div>
    </Block>
  );
}

function StepLine({ step, failed }: { step: Step; failed: boolean }) {
  const { t } = useTranslation();
  return (
    <li data-failed={failed || undefined}>
      <svg viewBox="0 0 24 24" width="20" height="20" aria-hidden="true">
        <path d={failed ? "M6 6l12 12M18 6L6 18" : "M5 12l5 5 9-10"} />
      </svg>
      <span>
        {t(`verify.${step}`)}
        <span className="pp-unseen"> {failed ? t("verify.isWrong") : t("verify.isRight")}</span>
      </span>
    </li>
  );
}

function VerdictLine({ found }: { found: Verification }) {
  const { t } = useTranslation();
  const language = useLanguage();
  const reasons = useReasons();
  if ("failed" in found) {
    return (
      <p className="pw-error">
        {t("verify.failed")} {reasons(found.code).title}
      </p>
    );
  }
  const { verdict } = found;
  return (
    <div className="pw-verdict">
      <p className="pw-verdict-title">{t("verify.holds")}</p>
      <p>
        {t("verify.binds")} {verdict.binds[language]}
        {verdict.institutions.length > 0 && ` (${verdict.institutions.join(", ")})`}
      </p>
      <p>
        {t("verify.block", { height: verdict.height })} <Moment atMs={verdict.timeMs} />
      </p>
      {verdict.historical && <p>{t("verify.historical")}</p>}
    </div>
  );
}
