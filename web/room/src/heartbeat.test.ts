import type { Heartbeat } from "@estrade/protocol";
import { expect, test } from "vitest";
import { fakeClock } from "./fakes";
import { beat, createTally } from "./heartbeat";
import type { Delivered } from "./media";

test("a tally counts what is new, over tracks that begin and end", () => {
  const tally = createTally();

  expect(tally([{ id: "1", kind: "video", total: 30 }])).toEqual({ frames: 30, audioMs: 0 });
  expect(tally([{ id: "1", kind: "video", total: 50 }, { id: "2", kind: "audio", total: 900 }])).toEqual({ frames: 20, audioMs: 900 });
  expect(tally([{ id: "3", kind: "video", total: 10 }, { id: "2", kind: "audio", total: 1900 }])).toEqual({ frames: 10, audioMs: 1000 });
});

function setUp(delivered: () => Delivered[]) {
  const clock = fakeClock();
  const stop = new AbortController();
  const sent: Heartbeat[] = [];
  let isDown = false;
  void beat({
    clock, signal: stop.signal, situation: () => "watching", delivered: async () => delivered(),
    send: async (heartbeat) => {
      if (isDown) throw new Error("down");
      sent.push(heartbeat);
    },
  });
  return { clock, stop, sent, down: (is: boolean) => (isDown = is) };
}

test("every 15 s it says how many pictures were decoded and how long something arrived", async () => {
  let frames = 0;
  const { clock, sent } = setUp(() => [{ id: "1", kind: "video", total: (frames += 30) }]);

  await clock.pass(31_000);

  expect(sent).toHaveLength(2);
  expect(sent[0]).toEqual({ frames: 450, audio_ms: 0, watched_ms: 15_000, state: "watching" });
});

test("a black second is not watched", async () => {
  const { clock, sent } = setUp(() => [{ id: "1", kind: "video", total: 30 }]);

  await clock.pass(16_000);

  expect(sent[0]).toMatchObject({ frames: 30, watched_ms: 1_000 });
});

test("what could not be told is told with the next one", async () => {
  let frames = 0;
  const { clock, sent, down } = setUp(() => [{ id: "1", kind: "video", total: (frames += 30) }]);
  down(true);
  await clock.pass(16_000);

  down(false);
  await clock.pass(15_000);

  expect(sent).toHaveLength(1);
  expect(sent[0]?.watched_ms).toBe(30_000);
});
