/** What concerns every page: no network, a wrong clock, a page that is not secure, a newer version of the app. */

import { useEffect, useState } from "react";

import { useTranslation } from "react-i18next";
import { useRegisterSW } from "virtual:pwa-register/react";

import { Button } from "@payport/ui/button";
import { OfflineBar } from "@payport/ui/notices";

import { WRONG_MS } from "../device/clock.js";
import { isSecurePage } from "../device/platform.js";
import { useOnline } from "./queries.js";
import { useWallet } from "./wallet-context.js";

const MINUTE_MS = 60_000;

/** The banners above a page. */
export function Banners() {
  const { t } = useTranslation();
  const online = useOnline();
  return (
    <>
      <OfflineBar offline={!online} />
      <ClockBanner />
      {!isSecurePage && (
        <p className="pw-banner" role="status">
          {t("app.reduced")}
        </p>
      )}
      <UpdateBanner />
    </>
  );
}

function ClockBanner() {
  const { t } = useTranslation();
  const { clock } = useWallet();
  const [skewMs, setSkewMs] = useState(clock.skewMs);
  useEffect(() => {
    const timer = setInterval(() => {
      setSkewMs(clock.skewMs);
    }, 2_000);
    return () => {
      clearInterval(timer);
    };
  }, [clock]);
  if (Math.abs(skewMs) < WRONG_MS) {
    return null;
  }
  return (
    <p className="pw-banner" role="status">
      {t("app.clock", { count: Math.round(Math.abs(skewMs) / MINUTE_MS) })}
    </p>
  );
}

function UpdateBanner() {
  const { t } = useTranslation();
  const {
    needRefresh: [isNewer, setIsNewer],
    updateServiceWorker,
  } = useRegisterSW();
  if (!isNewer) {
    return null;
  }
  return (
    <div className="pw-banner" role="alert">
      <p>{t("app.update")}</p>
      <div className="pw-row">
        <Button
          tone="primary"
          onPress={() => {
            void updateServiceWorker(true);
          }}
        >
          {t("app.updateNow")}
        </Button>
        <Button
          onPress={() => {
            setIsNewer(false);
          }}
        >
          {t("app.later")}
        </Button>
      </div>
    </div>
  );
}
