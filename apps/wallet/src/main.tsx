/** The wallet begins here. */

import { StrictMode } from "react";
import { createRoot } from "react-dom/client";

import "antd-mobile/es/global";
import "@payport/ui/antd-mobile.css";
import "@payport/ui/styles.css";
import "./wallet.css";

import { App } from "./app.js";
import { prepareInsecurePage } from "./device/platform.js";
import { Wallet } from "./device/wallet.js";
import { beginWords } from "./words/words.js";
import { beginTheme } from "./words/theme.js";

prepareInsecurePage();
beginTheme();

const place = document.getElementById("wallet");
if (place !== null) {
  const root = createRoot(place);
  await beginWords();
  const wallet = await Wallet.begin();
  root.render(
    <StrictMode>
      <App wallet={wallet} />
    </StrictMode>,
  );
}
