import type { Admission, RoomState } from "@estrade/protocol";
import { expect, test } from "vitest";
import { RoomError } from "./errors";
import { admissionOf, fakeClock, roomState } from "./fakes";
import { openLobby, pollDelay, waitReason } from "./lobby";

function setUp(first: RoomState) {
  const clock = fakeClock();
  const stop = new AbortController();
  const server = { room: first, refusal: null as RoomError | null, looks: 0, takeovers: [] as boolean[] };
  const admitted: Admission[] = [];
  const lobby = openLobby({
    clock, signal: stop.signal, onAdmitted: (admission) => admitted.push(admission),
    api: {
      state: async () => {
        server.looks += 1;
        return server.room;
      },
      takeSeat: async (takeover) => {
        server.takeovers.push(takeover);
        if (server.refusal && !takeover) throw server.refusal;
        return admissionOf(server.room);
      },
    },
  });
  return { lobby, clock, stop, server, admitted };
}

test("looking takes no seat and asks for no token", async () => {
  const { clock, server, admitted } = setUp(roomState());

  await clock.pass(60_000);

  expect(server.looks).toBeGreaterThan(5);
  expect(server.takeovers).toEqual([]);
  expect(admitted).toEqual([]);
});

test("entering an open room takes the seat once", async () => {
  const { lobby, clock, server, admitted } = setUp(roomState());
  await clock.pass(0);

  void lobby.enter();
  void lobby.enter();
  await clock.pass(0);

  expect(server.takeovers).toEqual([false]);
  expect(admitted).toHaveLength(1);
});

test("who presses Enter before doors goes in when they open", async () => {
  const { lobby, clock, server, admitted } = setUp(roomState({ phase: "waiting" }, { must_wait: true }));
  await clock.pass(0);

  void lobby.enter();
  await clock.pass(10_000);
  expect(lobby.state.get().isWaiting).toBe(true);
  expect(server.takeovers).toEqual([]);
  server.room = roomState();
  await clock.pass(5_000);

  expect(admitted).toHaveLength(1);
});

test("who has not pressed Enter is not taken in when the doors open", async () => {
  const { clock, server, admitted } = setUp(roomState({ phase: "waiting" }, { must_wait: true }));
  await clock.pass(0);

  server.room = roomState();
  await clock.pass(10_000);

  expect(admitted).toEqual([]);
});

test("a seat on another device is offered to be taken over, and taken only when asked", async () => {
  const { lobby, clock, server, admitted } = setUp(roomState());
  await clock.pass(0);
  server.refusal = new RoomError("seat_taken");

  void lobby.enter();
  await clock.pass(0);
  expect(lobby.state.get().isHeldElsewhere).toBe(true);
  expect(admitted).toEqual([]);
  void lobby.enter(true);
  await clock.pass(0);

  expect(server.takeovers).toEqual([false, true]);
  expect(admitted).toHaveLength(1);
});

test("a door that closed in between makes one wait, anything else is said", async () => {
  const { lobby, clock, server } = setUp(roomState());
  await clock.pass(0);

  server.refusal = new RoomError("room_locked");
  await lobby.enter();
  expect(lobby.state.get()).toMatchObject({ isWaiting: true, trouble: null });
  server.refusal = new RoomError("banned");
  await lobby.enter();

  expect(lobby.state.get().trouble).toBe("banned");
});

test("leaving the lobby ends the looking", async () => {
  const { clock, stop, server } = setUp(roomState());
  await clock.pass(0);

  stop.abort();
  await clock.pass(60_000);

  expect(server.looks).toBe(1);
});

test("the server's clock counts, not the device's", async () => {
  const { lobby, clock } = setUp(roomState({ server_time: "2026-11-29T19:05:00Z" }));

  await clock.pass(0);

  expect(lobby.state.get().offsetMs).toBe(300_000);
});

test("far from doors it looks every 5 s, near them every 2 s", () => {
  const waiting = roomState({ phase: "waiting" }, { must_wait: true });
  const doors = Date.parse(waiting.doors_at);

  expect(pollDelay(waiting, doors - 600_000)).toBe(5_000);
  expect(pollDelay(waiting, doors - 60_000)).toBe(2_000);
  expect(pollDelay(waiting, doors + 60_000)).toBe(2_000);
});

test("a locked room is said to be locked only when the doors are open", () => {
  expect(waitReason(roomState({ is_locked: true, phase: "open" }, { must_wait: true }))).toBe("locked");
  expect(waitReason(roomState({ is_locked: true, phase: "waiting" }, { must_wait: true }))).toBe("not_open");
  expect(waitReason(roomState())).toBeNull();
});
