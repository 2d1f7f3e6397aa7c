import type { RoomPerson } from "@estrade/protocol";
import { expect, test } from "vitest";
import { actionsFor, mayPublish } from "./powers";

const bob: RoomPerson = {
  seat_id: "bob", name: "Bob", role: "attendee", is_on_stage: false, hand_raised_at: null, is_silenced: false, is_here: true, is_removed: false, is_banned: false,
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

test("a ban is lifted, and nothing else is done to the banned", () => {
  const banned = { ...bob, is_here: false, is_removed: true, is_banned: true };
  expect(actionsFor("cohost", banned, { kind: "stage", isLocked: true })).toEqual(["unban"]);
  expect(actionsFor("moderator", banned, stage)).toEqual([]);
});

test("a class has no stage to promote anybody to", () => {
  expect(actionsFor("host", bob, { kind: "class", isLocked: false })).not.toContain("promote");
});

test.each([
  ["class", "attendee", false, true],
  ["stage", "attendee", false, false],
  ["stage", "attendee", true, true],
  ["stage", "moderator", false, false],
  ["stage", "moderator", true, true],
  ["stage", "speaker", false, true],
  ["stage", "host", false, true],
] as const)("in a %s a %s (on stage: %s) may publish: %s, as estrade/rooms/permissions.py has it", (kind, role, isOnStage, expected) => {
  expect(mayPublish(kind, role, isOnStage)).toBe(expected);
});
