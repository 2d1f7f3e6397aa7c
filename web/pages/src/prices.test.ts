import { expect, test } from "vitest";
import { formatMoney, minorOf, tipOf, totalOf } from "./prices.ts";

test("an amount is read with a comma or a point, and nothing else", () => {
  expect(["10", "10,5", "10.50", " 7 ", "0,05"].map((text) => minorOf(text, 2))).toEqual([1000, 1050, 1050, 700, 5]);
  expect(["", "ten", "-3", "1.234", "1e3"].map((text) => minorOf(text, 2))).toEqual(Array(5).fill(undefined));
});

test("a donation adds to the price and not to the places", () => {
  const choices = [
    { quantity: 2, unitMinor: 1500, givesTicket: true },
    { quantity: 1, unitMinor: 500, givesTicket: false },
  ];

  expect(totalOf(choices)).toEqual({ places: 2, minor: 3500 });
});

test("money is written as the server writes it", () => {
  expect(formatMoney(2500, "EUR", "en")).toBe("€25.00");
  expect(formatMoney(2500, "EUR", "fr")).toBe("25,00\u00a0€");
  expect(formatMoney(2500, "JPY", "en")).toBe("JP¥2,500");
});

test("what is left to the site is a part of the price or an amount of one's own", () => {
  expect(tipOf("0", "", 2500, 2)).toBe(0);
  expect(tipOf("500", "", 2510, 2)).toBe(126);
  expect(tipOf("own", "1,50", 2500, 2)).toBe(150);
  expect(tipOf("own", "much", 2500, 2)).toBe(0);
});
