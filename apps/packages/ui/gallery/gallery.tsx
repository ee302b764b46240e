/** Every component, in the language and theme of the address: `?language=zh&theme=dark`, `?show=scanner`. */

import { StrictMode } from "react";
import { createRoot } from "react-dom/client";

import * as chime from "@payport/ui/chime";
import { LOCALES, LanguageProvider } from "@payport/ui/language";

import "@payport/scanner/scanner.css";
import "@payport/ui/styles.css";

import { CodesPart, ScannerPart } from "./codes.js";
import { MoneyPart } from "./money.js";
import "./gallery.css";
import { StatesPart } from "./states.js";

Object.assign(globalThis, { chime }); // for the test, which listens to it

const asked = new URLSearchParams(location.search);
const language = asked.get("language") === "zh" ? "zh" : "en";
const show = asked.get("show");

document.documentElement.lang = LOCALES[language];
document.documentElement.dataset["theme"] = asked.get("theme") ?? "light";

const page =
  show === "scanner" ? (
    <ScannerPart isChinese={language === "zh"} formats={asked.get("formats") ?? "qr_code"} />
  ) : (
    <>
      <MoneyPart />
      <CodesPart />
      <StatesPart />
    </>
  );

const place = document.getElementById("gallery");
if (place !== null) {
  createRoot(place).render(
    <StrictMode>
      <LanguageProvider language={language}>
        <main>
          <h1>{language === "zh" ? "组件" : "Components"}</h1>
          {page}
        </main>
      </LanguageProvider>
    </StrictMode>,
  );
}
