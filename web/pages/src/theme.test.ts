// @vitest-environment jsdom
import { expect, test } from "vitest";
import { startThemeToggle } from "./theme.ts";

test("the toggle turns the lights down, and the server will know", () => {
  document.body.innerHTML = "<button hidden data-theme-toggle></button>";
  delete document.documentElement.dataset["theme"];

  startThemeToggle(document, () => false);
  const button = document.querySelector("button");
  button?.click();

  expect(button?.hidden).toBe(false);
  expect(document.documentElement.dataset["theme"]).toBe("estrade-dark");
  expect(document.cookie).toContain("theme=estrade-dark");
});
