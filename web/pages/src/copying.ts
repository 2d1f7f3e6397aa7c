// Copy buttons, and the toasts that say so.

const TOAST_MS = 6000;

/** Say `text` at the foot of the page for six seconds. */
export function toast(page: Document, text: string): void {
  const place = page.querySelector("[data-toasts]");
  if (!place) return;
  const line = page.createElement("p");
  line.className = "rise rounded-field bg-neutral text-neutral-content px-4 py-3";
  line.textContent = text;
  place.append(line);
  setTimeout(() => line.remove(), TOAST_MS);
}

/** Show every [data-copy] button and make it copy its text. */
export function startCopying(page: Document, clipboard: Pick<Clipboard, "writeText"> | undefined): void {
  if (!clipboard) return;
  for (const button of page.querySelectorAll<HTMLElement>("[data-copy]")) {
    button.hidden = false;
    button.addEventListener("click", () => {
      const copied = page.querySelector<HTMLElement>("[data-toasts]")?.dataset["copied"] ?? "";
      clipboard.writeText(button.dataset["copy"] ?? "").then(() => toast(page, copied), () => undefined);
    });
  }
}
