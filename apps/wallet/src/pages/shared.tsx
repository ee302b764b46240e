/** A shared receipt: whoever has the link, or the file, verifies it here, in his own browser. */

import { useCallback, useState } from "react";

import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { useSearchParams } from "react-router-dom";

import { utf8 } from "@payport/ledger-client/bytes";
import { decodeTrust } from "@payport/ledger-client/trust";
import type { Trust } from "@payport/ledger-client/trust";
import { Button } from "@payport/ui/button";
import { ErrorNotice } from "@payport/ui/notices";

import { verify } from "../flows/receipts.js";
import { Failure } from "../parts/failure.js";
import { LanguageChoice } from "../parts/language-choice.js";
import { Loading } from "../parts/loading.js";
import { Block, Page } from "../parts/page.js";
import { ReceiptFacts } from "../parts/receipt-facts.js";
import { saveFile } from "../parts/save-file.js";
import { Verify } from "../parts/verify.js";
import { useWallet } from "../parts/wallet-context.js";

/** The page; it asks for no wallet. */
export function SharedPage() {
  const { t } = useTranslation();
  const wallet = useWallet();
  const [parameters] = useSearchParams();
  const token = parameters.get("token");
  const [opened, setOpened] = useState<Uint8Array>();
  const shared = useQuery({
    queryKey: ["shared", token],
    queryFn: () => wallet.port.get("/v1/shared/receipt", { query: { token: token ?? "" }, token: null }),
    enabled: token !== null,
    staleTime: Infinity,
  });
  const file = opened ?? shared.data;
  return (
    <Page title={t("shared.title")} back={wallet.standing === "new" ? false : "/"}>
      <p className="pw-hint">{t("shared.why")}</p>
      {token !== null && shared.isPending && <Loading />}
      {shared.isError && opened === undefined && <Failure error={shared.error} />}
      {file !== undefined && <Opened file={file} />}
      <Block title={t("shared.file")}>
        <input
          type="file"
          aria-label={t("shared.file")}
          onChange={({ target }) => {
            void target.files?.[0]?.arrayBuffer().then((bytes) => {
              setOpened(new Uint8Array(bytes));
            });
          }}
        />
      </Block>
      <LanguageChoice />
    </Page>
  );
}

function Opened({ file }: { file: Uint8Array }) {
  const { t } = useTranslation();
  const wallet = useWallet();
  // A stranger has no trust file of his own: he takes the port's, and the page says so.
  const trust = useCallback(async (): Promise<Trust> => {
    const own = await wallet.database.fact("network");
    return own === undefined
      ? decodeTrust(utf8(JSON.stringify(await wallet.port.get("/v1/network/trust", { token: null }))))
      : decodeTrust(own.trust);
  }, [wallet]);
  const known = useQuery({ queryKey: ["trust"], queryFn: trust });
  if (known.data === undefined) {
    return known.isError ? <Failure error={known.error} /> : <Loading />;
  }
  const found = verify(file, known.data);
  const isReadable = !("failed" in found) || found.failed !== "form";
  return (
    <>
      {isReadable ? <ReceiptFacts file={file} /> : <ErrorNotice title={t("shared.noReceipt")} />}
      <Verify file={file} trust={trust} atOnce />
      {wallet.standing === "new" && <p className="pw-hint">{t("shared.trust")}</p>}
      {isReadable && (
        <Button
          block
          onPress={() => {
            saveFile(file, "receipt.payport");
          }}
        >
          {t("receipt.save")}
        </Button>
      )}
    </>
  );
}
