/** What is shown while something is on its way. */

import { Skeleton } from "antd-mobile";
import { useTranslation } from "react-i18next";

/** Grey lines where text will be. */
export function Loading() {
  const { t } = useTranslation();
  return (
    <div className="pw-loading" role="status">
      <span className="pp-unseen">{t("app.loading")}</span>
      <div aria-hidden="true">
        <Skeleton.Title animated />
        <Skeleton.Paragraph lineCount={4} animated />
      </div>
    </div>
  );
}
