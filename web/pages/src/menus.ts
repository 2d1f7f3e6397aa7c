// Menus are <details>; the script closes them as people expect.

/** Close a [data-menu] on Escape, on a click elsewhere, and when the focus leaves it. */
export function startMenus(page: Document): void {
  const menus = [...page.querySelectorAll<HTMLDetailsElement>("details[data-menu]")];
  for (const menu of menus) {
    menu.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || !menu.open) return;
      menu.open = false;
      menu.querySelector("summary")?.focus();
    });
    menu.addEventListener("focusout", (event) => {
      if (event.relatedTarget instanceof Node && !menu.contains(event.relatedTarget)) menu.open = false;
    });
  }
  page.addEventListener("click", (event) => {
    for (const menu of menus) if (event.target instanceof Node && !menu.contains(event.target)) menu.open = false;
  });
}
