/** A part of the gallery. */

import type { ReactNode } from "react";

import { useLanguage } from "@payport/ui/language";

/** Choose by the language of the page. */
export function useWords(): (english: string, chinese: string) => string {
  const isChinese = useLanguage() === "zh";
  return (english, chinese) => (isChinese ? chinese : english);
}

/** A named part. */
export function Part({ name, children }: { name: string; children: ReactNode }) {
  return (
    <section id={name} aria-label={name}>
      <h2>{name}</h2>
      {children}
    </section>
  );
}
