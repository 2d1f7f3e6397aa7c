import type { Admission } from "@estrade/protocol";
import { describe, expect, test } from "vitest";
import { type ConnectionOptions, delayBefore, endOf, keepConnected, type LineName } from "./connection";
import { RoomError } from "./errors";
import { admissionOf, fakeClock, fakeNetwork } from "./fakes";

/** A room whose lines can be cut, and whose server answers as told. */
function setUp(part: { renew?: () => Promise<Admission>; backstage?: boolean } = {}) {
  const clock = fakeClock();
  const network = fakeNetwork();
  const opened: LineName[] = [];
  const closed: LineName[] = [];
  const cuts = new Map<LineName, () => void>();
  const broken = new Set<LineName>();
  const renewals: number[] = [];
  const open = (name: LineName) => async () => {
    opened.push(name);
    if (broken.has(name)) throw new RoomError("unreachable");
    const lost = new Promise<void>((resolve) => cuts.set(name, resolve));
    return { lost, close: () => void closed.push(name) };
  };
  const admission = { ...admissionOf(), backstage: part.backstage ? { url: "ws://engine", token: "b" } : null };
  const options: ConnectionOptions = {
    admission, clock, network, random: () => 0.5, onAdmission: () => undefined,
    open: { engine: open("engine"), messages: open("messages"), backstage: open("backstage") },
    renew: async () => {
      renewals.push(clock.now());
      return part.renew ? part.renew() : admission;
    },
  };
  const connection = keepConnected(options);
  return { connection, clock, network, opened, closed, cuts, broken, renewals };
}

describe("staying in the room", () => {
  test("all lines are opened at once, and backstage only for those who have one", async () => {
    const audience = setUp();
    const crew = setUp({ backstage: true });
    await audience.clock.pass(0);
    await crew.clock.pass(0);

    expect(audience.opened).toEqual(["engine", "messages"]);
    expect(crew.opened).toEqual(["engine", "messages", "backstage"]);
    expect(audience.connection.state.get().lines).toMatchObject({ engine: "connected", messages: "connected" });
  });

  test("a lost line is opened again with fresh tokens while the others go on", async () => {
    const { connection, clock, cuts, opened, renewals } = setUp();
    await clock.pass(10_000);

    cuts.get("engine")?.();
    await clock.pass(0);
    expect(connection.state.get().lines).toMatchObject({ engine: "reconnecting", messages: "connected" });
    await clock.pass(250);

    expect(renewals).toHaveLength(1);
    expect(opened).toEqual(["engine", "messages", "engine"]);
    expect(connection.state.get().lines.engine).toBe("connected");
  });

  test("an engine that restarts is tried every 250 ms until it is back", async () => {
    const { connection, clock, cuts, broken, opened } = setUp();
    await clock.pass(10_000);
    broken.add("engine");
    cuts.get("engine")?.();

    await clock.pass(2_000);
    const tries = opened.length - 2;
    broken.delete("engine");
    await clock.pass(250);

    expect(tries).toBe(8);
    expect(connection.state.get().lines.engine).toBe("connected");
  });

  test("lines lost together ask for tokens once", async () => {
    let answer: (admission: Admission) => void = () => undefined;
    const { clock, cuts, renewals } = setUp({ renew: () => new Promise((resolve) => (answer = resolve)) });
    await clock.pass(10_000);

    cuts.get("engine")?.();
    cuts.get("messages")?.();
    await clock.pass(250);
    answer(admissionOf());
    await clock.pass(0);

    expect(renewals).toHaveLength(1);
  });

  test("a server that does not answer is trouble, not an end", async () => {
    let isDown = true;
    const { connection, clock, cuts } = setUp({ renew: () => (isDown ? Promise.reject(new RoomError("unreachable")) : Promise.resolve(admissionOf())) });
    await clock.pass(10_000);

    cuts.get("engine")?.();
    await clock.pass(30_000);
    expect(connection.state.get()).toMatchObject({ end: null, lines: { engine: "reconnecting" } });
    isDown = false;
    await clock.pass(8_000);

    expect(connection.state.get().lines.engine).toBe("connected");
  });

  test.each([
    ["seat_lost", "taken_over"],
    ["seat_removed", "removed"],
    ["banned", "banned"],
    ["room_ended", "ended"],
    ["not_yours", "not_yours"],
    ["room_not_open", "doors_closed"],
  ] as const)("%s ends it as %s, and closes what is left", async (reason, end) => {
    const { connection, clock, cuts, closed, opened } = setUp({ renew: () => Promise.reject(new RoomError(reason)) });
    await clock.pass(10_000);

    cuts.get("engine")?.();
    await clock.pass(60_000);

    expect(connection.state.get().end).toBe(end);
    expect(closed).toEqual(["messages"]);
    expect(opened).toHaveLength(2);
  });

  test("a takeover that means somebody else changes nothing", async () => {
    const { connection, clock } = setUp();
    await clock.pass(0);

    await connection.renew();

    expect(connection.state.get().end).toBeNull();
  });

  test("leaving closes every line and nothing opens again", async () => {
    const { connection, clock, closed, opened } = setUp({ backstage: true });
    await clock.pass(0);

    connection.end("left");
    await clock.pass(60_000);

    expect(closed.sort()).toEqual(["backstage", "engine", "messages"]);
    expect(opened).toHaveLength(3);
  });

  test("without a network nothing is asked, and everything at once when it comes", async () => {
    const { connection, clock, network, cuts, renewals } = setUp();
    await clock.pass(10_000);

    network.go(false);
    cuts.get("engine")?.();
    await clock.pass(30_000);
    expect(renewals).toHaveLength(0);
    expect(connection.state.get().isOffline).toBe(true);
    network.go(true);
    await clock.pass(0);

    expect(connection.state.get()).toMatchObject({ isOffline: false, lines: { engine: "connected" } });
  });

  test("what ended first stays the reason", async () => {
    const { connection, clock } = setUp();
    await clock.pass(0);

    connection.end("removed");
    connection.end("left");

    expect(connection.state.get().end).toBe("removed");
  });
});

test("the pace is quick for three seconds, then slower, never above eight seconds", () => {
  const quick = Array.from({ length: 11 }, (_, attempt) => delayBefore(attempt + 1, Math.random));
  const slow = Array.from({ length: 50 }, (_, attempt) => delayBefore(attempt + 12, Math.random));

  expect(quick.every((ms) => ms === 250)).toBe(true);
  expect(Math.min(...slow)).toBeGreaterThanOrEqual(250);
  expect(Math.max(...slow)).toBeLessThanOrEqual(7_500);
});

test("only refusals about the seat or the room are an end", () => {
  expect(endOf(new RoomError("unreachable"))).toBeNull();
  expect(endOf(new RoomError("too_often"))).toBeNull();
  expect(endOf(new TypeError("a mistake of ours"))).toBeNull();
  expect(endOf(new RoomError("seat_lost"))).toBe("taken_over");
});
