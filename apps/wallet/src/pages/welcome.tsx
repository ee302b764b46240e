/** The first run: a language, a PIN, and this phone's key. */

import { useState } from "react";

import { useTranslation } from "react-i18next";

import { Button } from "@payport/ui/button";
import { PinPad } from "@payport/ui/pin-pad";

import { isSecurePage, wasMade } from "../device/platform.js";
import { Failure } from "../parts/failure.js";
import { LanguageChoice } from "../parts/language-choice.js";
import { Loading } from "../parts/loading.js";
import { JoinPage } from "./join.js";
import { useWallet } from "../parts/wallet-context.js";
import { isGuessed } from "./pins.js";

type Place = "welcome" | "pin" | "join";

/** What somebody sees who has no wallet on this phone. */
export function WelcomePage() {
  const [place, setPlace] = useState<Place>("welcome");
  const [joins, setJoins] = useState(false);
  const [pin, setPin] = useState("");
  if (place === "welcome") {
    return (
      <Welcome
        onBegin={(isJoining) => {
          setJoins(isJoining);
          setPlace("pin");
        }}
      />
    );
  }
  if (place === "pin") {
    return (
      <ChoosePin
        onBack={() => {
          setPlace("welcome");
        }}
        onPin={(chosen) => {
          setPin(chosen);
          setPlace("join");
        }}
      />
    );
  }
  return joins ? <JoinPage pin={pin} /> : <Making pin={pin} />;
}

function Welcome({ onBegin }: { onBegin: (isJoining: boolean) => void }) {
  const { t } = useTranslation();
  return (
    <main className="pw-welcome">
      <img src="/wallet/icon.svg" alt="" width="72" height="72" />
      <h1>{t("app.name")}</h1>
      <p>{t("welcome.what")}</p>
      {wasMade() && (
        <p className="pw-banner" role="alert">
          {t("welcome.evicted")}
        </p>
      )}
      {!isSecurePage && <p className="pw-banner">{t("app.reduced")}</p>}
      <ul className="pw-points">
        <li>{t("welcome.key")}</li>
        <li>{t("welcome.banks")}</li>
        <li>{t("welcome.proof")}</li>
      </ul>
      <LanguageChoice />
      <div className="pp-actions">
        <Button
          tone="primary"
          block
          onPress={() => {
            onBegin(false);
          }}
        >
          {t("welcome.begin")}
        </Button>
        <Button
          block
          onPress={() => {
            onBegin(true);
          }}
        >
          {t("welcome.join")}
        </Button>
      </div>
    </main>
  );
}

/** Two entries that have to agree; a PIN that anybody would try first is not taken. */
export function ChoosePin({ onPin, onBack }: { onPin: (pin: string) => void; onBack?: () => void }) {
  const { t } = useTranslation();
  const [first, setFirst] = useState<string>();
  const [error, setError] = useState<string>();
  const enter = (pin: string): void => {
    if (first === undefined) {
      if (isGuessed(pin)) {
        setError(t("pin.guessed"));
      } else {
        setError(undefined);
        setFirst(pin);
      }
    } else if (first === pin) {
      onPin(pin);
    } else {
      setError(t("pin.different"));
      setFirst(undefined);
    }
  };
  return (
    <main className="pw-lock">
      <h1>{t("pin.choose")}</h1>
      <p>{t("pin.chooseWhy")}</p>
      <PinPad
        key={String(first === undefined)}
        title={first === undefined ? t("pin.first") : t("pin.second")}
        error={error}
        autoFocus
        onComplete={enter}
      />
      {onBack !== undefined && <Button onPress={onBack}>{t("app.back")}</Button>}
    </main>
  );
}

function Making({ pin }: { pin: string }) {
  const { t } = useTranslation();
  const wallet = useWallet();
  const [error, setError] = useState<unknown>();
  const [isAsked, setIsAsked] = useState(false);
  const make = (): void => {
    setIsAsked(true);
    setError(undefined);
    wallet.make(pin, t("welcome.thisPhone")).catch(setError);
  };
  if (error !== undefined) {
    return (
      <main className="pw-welcome">
        <Failure error={error} onRetry={make} />
      </main>
    );
  }
  if (isAsked) {
    return (
      <main className="pw-welcome">
        <h1>{t("welcome.making")}</h1>
        <Loading />
      </main>
    );
  }
  return (
    <main className="pw-welcome">
      <h1>{t("welcome.ready")}</h1>
      <p>{t("welcome.readyWhy")}</p>
      <Button tone="primary" block onPress={make}>
        {t("welcome.make")}
      </Button>
    </main>
  );
}
