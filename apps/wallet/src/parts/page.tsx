/** The frame of a page: its heading, the way back, and what is in it. */

import { useEffect, useRef } from "react";
import type { ReactNode } from "react";

import { useTranslation } from "react-i18next";
import { useLocation, useNavigate } from "react-router-dom";

/** What a page is called, and what it holds. */
export interface PageProps {
  /** Its heading. */
  readonly title: string;
  /** Whether there is a way back; the pages of the bar below have none. */
  readonly back?: boolean | string;
  /** What stands at the end of the head. */
  readonly extra?: ReactNode;
  /** What is in it. */
  readonly children: ReactNode;
}

/** A page. A screen reader begins at its heading. */
export function Page({ title, back = true, extra, children }: PageProps) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const { key } = useLocation();
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${title} · ${t("app.name")}`;
  }, [title, t]);
  useEffect(() => {
    if (document.activeElement === document.body || document.activeElement === null) {
      heading.current?.focus({ preventScroll: true });
    }
  }, []);
  const leave = (): void => {
    // A page that was opened by its address has nothing behind it.
    if (typeof back === "string") {
      void navigate(back);
    } else {
      void (key === "default" ? navigate("/") : navigate(-1));
    }
  };
  return (
    <>
      <header className="pw-head">
        {back !== false && (
          <button type="button" className="pw-back" aria-label={t("app.back")} onClick={leave}>
            <svg viewBox="0 0 24 24" width="24" height="24" aria-hidden="true">
              <path d="M15 5l-7 7 7 7" />
            </svg>
          </button>
        )}
        <h1 ref={heading} tabIndex={-1}>
          {title}
        </h1>
        <div className="pw-extra">{extra}</div>
      </header>
      <main className="pw-main">{children}</main>
    </>
  );
}

/** A card-like block with a heading of its own. */
export function Block({ title, children }: { title?: string; children: ReactNode }) {
  return (
    <section className="pw-block">
      {title !== undefined && <h2>{title}</h2>}
      {children}
    </section>
  );
}
