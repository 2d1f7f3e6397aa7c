/** Being in the room and staying there: keeps the lines to the engines open, and knows what ends them for good. */
import type { Admission } from "@estrade/protocol";
import type { Clock } from "./clock";
import { RoomError, type RoomErrorReason } from "./errors";
import type { Network } from "./network";
import { createStore, type Store } from "./store";

/** Why the room is over for this page. Everything else is trouble, and trouble is tried again. */
export type End = "left" | "removed" | "banned" | "taken_over" | "ended" | "not_yours" | "doors_closed";

export type LineName = "engine" | "messages" | "backstage";
export type LineState = "connecting" | "connected" | "reconnecting";

export interface ConnectionState {
  lines: Record<LineName, LineState>;
  isOffline: boolean;
  end: End | null;
}

/** One long-lived connection. `lost` resolves when it is gone, whoever ended it; `close` is for us. */
export interface Line {
  readonly lost: Promise<void>;
  close(): void;
}

/** Opens a line with a fresh admission; `wavering` is told when the line tries to mend itself. */
export type OpenLine = (admission: Admission, wavering: (isWavering: boolean) => void, signal: AbortSignal) => Promise<Line>;

export interface ConnectionOptions {
  admission: Admission;
  open: Record<LineName, OpenLine>;
  /** Asks for tokens of the same seat and generation; rejects with a RoomError. */
  renew(signal: AbortSignal): Promise<Admission>;
  /** What the server says about the room each time it is asked. */
  onAdmission(admission: Admission): void;
  clock: Clock;
  network: Network;
  random(): number;
}

export interface Connection {
  readonly state: Store<ConnectionState>;
  /** Asks the server whether the seat still holds, and ends if not; otherwise answers fresh tokens. */
  renew(): Promise<Admission>;
  end(end: End): void;
}

const QUICK_TRIES = 12; // three seconds of trying every 250 ms: an engine that restarts is back within them
const QUICK_DELAY_MS = 250;
const SLOW_DELAY_MAX_MS = 5_000;
const STEADY_AFTER_MS = 3_000; // a line that breaks sooner has not been mended: the pace does not start anew

const ENDS: Partial<Record<RoomErrorReason, End>> = {
  seat_lost: "taken_over",
  seat_taken: "taken_over",
  seat_removed: "removed",
  banned: "banned",
  room_ended: "ended",
  room_not_open: "doors_closed",
  room_locked: "doors_closed",
  not_yours: "not_yours",
};

/** The end that a refusal means, or null when it is worth another try. */
export function endOf(error: unknown): End | null {
  return error instanceof RoomError ? (ENDS[error.reason] ?? null) : null;
}

/** How long to wait before try number `attempt` (from 0): quick at first, then slower, never in step with others. */
export function delayBefore(attempt: number, random: () => number): number {
  if (attempt === 0) return random() * QUICK_DELAY_MS;
  if (attempt < QUICK_TRIES) return QUICK_DELAY_MS;
  const slow = Math.min(SLOW_DELAY_MAX_MS, QUICK_DELAY_MS * 2 ** (attempt - QUICK_TRIES + 1));
  return slow * (0.5 + random());
}

export function keepConnected(options: ConnectionOptions): Connection {
  const { clock, network, random } = options;
  const stop = new AbortController();
  const state = createStore<ConnectionState>({
    lines: { engine: "connecting", messages: "connecting", backstage: "connecting" },
    isOffline: !network.isOnline(),
    end: null,
  });
  let admission = options.admission;
  let renewal: Promise<Admission> | null = null;

  const setLine = (name: LineName, line: LineState) => {
    const before = state.get();
    if (!before.end && before.lines[name] !== line) state.patch({ lines: { ...before.lines, [name]: line } });
  };

  function end(reason: End): void {
    if (state.get().end) return;
    state.patch({ end: reason });
    stop.abort();
    unwatch();
  }

  /** Lines lost together share one request. */
  function renew(): Promise<Admission> {
    renewal ??= options.renew(stop.signal)
      .then((fresh) => {
        admission = fresh;
        options.onAdmission(fresh);
        return fresh;
      })
      .catch((error: unknown) => {
        const reason = endOf(error);
        if (reason) end(reason);
        throw error;
      })
      .finally(() => (renewal = null));
    return renewal;
  }

  async function keep(name: LineName): Promise<void> {
    let attempt = 0;
    while (!stop.signal.aborted && (name !== "backstage" || admission.backstage)) {
      const triedAt = clock.now();
      try {
        const line = await options.open[name](admission, (wavers) => setLine(name, wavers ? "reconnecting" : "connected"), stop.signal);
        const close = () => line.close();
        stop.signal.addEventListener("abort", close, { once: true });
        if (stop.signal.aborted) return close();
        setLine(name, "connected");
        await line.lost;
        stop.signal.removeEventListener("abort", close);
      } catch {
        // Whatever it was, the server says below whether it was an end or trouble.
      }
      if (stop.signal.aborted) return;
      setLine(name, "reconnecting");
      if (clock.now() - triedAt > STEADY_AFTER_MS) attempt = 0;
      attempt = await admitAgain(attempt);
    }
  }

  /** Waits and asks until the server admits again; answers how often it has tried. */
  async function admitAgain(attempt: number): Promise<number> {
    while (!stop.signal.aborted) {
      await pause(delayBefore(attempt, random));
      attempt += 1;
      try {
        await renew();
        return attempt;
      } catch {
        // Trouble is tried again; an end has stopped us.
      }
    }
    return attempt;
  }

  /** Waits `ms`; without a network as long as there is none; no longer when one comes or somebody looks. */
  async function pause(ms: number): Promise<void> {
    const wake = new AbortController();
    const unwatchPause = network.watch(() => network.isOnline() && wake.abort());
    try {
      await clock.delay(network.isOnline() ? ms : 60_000, AbortSignal.any([stop.signal, wake.signal]));
    } catch {
      // Woken or stopped: the caller looks which.
    } finally {
      unwatchPause();
    }
  }

  const unwatch = network.watch(() => state.patch({ isOffline: !network.isOnline() }));
  for (const name of ["engine", "messages", "backstage"] as const) void keep(name);

  return { state, end, renew };
}
