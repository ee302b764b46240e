/** Scanning: what was read is resolved by the port, or is one of the app's own codes. */

import { useState } from "react";

import { useMutation } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router-dom";

import { Scanner } from "@payport/scanner/scanner";
import "@payport/scanner/scanner.css";
import { Button } from "@payport/ui/button";

import { payeeOfCode } from "../flows/payees.js";
import { Failure } from "../parts/failure.js";
import { Loading } from "../parts/loading.js";
import { Page } from "../parts/page.js";
import { useWallet } from "../parts/wallet-context.js";

const SHARED = /^https?:\/\/[^/]+\/wallet\/#(\/shared\?token=[A-Za-z0-9_-]+)$/u;

/** The scanner; a code of somebody to be paid leads on to the payment. */
export function ScanPage() {
  const { t } = useTranslation();
  const wallet = useWallet();
  const navigate = useNavigate();
  const [round, setRound] = useState(0);
  const reading = useMutation({
    mutationFn: (text: string) => payeeOfCode(wallet, text),
    onSuccess: (target) => navigate("/pay", { state: { target }, replace: true }),
  });
  const again = (): void => {
    reading.reset();
    setRound((before) => before + 1);
  };
  return (
    <Page title={t("scan.title")}>
      {!reading.isError && (
        <Scanner
          key={round}
          onCode={(text) => {
            const shared = SHARED.exec(text)?.[1];
            if (shared === undefined) {
              reading.mutate(text);
            } else {
              void navigate(shared, { replace: true });
            }
          }}
        />
      )}
      {reading.isPending && <Loading />}
      {reading.isError && (
        <>
          <Failure error={reading.error} />
          <div className="pp-actions">
            <Button tone="primary" onPress={again}>
              {t("scan.again")}
            </Button>
          </div>
        </>
      )}
    </Page>
  );
}
