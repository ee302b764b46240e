/** Choosing the language of the app. */

import { useTranslation } from "react-i18next";

import { useLanguage } from "@payport/ui/language";

import { chooseLanguage } from "../words/words.js";

const NAMES = [
  ["zh", "中文", "zh-CN"],
  ["en", "English", "en"],
] as const;

/** Two choices, each in its own language. */
export function LanguageChoice() {
  const { t } = useTranslation();
  const language = useLanguage();
  return (
    <fieldset className="pw-choice">
      <legend>{t("me.language")}</legend>
      {NAMES.map(([each, name, tag]) => (
        <label key={each} lang={tag}>
          <input
            type="radio"
            name="language"
            checked={language === each}
            onChange={() => {
              void chooseLanguage(each);
            }}
          />
          <span>{name}</span>
        </label>
      ))}
    </fieldset>
  );
}
