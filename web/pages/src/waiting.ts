// A page that waits for something (a payment, a place in the queue) looks again by itself.

/** Reload a page with [data-look-again="seconds"] after that time, unless someone is typing in it. */
export function startLookingAgain(page: Document, reload: () => void): void {
  const seconds = Number(page.querySelector<HTMLElement>("[data-look-again]")?.dataset["lookAgain"] ?? "0");
  if (seconds <= 0) return;
  setTimeout(() => {
    if (!(page.activeElement instanceof HTMLInputElement)) reload();
  }, seconds * 1000);
}

/** A form is sent once: its button rests after the first click. */
export function startSendingOnce(page: Document): void {
  for (const form of page.querySelectorAll<HTMLFormElement>("form[data-once]")) {
    form.addEventListener("submit", (event) => {
      if (form.dataset["sent"] !== undefined) event.preventDefault();
      form.dataset["sent"] = "";
    });
  }
  // Coming back with the browser's own button shows the page as it was: it may be sent again.
  page.defaultView?.addEventListener("pageshow", () => {
    for (const form of page.querySelectorAll<HTMLFormElement>("form[data-once]")) delete form.dataset["sent"];
  });
}
