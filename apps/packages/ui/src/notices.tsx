/** What a page shows when it has nothing to show. */

import type { ReactNode } from "react";

import { useMessages } from "./language.js";

const FACES = {
  empty: "M8 22l6-14h20l6 14v16H8zM8 22h10l2 5h8l2-5h10",
  error: "M24 6l20 35H4zM24 19v10M24 34.5v.5",
  offline: "M6 18c10-10 26-10 36 0M12 25c7-7 17-7 24 0M18 32c4-4 8-4 12 0M24 38v.5M8 6l32 36",
} as const;

/** A state in words. */
export interface NoticeProps {
  /** In a few words. */
  readonly title: string;
  /** Why, and what to do. */
  readonly children?: ReactNode;
  /** Buttons to go on with. */
  readonly actions?: ReactNode;
}

/** There is nothing yet. */
export function EmptyNotice(props: NoticeProps) {
  return <Notice kind="empty" {...props} />;
}

/** Something failed; it is announced. */
export function ErrorNotice(props: NoticeProps) {
  return <Notice kind="error" {...props} />;
}

/** A whole page cannot be shown without a network. */
export function OfflineNotice({ children, actions }: Omit<NoticeProps, "title">) {
  const { offline } = useMessages();
  return (
    <Notice kind="offline" title={offline} actions={actions}>
      {children}
    </Notice>
  );
}

/** One line above a page that shows what was known before the network went; put it there always, so that it is heard. */
export function OfflineBar({ offline }: { offline: boolean }) {
  const messages = useMessages();
  return (
    <div role="status">
      {offline && (
        <p className="pp-offline-bar">
          <strong>{messages.offline}</strong> {messages.offlineExplained}
        </p>
      )}
    </div>
  );
}

function Notice({ kind, title, children, actions }: NoticeProps & { kind: keyof typeof FACES }) {
  return (
    <div className={`pp-notice pp-notice-${kind}`} role={kind === "empty" ? undefined : "alert"}>
      <svg viewBox="0 0 48 48" aria-hidden="true">
        <path d={FACES[kind]} />
      </svg>
      <p className="pp-notice-title">{title}</p>
      {children !== undefined && <div className="pp-notice-text">{children}</div>}
      {actions !== undefined && <div className="pp-actions">{actions}</div>}
    </div>
  );
}
