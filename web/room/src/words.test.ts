import { REACTIONS } from "@estrade/protocol";
import { expect, test } from "vitest";
import { DEVICE_TROUBLES } from "./capture";
import { ROOM_ERROR_REASONS } from "./errors";
import { en } from "./messages.en";
import { fr } from "./messages.fr";

const keys = Object.keys(en) as (keyof typeof en)[];

test("both languages have the same keys, and sentences where the other has sentences", () => {
  expect(Object.keys(fr).sort()).toEqual([...keys].sort());
  for (const key of keys) expect(typeof fr[key], key).toBe(typeof en[key]);
});

test("no sentence is empty, and none is left in the other language", () => {
  const same = new Set(["language", "microphone", "react", "messages"]);
  for (const key of keys) {
    const [english, french] = [en[key], fr[key]];
    if (typeof english !== "string" || typeof french !== "string") continue;
    expect(english.length * french.length, key).toBeGreaterThan(0);
    if (!same.has(key)) expect(french, key).not.toBe(english);
  }
});

test.each([["en", en], ["fr", fr]] as const)("in %s every refusal, device and reaction has words", (_, words) => {
  for (const reason of ROOM_ERROR_REASONS) expect(words.refusal(reason)).toMatch(/\.$/);
  for (const kind of ["camera", "microphone"] as const) {
    for (const trouble of DEVICE_TROUBLES) expect(words.deviceTrouble(kind, trouble).every((sentence) => sentence.endsWith("."))).toBe(true);
  }
  for (const reaction of REACTIONS) expect(words.reaction(reaction)).not.toBe("");
});

test("French puts a space that does not break before high punctuation", () => {
  const sentences = keys.flatMap((key) => (typeof fr[key] === "string" ? [fr[key]] : []));

  expect(sentences.filter((sentence) => / [:;?!]/.test(sentence))).toEqual([]);
});
