import { expect, test } from "vitest";
import { formatLeft, formatMoment, placeOf } from "./times.ts";

const moment = new Date("2026-11-29T19:30:00Z");

test("a moment is written as the server writes it", () => {
  expect(formatMoment(moment, "long", "en", "Europe/Luxembourg")).toBe("Sunday 29 November 2026, 20:30");
  expect(formatMoment(moment, "long", "fr", "Europe/Lisbon")).toBe("Dimanche 29 novembre 2026, 19:30");
  expect(formatMoment(moment, "short", "en", "Europe/Lisbon")).toBe("Sun 29 Nov, 19:30");
  expect(formatMoment(moment, "time", "fr", "America/New_York")).toBe("14:30");
});

test("a zone is called by its place", () => {
  expect(placeOf("America/New_York")).toBe("New York");
});

test("what is left is said in the two units that matter", () => {
  expect([582, 3900, 183_600, -5].map((seconds) => formatLeft(seconds, "fr"))).toEqual(["9 min 42", "1 h 05", "2 j 3 h", "0 min 00"]);
});
