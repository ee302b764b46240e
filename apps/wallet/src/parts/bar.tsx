/** The bar at the bottom: the four places of the app. */

import { useTranslation } from "react-i18next";
import { NavLink } from "react-router-dom";

import { Icon } from "./icons.js";

const PLACES = [
  ["/", "home"],
  ["/activity", "activity"],
  ["/cards", "cards"],
  ["/me", "me"],
] as const;

/** The bar. */
export function Bar() {
  const { t } = useTranslation();
  return (
    <nav className="pw-bar" aria-label={t("bar.label")}>
      {PLACES.map(([to, name]) => (
        <NavLink key={to} to={to} end={to === "/"}>
          <Icon name={name} />
          <span>{t(`bar.${name}`)}</span>
        </NavLink>
      ))}
    </nav>
  );
}
