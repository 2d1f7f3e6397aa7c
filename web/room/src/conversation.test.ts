import type { RoomMessage, RoomMessageKind, RoomPerson } from "@estrade/protocol";
import { expect, test } from "vitest";
import { after, conversationOf, isChat, withPeople } from "./conversation";
import { chat, roomState } from "./fakes";

let number = 0;
const act = (kind: RoomMessageKind, seatId: string | null, data: RoomMessage["data"] = {}): RoomMessage => ({
  number: (number += 1), at: `2026-11-29T19:31:${String(number).padStart(2, "0")}Z`, kind, seat_id: seatId, name: seatId ?? "", role: "attendee", text: "", data,
});
const all = (messages: RoomMessage[], settled = 0) => messages.reduce((state, message) => after(state, message, settled), conversationOf(roomState()));

test("hands stand in the order in which they were raised, each once", () => {
  const { hands } = all([act("hand_raised", "bob"), act("hand_raised", "carol"), act("hand_raised", "bob"), act("hand_lowered", "carol")]);

  expect(hands.map((hand) => hand.seatId)).toEqual(["bob"]);
});

test("who is promoted or removed has no hand raised any more", () => {
  const { hands } = all([act("hand_raised", "bob"), act("hand_raised", "carol"), act("promoted", "bob"), act("removed", "alice", { seat_id: "carol" })]);

  expect(hands).toEqual([]);
});

test("a hidden line keeps its place and loses its words", () => {
  const { log } = all([chat(1, "rude"), chat(2, "kind"), { ...act("chat_hidden", "mo"), data: { number: 1 } }]);

  expect(log.filter(isChat).map((line) => [line.text, line.isHidden])).toEqual([["", true], ["kind", false]]);
});

test("history is read without being done again", () => {
  const state = all([{ ...act("locked", null), number: 3 }, { ...act("hand_raised", "bob"), number: 4 }], 4);

  expect(state.isLocked).toBe(false);
  expect(state.hands).toEqual([]);
  expect(state.log).toHaveLength(2);
});

test("the spotlight follows whom it names, and goes out", () => {
  expect(all([act("spotlight", "alice", { seat_id: "carol" })]).spotlightSeat).toBe("carol");
  expect(all([act("spotlight", "alice", { seat_id: "carol" }), act("spotlight", "alice", { seat_id: null })]).spotlightSeat).toBeNull();
});

test("the list of people knows hands that were raised before we came", () => {
  const person = (seat_id: string, hand_raised_at: string | null): RoomPerson => ({
    seat_id, name: seat_id, role: "attendee", is_on_stage: false, hand_raised_at, is_silenced: false, is_here: true, is_removed: false, is_banned: false,
  });

  const { hands } = withPeople(conversationOf(roomState()), [person("carol", "2026-11-29T19:32:00Z"), person("dan", null), person("bob", "2026-11-29T19:31:00Z")]);

  expect(hands.map((hand) => hand.seatId)).toEqual(["bob", "carol"]);
});
