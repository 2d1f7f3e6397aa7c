import { expect, test } from "vitest";
import { personCalled } from "./fakes";
import { arrange, type ArrangeOptions, columnsFor } from "./layout";

const options = (part: Partial<ArrangeOptions>): ArrangeOptions => ({
  kind: "stage", layout: "speaker", people: [], pinned: null, spotlightSeat: null, before: null, page: 0, room: 6, isOwnApart: false, ...part,
});
const audience = (seatId: string) => personCalled(seatId, { camera: null, microphone: "none" });

test("a stage shows those who are on it, and nobody of the audience", () => {
  const { main, others } = arrange(options({ people: [personCalled("alice", { role: "host" }), audience("bob"), audience("carol")] }));

  expect(main?.person.seatId).toBe("alice");
  expect(others).toEqual([]);
});

test("who speaks is large, and stays so until somebody else speaks", () => {
  const quiet = [personCalled("alice", { role: "host" }), personCalled("carol")];
  const carolSpeaks = [personCalled("alice", { role: "host" }), personCalled("carol", { isSpeaking: true, lastSpokeAt: 2 })];

  expect(arrange(options({ people: quiet })).main?.person.seatId).toBe("alice");
  expect(arrange(options({ people: carolSpeaks, before: "alice/camera" })).main?.person.seatId).toBe("carol");
  expect(arrange(options({ people: quiet, before: "carol/camera" })).main?.person.seatId).toBe("carol");
});

test("nobody is shown themselves large while others are there", () => {
  const people = [personCalled("me", { isMe: true, isSpeaking: true }), personCalled("carol")];

  expect(arrange(options({ people, before: "me/camera" })).main?.person.seatId).toBe("carol");
});

test("a pin outweighs a screen, a screen the spotlight, the spotlight who speaks", () => {
  const people = [personCalled("alice", { screen: { id: "s", isOn: true } }), personCalled("carol"), personCalled("dan", { isSpeaking: true })];

  expect(arrange(options({ people, pinned: "dan/camera", spotlightSeat: "carol" })).main?.key).toBe("dan/camera");
  expect(arrange(options({ people, spotlightSeat: "carol" })).main?.key).toBe("alice/screen");
  expect(arrange(options({ people: people.slice(1), spotlightSeat: "carol" })).main?.key).toBe("carol/camera");
});

test("a class shows everybody with their camera or without, oneself only when alone", () => {
  const me = personCalled("me", { isMe: true });

  expect(arrange(options({ kind: "class", layout: "grid", people: [me] })).others.map((tile) => tile.key)).toEqual(["me/camera"]);
  expect(arrange(options({ kind: "class", layout: "grid", people: [me, audience("bob")] })).others.map((tile) => tile.key)).toEqual(["bob/camera"]);
});

test("what does not fit is on the next page, and a page that is gone is the last one", () => {
  const people = Array.from({ length: 14 }, (_, index) => personCalled(`p${index}`));

  const second = arrange(options({ kind: "class", layout: "grid", people, room: 5, page: 1 }));
  const gone = arrange(options({ kind: "class", layout: "grid", people, room: 5, page: 9 }));

  expect(second.others.map((tile) => tile.person.seatId)).toEqual(["p5", "p6", "p7", "p8", "p9"]);
  expect([gone.page, gone.pages, gone.others.length]).toEqual([2, 3, 4]);
});

test("columns leave no tile alone on a wide screen nor a sliver on a phone", () => {
  expect([1, 2, 4, 9, 12].map((count) => columnsFor(count, false))).toEqual([1, 2, 2, 3, 4]);
  expect([1, 2, 4, 9].map((count) => columnsFor(count, true))).toEqual([1, 1, 2, 2]);
});

test("one's own camera floats above whatever else there is to see, and is there when there is nothing else", () => {
  const me = personCalled("me", { isMe: true, screen: { id: "screen", isOn: true } });
  const apart = arrange(options({ people: [me, personCalled("carol")], isOwnApart: true }));

  expect([apart.main, ...apart.others].map((tile) => tile?.key)).toEqual(["me/screen", "carol/camera"]);
  expect(arrange(options({ people: [personCalled("me", { isMe: true })], isOwnApart: true })).main?.key).toBe("me/camera");
});
