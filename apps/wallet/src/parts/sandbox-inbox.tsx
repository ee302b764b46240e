/** What a phone would have received from a bank of a sandbox; nothing at banks that send real messages. */

import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import { Button } from "@payport/ui/button";

import { Block } from "./page.js";
import { useWallet } from "./wallet-context.js";

const CODE = /\b\d{6}\b/u;
const SHOWN = 1;

/** The newest message, and a button that takes the code in it. */
export function SandboxInbox({ institution, address, onCode }: SandboxInboxProps) {
  const { t } = useTranslation();
  const wallet = useWallet();
  const { data } = useQuery({
    queryKey: ["inbox", institution, address],
    queryFn: ({ signal }) =>
      wallet.port.get("/v1/sandbox/{institution}/inbox", {
        path: { institution },
        query: { address },
        signal,
        token: null,
      }),
    staleTime: 0,
  });
  if (data === undefined || data.messages.length === 0) {
    return null;
  }
  return (
    <Block title={t("cards.inbox")}>
      {data.messages.slice(0, SHOWN).map(({ text, sent_at_ms: sentAtMs }) => {
        const code = CODE.exec(text)?.[0];
        return (
          <div key={sentAtMs} className="pw-message">
            <p>{text}</p>
            {code !== undefined && (
              <Button
                onPress={() => {
                  onCode(code);
                }}
              >
                {t("cards.takeCode")}
              </Button>
            )}
          </div>
        );
      })}
    </Block>
  );
}

interface SandboxInboxProps {
  readonly institution: string;
  readonly address: string;
  readonly onCode: (code: string) => void;
}
