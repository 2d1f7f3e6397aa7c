import type { RoomPerson } from "@estrade/protocol";
import { expect, test } from "vitest";
import { actionsFor } from "./powers";

const bob: RoomPerson = {
  seat_id: "bob", name: "Bob", role: "attendee", is_on_stage: false, hand_raised_at: null, is_silenced: false, is_here: true, is_removed: false,
};
const stage = { kind: "stage", isLocked: false } as const;

test("a host may do everything that makes sense, a moderator keeps order, nobody else anything", () => {
  expect(actionsFor("host", bob, stage)).toEqual(["promote", "mute", "silence", "remove", "ban"]);
  expect(actionsFor("moderator", bob, stage)).toEqual(["mute", "silence", "remove"]);
  expect(actionsFor("speaker", bob, stage)).toEqual([]);
  expect(actionsFor("attendee", bob, stage)).toEqual([]);
});

test("nobody acts on an equal or on somebody above", () => {
  expect(actionsFor("cohost", { ...bob, role: "cohost" }, stage)).toEqual([]);
  expect(actionsFor("moderator", { ...bob, role: "speaker" }, stage)).toEqual([]);
  expect(actionsFor("moderator", { ...bob, role: "host" }, stage)).toEqual([]);
});

test("who was removed may be admitted or banned, who waits before a locked room admitted", () => {
  expect(actionsFor("host", { ...bob, is_here: false, is_removed: true }, stage)).toEqual(["admit", "ban"]);
  expect(actionsFor("host", { ...bob, is_here: false }, { kind: "stage", isLocked: true })).toContain("admit");
});

test("a class has no stage to promote anybody to", () => {
  expect(actionsFor("host", bob, { kind: "class", isLocked: false })).not.toContain("promote");
});
