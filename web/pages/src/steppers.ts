// Quantity steppers: two buttons around a number field. Without script the field alone does the work.

/** `value` moved by `step`, kept within the field's limits. */
export function stepped(value: string, step: number, min: number, max: number): number {
  const now = Number.parseInt(value, 10);
  return Math.min(max, Math.max(min, (Number.isNaN(now) ? 0 : now) + step));
}

/** Bring the buttons of every .qty to life. */
export function startSteppers(page: Document): void {
  for (const stepper of page.querySelectorAll<HTMLElement>(".qty")) {
    const input = stepper.querySelector("input");
    if (!input) continue;
    stepper.dataset["ready"] = "";
    for (const button of stepper.querySelectorAll<HTMLButtonElement>("button[data-step]")) {
      button.addEventListener("click", () => {
        const max = input.max === "" ? Number.POSITIVE_INFINITY : Number(input.max);
        input.value = String(stepped(input.value, Number(button.dataset["step"]), Number(input.min || "0"), max));
        input.dispatchEvent(new Event("input", { bubbles: true }));
      });
    }
  }
}
