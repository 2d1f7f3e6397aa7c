// Times in the visitor's own zone, and time that is left.

type Style = "long" | "short" | "date" | "day" | "time" | "stamp";

const DATES: Record<Exclude<Style, "time">, Intl.DateTimeFormatOptions> = {
  long: { weekday: "long", day: "numeric", month: "long", year: "numeric" },
  date: { weekday: "long", day: "numeric", month: "long", year: "numeric" },
  short: { weekday: "short", day: "numeric", month: "short" },
  day: { weekday: "short", day: "numeric", month: "short" },
  stamp: { day: "numeric", month: "short", year: "numeric" },
};

/** `moment` in `zone` as the server writes it: Sunday 29 November 2026, 20:30. */
export function formatMoment(moment: Date, style: Style, language: string, zone: string): string {
  const locale = language.startsWith("en") ? "en-GB" : language;
  const time = new Intl.DateTimeFormat(locale, { hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone: zone }).format(moment);
  if (style === "time") return time;
  const date = new Intl.DateTimeFormat(locale, { ...DATES[style], timeZone: zone }).format(moment).replace(/(\p{L}+),/u, "$1");
  const capital = style === "long" || style === "date" ? date.charAt(0).toUpperCase() + date.slice(1) : date;
  return style === "date" || style === "day" ? capital : `${capital}, ${time}`;
}

/** The place that names a zone: Lisbon for Europe/Lisbon. */
export function placeOf(zone: string): string {
  return (zone.split("/").at(-1) ?? zone).replaceAll("_", " ");
}

function wall(moment: Date, zone: string): string {
  return new Intl.DateTimeFormat("en-GB", { dateStyle: "short", timeStyle: "short", timeZone: zone }).format(moment);
}

/** Rewrite every [data-local-time] whose clock differs from the visitor's, and say so in each [data-zone-note]. */
export function showLocalTimes(page: Document, visitorZone: string): void {
  const language = page.documentElement.lang || "en";
  for (const element of page.querySelectorAll<HTMLTimeElement>("time[data-local-time]")) {
    const moment = new Date(element.dateTime);
    const zone = element.dataset["zone"] ?? "UTC";
    if (wall(moment, zone) === wall(moment, visitorZone)) continue;
    element.textContent = formatMoment(moment, element.dataset["localTime"] as Style, language, visitorZone);
  }
  for (const note of page.querySelectorAll<HTMLElement>("[data-zone-note]")) {
    const moment = new Date(note.dataset["moment"] ?? "");
    if (Number.isNaN(moment.getTime()) || wall(moment, note.dataset["zone"] ?? "UTC") === wall(moment, visitorZone)) continue;
    note.textContent = (note.dataset["zoneNote"] ?? "").replace("%(place)s", placeOf(visitorZone));
  }
}

const UNITS = { en: { day: "d", hour: "h" }, fr: { day: "j", hour: "h" } };

/** What is left, in the two units that matter: 2 d 3 h, 1 h 05, 9 min 42. */
export function formatLeft(seconds: number, language: string): string {
  const left = Math.max(0, Math.floor(seconds));
  const unit = language.startsWith("fr") ? UNITS.fr : UNITS.en;
  const [days, hours, minutes] = [Math.floor(left / 86_400), Math.floor((left % 86_400) / 3600), Math.floor((left % 3600) / 60)];
  const two = (value: number) => String(value).padStart(2, "0");
  if (days > 0) return `${days} ${unit.day} ${hours} ${unit.hour}`;
  if (hours > 0) return `${hours} ${unit.hour} ${two(minutes)}`;
  return `${minutes} min ${two(left % 60)}`;
}

/** Count every [data-countdown] down, its paragraph's [data-counting] saying "in" instead of "at"; at zero it says its data-done and the page hears `estrade:done`. */
export function startCountdowns(page: Document, now: () => number): void {
  const language = page.documentElement.lang || "en";
  for (const element of page.querySelectorAll<HTMLTimeElement>("time[data-countdown]")) {
    const ends = new Date(element.dateTime).getTime();
    const label = element.closest("p")?.querySelector<HTMLElement>("[data-counting]");
    if (label && ends > now()) label.textContent = label.dataset["counting"] ?? "";
    const show = () => {
      const seconds = (ends - now()) / 1000;
      element.textContent = seconds > 0 ? formatLeft(seconds, language) : (element.dataset["done"] ?? formatLeft(0, language));
      if (seconds > 0) return;
      clearInterval(timer);
      element.dispatchEvent(new CustomEvent("estrade:done", { bubbles: true }));
    };
    const timer = setInterval(show, 1000);
    show();
  }
}
