/** Sending money: to a phone number, an e-mail address, an account, a contact, or by a code. */

import { useState } from "react";

import { useTranslation } from "react-i18next";
import { Link, useNavigate } from "react-router-dom";

import { Button } from "@payport/ui/button";
import { MaskedName } from "@payport/ui/masked-name";
import { Actions, Fact, Facts, Sheet } from "@payport/ui/sheet";

import type { Target } from "../flows/payees.js";
import { Icon } from "../parts/icons.js";
import { shortAccount } from "../parts/names.js";
import { Page } from "../parts/page.js";
import { KeepContact, PayeeFinder } from "../parts/payee-finder.js";
import { useBankName } from "../parts/queries.js";

/** The page. */
export function TransferPage() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const [found, setFound] = useState<Target>();
  return (
    <Page title={t("pay.send")}>
      <PayeeFinder onFound={setFound} />
      <Link className="pp-button pp-button-plain pp-button-block" to="/scan">
        <Icon name="scan" size={20} /> {t("find.scan")}
      </Link>
      <Sheet
        title={t("find.isIt")}
        open={found !== undefined}
        onClose={() => {
          setFound(undefined);
        }}
      >
        {found !== undefined && (
          <Found
            target={found}
            onYes={() => void navigate("/pay", { state: { target: found } })}
            onNo={() => {
              setFound(undefined);
            }}
          />
        )}
      </Sheet>
    </Page>
  );
}

/** Whom the bank names, to be confirmed. */
function Found({ target, onYes, onNo }: { target: Target; onYes: () => void; onNo: () => void }) {
  const { t } = useTranslation();
  const bankName = useBankName();
  return (
    <>
      <Facts>
        {target.name !== null && (
          <Fact name={t("find.name")}>
            <MaskedName name={target.name} />
          </Fact>
        )}
        {target.by !== null && <Fact name={t("find.by")}>{target.by}</Fact>}
        <Fact name={t("pay.bank")}>{bankName(target.institution)}</Fact>
        <Fact name={t("find.account")}>{shortAccount(target.account)}</Fact>
      </Facts>
      {target.by !== null && <p className="pw-hint">{t("find.check")}</p>}
      <KeepContact target={target} />
      <Actions>
        <Button tone="primary" onPress={onYes}>
          {t("find.yes")}
        </Button>
        <Button onPress={onNo}>{t("find.no")}</Button>
      </Actions>
    </>
  );
}
