// Light or dark: the visitor's choice lives in a cookie, so that the server renders it and nothing flashes.

export type Theme = "estrade-light" | "estrade-dark";

const YEAR_SECONDS = 31_536_000;

/** The theme one sees now: the choice if there is one, else the system's. */
export function currentTheme(root: HTMLElement, prefersDark: boolean): Theme {
  const chosen = root.dataset["theme"];
  if (chosen === "estrade-light" || chosen === "estrade-dark") return chosen;
  return prefersDark ? "estrade-dark" : "estrade-light";
}

/** Make every [data-theme-toggle] change the theme and remember it. */
export function startThemeToggle(page: Document, prefersDark: () => boolean): void {
  for (const button of page.querySelectorAll<HTMLButtonElement>("[data-theme-toggle]")) {
    button.hidden = false;
    button.addEventListener("click", () => {
      const root = page.documentElement;
      const next: Theme = currentTheme(root, prefersDark()) === "estrade-dark" ? "estrade-light" : "estrade-dark";
      root.dataset["theme"] = next;
      page.cookie = `theme=${next}; path=/; max-age=${YEAR_SECONDS}; samesite=lax`;
    });
  }
}
