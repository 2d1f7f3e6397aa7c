/** Waiting before the room, and taking the seat. No media and no token until the seat is taken. */
import type { Admission, RoomState } from "@estrade/protocol";
import type { Api } from "./api";
import type { Clock } from "./clock";
import { RoomError, type RoomErrorReason } from "./errors";
import { createStore, type Store } from "./store";

export interface LobbyState {
  /** Null until the server has answered once. */
  room: RoomState | null;
  /** The server's clock minus ours. */
  offsetMs: number;
  /** They pressed Enter while nobody may: they go in as soon as they may. */
  isWaiting: boolean;
  isEntering: boolean;
  /** The ticket sits on another device: entering means taking over. */
  isHeldElsewhere: boolean;
  trouble: RoomErrorReason | null;
}

export interface Lobby {
  readonly state: Store<LobbyState>;
  enter(takeover?: boolean): Promise<void>;
}

export interface LobbyOptions {
  api: Pick<Api, "state" | "takeSeat">;
  clock: Clock;
  signal: AbortSignal;
  onAdmitted(admission: Admission): void;
}

const NEAR_MS = 2 * 60_000;
const NEAR_POLL_MS = 2_000;
const FAR_POLL_MS = 5_000;

/** How long until the next look: often when the doors are near or a host may admit any moment. */
export function pollDelay(room: RoomState | null, serverNow: number): number {
  if (!room) return NEAR_POLL_MS;
  const untilDoors = Date.parse(room.doors_at) - serverNow;
  return room.me.must_wait && untilDoors < NEAR_MS ? NEAR_POLL_MS : FAR_POLL_MS;
}

/** What keeps people out, in the order in which it should be said. */
export function waitReason(room: RoomState): "not_open" | "locked" | null {
  if (!room.me.must_wait) return null;
  return room.phase === "open" && room.is_locked ? "locked" : "not_open";
}

export function openLobby({ api, clock, signal, onAdmitted }: LobbyOptions): Lobby {
  const state = createStore<LobbyState>({
    room: null, offsetMs: 0, isWaiting: false, isEntering: false, isHeldElsewhere: false, trouble: null,
  });

  async function look(): Promise<void> {
    try {
      const room = await api.state(signal);
      const offsetMs = Date.parse(room.server_time) - clock.now();
      const { trouble } = state.get();
      state.patch({ room, offsetMs, isHeldElsewhere: room.me.is_held_elsewhere, trouble: trouble === "unreachable" ? null : trouble });
      if (state.get().isWaiting && !room.me.must_wait) await enter(false);
    } catch (error) {
      if (!signal.aborted) state.patch({ trouble: reason(error) });
    }
  }

  async function enter(takeover = false): Promise<void> {
    const { room, isEntering } = state.get();
    if (isEntering) return;
    if (room?.me.must_wait) return state.patch({ isWaiting: true });
    state.patch({ isEntering: true, isWaiting: false, trouble: null });
    try {
      const admission = await api.takeSeat(takeover, signal);
      onAdmitted(admission);
    } catch (error) {
      if (!signal.aborted) refused(reason(error));
    } finally {
      state.patch({ isEntering: false });
    }
  }

  function refused(why: RoomErrorReason): void {
    if (why === "seat_taken") state.patch({ isHeldElsewhere: true });
    else if (why === "room_not_open" || why === "room_locked") state.patch({ isWaiting: true });
    else state.patch({ trouble: why });
  }

  async function watch(): Promise<void> {
    while (!signal.aborted) {
      await look();
      const { room, offsetMs } = state.get();
      await clock.delay(pollDelay(room, clock.now() + offsetMs), signal).catch(() => undefined);
    }
  }

  void watch();
  return { state, enter };
}

const reason = (error: unknown): RoomErrorReason => (error instanceof RoomError ? error.reason : "unreachable");
