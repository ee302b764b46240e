/** The wallet is locked: the PIN opens it. */

import { useTranslation } from "react-i18next";

import { PinCheck } from "../parts/pin-check.js";
import { useWallet } from "../parts/wallet-context.js";

/** The page of a locked wallet. */
export function LockPage() {
  const { t } = useTranslation();
  const wallet = useWallet();
  return (
    <main className="pw-lock">
      <h1>{t("app.name")}</h1>
      <PinCheck title={t("pin.unlock")} onPin={(pin) => wallet.unlock(pin)} />
      <p className="pw-quiet">{t("pin.forgotten")}</p>
    </main>
  );
}
