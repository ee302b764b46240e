/** Light or dark: as the phone prefers, unless it was chosen here. */

/** A theme that can be chosen. */
export type Theme = "system" | "light" | "dark";

const CHOSEN = "payport-theme";

/** Show the theme that was chosen. */
export function beginTheme(): void {
  show(themeNow());
}

/** Return what was chosen. */
export function themeNow(): Theme {
  const chosen = localStorage.getItem(CHOSEN);
  return chosen === "light" || chosen === "dark" ? chosen : "system";
}

/** Show another theme from now on. */
export function chooseTheme(theme: Theme): void {
  localStorage.setItem(CHOSEN, theme);
  show(theme);
}

function show(theme: Theme): void {
  if (theme === "system") {
    delete document.documentElement.dataset["theme"];
  } else {
    document.documentElement.dataset["theme"] = theme;
  }
}
