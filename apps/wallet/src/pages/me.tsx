/** Me: language, theme, PIN, phones, the network, and leaving. */

import { useState } from "react";

import { useQuery } from "@tanstack/react-query";
import { Toast } from "antd-mobile";
import { useTranslation } from "react-i18next";
import { Link } from "react-router-dom";

import { Button } from "@payport/ui/button";
import { Actions, Fact, Facts, Sheet } from "@payport/ui/sheet";

import { DangerSheet } from "../parts/danger-sheet.js";
import { LanguageChoice } from "../parts/language-choice.js";
import { Block, Page } from "../parts/page.js";
import { PinCheck } from "../parts/pin-check.js";
import { useWallet } from "../parts/wallet-context.js";
import { chooseTheme, themeNow } from "../words/theme.js";
import type { Theme } from "../words/theme.js";
import { ChoosePin } from "./welcome.js";

const THEMES: readonly Theme[] = ["system", "light", "dark"];

/** The page. */
export function MePage() {
  const { t } = useTranslation();
  const wallet = useWallet();
  return (
    <Page title={t("bar.me")} back={false}>
      <Block>
        <LanguageChoice />
        <ThemeChoice />
      </Block>
      <Block>
        <ul className="pw-list">
          <li>
            <Link className="pw-item" to="/phones">
              <span className="pw-item-text">{t("phones.title")}</span>
            </Link>
          </li>
          <li>
            <Link className="pw-item" to="/statement">
              <span className="pw-item-text">{t("statement.title")}</span>
            </Link>
          </li>
          <li>
            <Link className="pw-item" to="/shared">
              <span className="pw-item-text">{t("shared.open")}</span>
            </Link>
          </li>
          <li>
            <PinChange />
          </li>
        </ul>
      </Block>
      <AboutNetwork />
      <div className="pp-actions">
        <Button tone="primary" onPress={wallet.lock}>
          {t("me.lock")}
        </Button>
        <Leaving />
      </div>
    </Page>
  );
}

function ThemeChoice() {
  const { t } = useTranslation();
  const [theme, setTheme] = useState(themeNow);
  return (
    <fieldset className="pw-choice">
      <legend>{t("me.theme")}</legend>
      {THEMES.map((each) => (
        <label key={each}>
          <input
            type="radio"
            name="theme"
            checked={theme === each}
            onChange={() => {
              chooseTheme(each);
              setTheme(each);
            }}
          />
          <span>{t(`me.${each}`)}</span>
        </label>
      ))}
    </fieldset>
  );
}

function PinChange() {
  const { t } = useTranslation();
  const wallet = useWallet();
  const [isOpen, setIsOpen] = useState(false);
  const [old, setOld] = useState<string>();
  const close = (): void => {
    setIsOpen(false);
    setOld(undefined);
  };
  return (
    <>
      <button
        type="button"
        className="pw-item"
        onClick={() => {
          setIsOpen(true);
        }}
      >
        <span className="pw-item-text">{t("me.pin")}</span>
      </button>
      <Sheet title={t("me.pin")} open={isOpen} onClose={close}>
        {old === undefined ? (
          <PinCheck
            title={t("me.oldPin")}
            onPin={async (pin) => {
              await wallet.confirm(pin);
              setOld(pin);
            }}
          />
        ) : (
          <ChoosePin
            onPin={(pin) => {
              void wallet.changePin(old, pin).then(() => {
                close();
                Toast.show(t("me.pinChanged"));
              });
            }}
          />
        )}
      </Sheet>
    </>
  );
}

function AboutNetwork() {
  const { t } = useTranslation();
  const wallet = useWallet();
  const network = useQuery({
    queryKey: ["network"],
    queryFn: ({ signal }) => wallet.port.get("/v1/network", { signal, token: null }),
  });
  return (
    <Block title={t("me.network")}>
      <Facts>
        <Fact name={t("me.chain")}>
          <span className="pw-id">{wallet.chainId}</span>
        </Fact>
        {network.data !== undefined && <Fact name={t("result.block")}>{network.data.height}</Fact>}
      </Facts>
    </Block>
  );
}

function Leaving() {
  const { t } = useTranslation();
  const wallet = useWallet();
  return (
    <DangerSheet name={t("me.erase")}>
      {(close) => (
        <>
          <p>{t("me.eraseWhy")}</p>
          <PinCheck
            title={t("me.erasePin")}
            onPin={async (pin) => {
              await wallet.confirm(pin);
              await wallet.erase();
            }}
          />
          <Actions>
            <Button onPress={close}>{t("app.cancel")}</Button>
          </Actions>
        </>
      )}
    </DangerSheet>
  );
}
