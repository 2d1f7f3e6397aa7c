// @vitest-environment jsdom
import { expect, test } from "vitest";
import { startSteppers, stepped } from "./steppers.ts";

test("a stepper stays within its limits and takes rubbish for nothing", () => {
  expect([stepped("6", 1, 0, 6), stepped("0", -1, 0, 6), stepped("x", 1, 0, 6)]).toEqual([6, 0, 1]);
});

test("a click on the button changes the field and tells the form", () => {
  document.body.innerHTML = '<div class="qty"><button data-step="-1"></button><input type="number" min="0" max="6" value="1"><button data-step="1"></button></div>';
  let heard = 0;
  document.body.addEventListener("input", () => (heard += 1));

  startSteppers(document);
  document.querySelectorAll("button")[1]?.click();

  expect([document.querySelector("input")?.value, heard]).toEqual(["2", 1]);
});
