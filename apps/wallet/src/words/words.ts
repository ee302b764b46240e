/** The words of the app, in the language that was chosen or that the phone speaks. */

import i18next from "i18next";
import { initReactI18next } from "react-i18next";

import type { Language } from "@payport/ledger-client/sentences";
import { LOCALES } from "@payport/ui/language";

import { en } from "./en.js";
import { zh } from "./zh.js";

declare module "i18next" {
  interface CustomTypeOptions {
    defaultNS: "translation";
    resources: { translation: typeof en };
  }
}

const CHOSEN = "payport-language";

/** Begin to speak. */
export async function beginWords(): Promise<void> {
  await i18next.use(initReactI18next).init({
    resources: { en: { translation: en }, zh: { translation: zh } },
    lng: firstLanguage(),
    fallbackLng: "en",
    interpolation: { escapeValue: false }, // React escapes
  });
  document.documentElement.lang = LOCALES[languageNow()];
}

/** Return the language spoken now. */
export function languageNow(): Language {
  return i18next.language === "en" ? "en" : "zh";
}

/** Speak another language from now on. */
export async function chooseLanguage(language: Language): Promise<void> {
  localStorage.setItem(CHOSEN, language);
  await i18next.changeLanguage(language);
  document.documentElement.lang = LOCALES[language];
}

function firstLanguage(): Language {
  const chosen = localStorage.getItem(CHOSEN);
  if (chosen === "en" || chosen === "zh") {
    return chosen;
  }
  return navigator.language.toLowerCase().startsWith("zh") ? "zh" : "en";
}
