// The all-in price of what is chosen on an event page, while it is being chosen. The server reckons it again.

export interface Choice {
  quantity: number;
  unitMinor: number;
  givesTicket: boolean;
}

/** Minor units of an amount as people type it: "10", "10,5", "10.50". Nothing for what is no amount. */
export function minorOf(text: string, exponent: number): number | undefined {
  const match = /^\s*(\d+)(?:[.,](\d*))?\s*$/.exec(text);
  if (!match || (match[2] ?? "").length > exponent) return undefined;
  return Number(`${match[1]}${(match[2] ?? "").padEnd(exponent, "0")}`);
}

/** How many places, and what they cost together. */
export function totalOf(choices: Choice[]): { places: number; minor: number } {
  return {
    places: choices.reduce((sum, choice) => sum + (choice.givesTicket ? choice.quantity : 0), 0),
    minor: choices.reduce((sum, choice) => sum + choice.quantity * choice.unitMinor, 0),
  };
}

/** What the buyer leaves to the site besides, in minor units: a part of the price in basis points, or an amount of their own. */
export function tipOf(said: string, own: string, minor: number, exponent: number): number {
  if (said === "own") return minorOf(own, exponent) ?? 0;
  const points = Number(said);
  return Math.floor((minor * points) / 10000 + 0.5);
}

export function formatMoney(minor: number, currency: string, language: string): string {
  const format = new Intl.NumberFormat(language.startsWith("en") ? "en-GB" : language, { style: "currency", currency });
  return format.format(minor / 10 ** (format.resolvedOptions().maximumFractionDigits ?? 2));
}

function choiceOf(row: HTMLElement, exponent: number): Choice {
  const quantity = row.querySelector<HTMLInputElement>("[data-quantity]");
  const amount = row.querySelector<HTMLInputElement>("[data-amount]");
  const typed = amount ? minorOf(amount.value, exponent) : undefined;
  const givesTicket = row.dataset["givesTicket"] !== "false";
  return {
    quantity: quantity ? Number.parseInt(quantity.value, 10) || 0 : typed ? 1 : 0,
    unitMinor: amount ? (typed ?? 0) : Number(row.dataset["priceMinor"] ?? "0"),
    givesTicket,
  };
}

/** Keep [data-total] and [data-count] of a form[data-prices] in step with its rows. */
export function startPrices(page: Document): void {
  const language = page.documentElement.lang || "en";
  for (const form of page.querySelectorAll<HTMLFormElement>("form[data-prices]")) {
    const currency = form.dataset["prices"] ?? "EUR";
    const exponent = Number(form.dataset["exponent"] ?? "2");
    const show = () => {
      const rows = [...form.querySelectorAll<HTMLElement>("[data-offer]")];
      const { places, minor: price } = totalOf(rows.map((row) => choiceOf(row, exponent)));
      const tip = form.querySelector<HTMLInputElement>("[name=tip]:checked")?.value ?? "0";
      const own = form.querySelector<HTMLInputElement>("[data-tip-amount]");
      const minor = price + (price ? tipOf(tip, own?.value ?? "", price, exponent) : 0);
      for (const part of page.querySelectorAll<HTMLElement>("[data-total]")) part.textContent = formatMoney(minor, currency, language);
      for (const part of page.querySelectorAll<HTMLElement>("[data-count]")) {
        const text = part.dataset[places === 0 ? "none" : places === 1 ? "one" : "many"] ?? "";
        part.textContent = text.replace("%(count)s", String(places));
      }
      for (const part of page.querySelectorAll<HTMLElement>("[data-when-chosen]")) part.hidden = false;
    };
    // Who types an amount has chosen to give it.
    form.querySelector<HTMLInputElement>("[data-tip-amount]")?.addEventListener("input", () => {
      const choice = form.querySelector<HTMLInputElement>("[name=tip][value=own]");
      if (choice) choice.checked = true;
    });
    form.addEventListener("input", show);
    show();
  }
}
