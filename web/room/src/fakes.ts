/** What tests stand in for: time that moves when told, a network that comes and goes, people. */
import type { Admission, RoomMessage, RoomState } from "@estrade/protocol";
import type { Clock } from "./clock";
import type { EnginePerson } from "./media";
import type { Network } from "./network";

export interface FakeClock extends Clock {
  /** Lets `ms` pass, waking whoever waited, and everything that follows from it. */
  pass(ms: number): Promise<void>;
}

export function fakeClock(start = Date.parse("2026-11-29T19:00:00Z")): FakeClock {
  let now = start;
  let sleepers: { at: number; wake: () => void }[] = [];
  const settle = async () => {
    for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
  };
  return {
    now: () => now,
    delay: (ms, signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason as Error);
        sleepers.push({ at: now + ms, wake: resolve });
        signal?.addEventListener("abort", () => reject(signal.reason as Error), { once: true });
      }),
    pass: async (ms) => {
      const until = now + ms;
      await settle();
      for (;;) {
        const next = sleepers.filter((one) => one.at <= until).sort((one, other) => one.at - other.at)[0];
        if (!next) break;
        sleepers = sleepers.filter((one) => one !== next);
        now = Math.max(now, next.at);
        next.wake();
        await settle();
      }
      now = until;
      await settle();
    },
  };
}

export interface FakeNetwork extends Network {
  go(online: boolean): void;
}

export function fakeNetwork(): FakeNetwork {
  let isOnline = true;
  const listeners = new Set<() => void>();
  return {
    isOnline: () => isOnline,
    watch: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    go: (online) => {
      isOnline = online;
      for (const listener of [...listeners]) listener();
    },
  };
}

export function roomState(part: Partial<RoomState> = {}, me: Partial<RoomState["me"]> = {}): RoomState {
  return {
    id: "room", event_title: "Marées hautes", kind: "stage", phase: "open", doors_at: "2026-11-29T19:15:00Z", starts_at: "2026-11-29T19:30:00Z",
    ends_at: "2026-11-29T21:00:00Z", is_locked: false, spotlight_seat: null, last_number: 0, server_time: "2026-11-29T19:00:00Z", ...part,
    me: {
      seat_id: "bob", name: "Bob", role: "attendee", generation: 1, is_seated: true, is_held_elsewhere: false, is_on_stage: false, may_publish: false,
      is_silenced: false, hand_raised_at: null, must_wait: false, ...me,
    },
  };
}

export function admissionOf(state = roomState()): Admission {
  return { state, engine: { url: "ws://engine", token: "e" }, backstage: null, messages: { url: "ws://messages", token: "m" } };
}

export function chat(number: number, text = `line ${number}`): RoomMessage {
  return { number, at: "2026-11-29T19:31:00Z", kind: "chat", seat_id: "carol", name: "Carol", role: "attendee", text, data: {} };
}

export function personCalled(seatId: string, part: Partial<EnginePerson> = {}): EnginePerson {
  return {
    seatId, name: seatId, role: "attendee", isMe: false, isSpeaking: false, lastSpokeAt: 0, quality: "good",
    camera: { id: seatId, isOn: true }, screen: null, microphone: "on", ...part,
  };
}
