/** The app: what must be done first, then its pages. */

import { Suspense, lazy, useEffect, useState } from "react";
import type { ReactNode } from "react";

import { QueryClientProvider } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { HashRouter, Route, Routes, useLocation } from "react-router-dom";

import { LanguageProvider } from "@payport/ui/language";

import type { Wallet } from "./device/wallet.js";
import { renewSessions } from "./flows/cards.js";
import { HomePage } from "./pages/home.js";
import { LockPage } from "./pages/lock.js";
import { WelcomePage } from "./pages/welcome.js";
import { Banners } from "./parts/banners.js";
import { Bar } from "./parts/bar.js";
import { Loading } from "./parts/loading.js";
import { keepShown, makeQueries } from "./parts/queries.js";
import { useAutoLock } from "./parts/auto-lock.js";
import { Follower, WalletProvider, useStanding, useWallet } from "./parts/wallet-context.js";
import { languageNow } from "./words/words.js";

const pages = {
  scan: lazy(async () => ({ default: (await import("./pages/scan.js")).ScanPage })),
  pay: lazy(async () => ({ default: (await import("./pages/pay.js")).PayPage })),
  result: lazy(async () => ({ default: (await import("./pages/result.js")).ResultPage })),
  payCode: lazy(async () => ({ default: (await import("./pages/pay-code.js")).PayCodePage })),
  transfer: lazy(async () => ({ default: (await import("./pages/transfer.js")).TransferPage })),
  requests: lazy(async () => ({ default: (await import("./pages/requests.js")).RequestsPage })),
  ask: lazy(async () => ({ default: (await import("./pages/ask.js")).AskPage })),
  receive: lazy(async () => ({ default: (await import("./pages/receive.js")).ReceivePage })),
  trade: lazy(async () => ({ default: (await import("./pages/trade.js")).TradePage })),
  activity: lazy(async () => ({ default: (await import("./pages/activity.js")).ActivityPage })),
  receipt: lazy(async () => ({ default: (await import("./pages/receipt.js")).ReceiptPage })),
  shared: lazy(async () => ({ default: (await import("./pages/shared.js")).SharedPage })),
  cards: lazy(async () => ({ default: (await import("./pages/cards.js")).CardsPage })),
  card: lazy(async () => ({ default: (await import("./pages/card.js")).CardPage })),
  addCard: lazy(async () => ({ default: (await import("./pages/add-card.js")).AddCardPage })),
  me: lazy(async () => ({ default: (await import("./pages/me.js")).MePage })),
  phones: lazy(async () => ({ default: (await import("./pages/phones.js")).PhonesPage })),
  statement: lazy(async () => ({ default: (await import("./pages/statement.js")).StatementPage })),
} as const;

/** The app around one wallet. */
export function App({ wallet }: { wallet: Wallet }) {
  const { i18n } = useTranslation();
  const [queries] = useState(makeQueries);
  const language = languageNow();
  wallet.speak(language);
  useEffect(() => {
    let end: (() => void) | undefined;
    void keepShown(wallet, queries).then((given) => {
      end = given;
    });
    return () => end?.();
  }, [wallet, queries]);
  return (
    <LanguageProvider language={language} key={i18n.language}>
      <WalletProvider wallet={wallet}>
        <QueryClientProvider client={queries}>
          <HashRouter>
            <Gate />
          </HashRouter>
        </QueryClientProvider>
      </WalletProvider>
    </LanguageProvider>
  );
}

/** A shared receipt is open to strangers; everything else is behind the first run and the PIN. */
function Gate() {
  const { pathname } = useLocation();
  const standing = useStanding();
  if (pathname === "/shared") {
    return (
      <Framed>
        <pages.shared />
      </Framed>
    );
  }
  switch (standing) {
    case "new":
      return <WelcomePage />;
    case "locked":
      return <LockPage />;
    case "open":
      return <Open />;
  }
}

function Open() {
  const wallet = useWallet();
  useAutoLock();
  useEffect(() => {
    renewSessions(wallet).catch(() => undefined); // tried again when the wallet is next opened; the owner's key signs on
  }, [wallet]);
  return (
    <>
      <Follower />
      <Framed>
        <Routes>
          <Route path="/" element={<HomePage />} />
          <Route path="/scan" element={<pages.scan />} />
          <Route path="/pay" element={<pages.pay />} />
          <Route path="/result/:id" element={<pages.result />} />
          <Route path="/pay-code" element={<pages.payCode />} />
          <Route path="/transfer" element={<pages.transfer />} />
          <Route path="/requests" element={<pages.requests />} />
          <Route path="/requests/new" element={<pages.ask />} />
          <Route path="/receive" element={<pages.receive />} />
          <Route path="/trade" element={<pages.trade />} />
          <Route path="/activity" element={<pages.activity />} />
          <Route path="/receipt/:account/:id" element={<pages.receipt />} />
          <Route path="/cards" element={<pages.cards />} />
          <Route path="/cards/new" element={<pages.addCard />} />
          <Route path="/cards/:account" element={<pages.card />} />
          <Route path="/me" element={<pages.me />} />
          <Route path="/phones" element={<pages.phones />} />
          <Route path="/statement" element={<pages.statement />} />
          <Route path="*" element={<HomePage />} />
        </Routes>
      </Framed>
      <Bar />
    </>
  );
}

function Framed({ children }: { children: ReactNode }) {
  return (
    <div className="pw-frame">
      <Banners />
      <Suspense fallback={<Loading />}>{children}</Suspense>
    </div>
  );
}
