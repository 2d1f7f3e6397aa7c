/** What the room says, in the reader's language. A key that is missing in one of them does not compile. */
import { en } from "./messages.en";
import { fr } from "./messages.fr";

/** The same keys in every language: a sentence, or a function that makes one. */
export type Words = {
  readonly [Key in keyof typeof en]: (typeof en)[Key] extends (...facts: infer Facts) => infer Answer
    ? (...facts: Facts) => Answer
    : string;
};
export type Language = "en" | "fr";

const CATALOGUES: Record<Language, Words> = { en, fr };

export function wordsFor(language: Language): Words {
  return CATALOGUES[language];
}

/** A time of day as people here write it. */
export function timeOfDay(at: string | number | Date, language: Language): string {
  return new Intl.DateTimeFormat(language === "fr" ? "fr-FR" : "en-GB", { hour: "2-digit", minute: "2-digit" }).format(new Date(at));
}

/** A day and a time, for what is not today. */
export function dayAndTime(at: string, now: number, language: Language): string {
  const date = new Date(at);
  if (date.toDateString() === new Date(now).toDateString()) return timeOfDay(date, language);
  return new Intl.DateTimeFormat(language === "fr" ? "fr-FR" : "en-GB", { weekday: "long", day: "numeric", month: "long", hour: "2-digit", minute: "2-digit" }).format(date);
}
