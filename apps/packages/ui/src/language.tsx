/** In which of the network's languages components speak. */

import { createContext, useContext } from "react";
import type { ReactNode } from "react";

import type { Language } from "@payport/ledger-client/sentences";

import { MESSAGES } from "./messages.js";
import type { Messages } from "./messages.js";

/** Tags under which browsers know the languages; mainland conventions for Chinese, currency codes spelled for both. */
export const LOCALES: Readonly<Record<Language, string>> = { en: "en", zh: "zh-CN" };

const Chosen = createContext<Language | undefined>(undefined);

/** What is inside speaks `language`. Components outside of every provider refuse to be shown. */
export function LanguageProvider({ language, children }: { language: Language; children: ReactNode }) {
  return <Chosen.Provider value={language}>{children}</Chosen.Provider>;
}

/** Return the language spoken here. */
export function useLanguage(): Language {
  const language = useContext(Chosen);
  if (language === undefined) {
    throw new Error("there is no LanguageProvider above this component");
  }
  return language;
}

/** Return the texts of this package's components. */
export function useMessages(): Messages {
  return MESSAGES[useLanguage()];
}
