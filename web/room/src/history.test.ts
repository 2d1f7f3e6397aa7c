import type { RoomMessage, RoomMessages } from "@estrade/protocol";
import { expect, test } from "vitest";
import { chat, fakeClock } from "./fakes";
import { createHistory } from "./history";

function setUp(stored: RoomMessage[] = [], after = 0, perAnswer = 200) {
  const clock = fakeClock();
  const stop = new AbortController();
  const applied: number[] = [];
  const asked: number[] = [];
  let isDown = false;
  const read = async (number: number): Promise<RoomMessages> => {
    asked.push(number);
    if (isDown) throw new Error("down");
    return { messages: stored.filter((one) => one.number > number).slice(0, perAnswer), last_number: stored.at(-1)?.number ?? 0 };
  };
  const history = createHistory({ after, read, apply: (message) => applied.push(message.number), clock, signal: stop.signal });
  return { history, clock, stop, applied, asked, stored, down: (is: boolean) => (isDown = is) };
}

const lines = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => chat(from + index));

test("messages in order are applied without asking for anything", async () => {
  const { history, clock, applied, asked } = setUp();

  lines(1, 3).forEach(history.receive);
  await clock.pass(0);

  expect(applied).toEqual([1, 2, 3]);
  expect(asked).toEqual([]);
});

test("a message that comes twice is applied once", async () => {
  const { history, clock, applied } = setUp();

  [chat(1), chat(1), chat(2), chat(1)].forEach(history.receive);
  await clock.pass(0);

  expect(applied).toEqual([1, 2]);
});

test("a gap is read, and what arrived early waits for its turn", async () => {
  const { history, clock, applied, asked } = setUp(lines(1, 5));

  history.receive(chat(1));
  history.receive(chat(5));
  expect(applied).toEqual([1]);
  await clock.pass(0);

  expect(asked).toEqual([1]);
  expect(applied).toEqual([1, 2, 3, 4, 5]);
});

test("a late comer reads what was said before, page by page", async () => {
  const { history, clock, applied, asked } = setUp(lines(1, 450), 150);

  history.catchUp();
  await clock.pass(0);

  expect(applied).toHaveLength(300);
  expect(applied.at(-1)).toBe(450);
  expect(asked).toEqual([150, 350]);
});

test("a server that is down is asked again until the gap is closed", async () => {
  const { history, clock, applied, down } = setUp(lines(1, 3));
  down(true);

  history.catchUp();
  await clock.pass(1_500);
  expect(applied).toEqual([]);
  down(false);
  await clock.pass(1_500);

  expect(applied).toEqual([1, 2, 3]);
});

test("numbers that the server leaves out are passed over", async () => {
  const { history, clock, applied } = setUp([chat(4), chat(9)]);

  history.receive(chat(10));
  await clock.pass(0);

  expect(applied).toEqual([4, 9, 10]);
});

test("a server that does not know yet what we have heard is asked again, a second later", async () => {
  const { history, clock, applied, asked, stored } = setUp(lines(1, 1));

  history.receive(chat(3));
  await clock.pass(900);
  expect(asked.length).toBeLessThan(4);
  stored.push(chat(2), chat(3));
  await clock.pass(2_000);

  expect(applied).toEqual([1, 2, 3]);
});

test("whoever left asks no more", async () => {
  const { history, clock, stop, asked, down } = setUp(lines(1, 3));
  down(true);
  history.catchUp();
  await clock.pass(0);

  stop.abort();
  await clock.pass(60_000);

  expect(asked).toHaveLength(1);
});
