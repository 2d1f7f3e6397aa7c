/** Counts what really arrived, and tells the message engine every 15 s: the measure of attendance and delivery. */
import type { Heartbeat } from "@estrade/protocol";
import type { Clock } from "./clock";
import type { Delivered } from "./media";

export interface HeartbeatOptions {
  delivered(): Promise<Delivered[]>;
  /** Rejects when it could not be told; what was counted is then kept for the next. */
  send(heartbeat: Heartbeat): Promise<void>;
  situation(): Heartbeat["state"];
  clock: Clock;
  signal: AbortSignal;
}

export const HEARTBEAT_MS = 15_000;
const SAMPLE_MS = 1_000;
const SAMPLE_LATE_MS = 5_000; // a page that slept has not watched

interface Sums {
  frames: number;
  audioMs: number;
}

/** What came since the last call, over tracks that begin and end. */
export function createTally(): (now: readonly Delivered[]) => Sums {
  let before = new Map<string, number>();
  return (now) => {
    const sums: Sums = { frames: 0, audioMs: 0 };
    for (const { id, kind, total } of now) {
      const fresh = Math.max(0, total - (before.get(id) ?? 0));
      if (kind === "video") sums.frames += fresh;
      else sums.audioMs = Math.max(sums.audioMs, fresh); // voices at the same time are not more time
    }
    before = new Map(now.map(({ id, total }) => [id, total]));
    return sums;
  };
}

/** Runs until `signal` is aborted. */
export async function beat({ delivered, send, situation, clock, signal }: HeartbeatOptions): Promise<void> {
  const tally = createTally();
  let sums = { frames: 0, audioMs: 0, watchedMs: 0 };
  let sentAt = clock.now();
  let sampledAt = clock.now();
  while (!signal.aborted) {
    await clock.delay(SAMPLE_MS, signal).catch(() => undefined);
    if (signal.aborted) return;
    const now = clock.now();
    const fresh = tally(await delivered().catch(() => []));
    const arrives = fresh.frames > 0 || fresh.audioMs > 0;
    sums.frames += fresh.frames;
    sums.audioMs += fresh.audioMs;
    sums.watchedMs += arrives ? Math.min(now - sampledAt, SAMPLE_LATE_MS) : 0;
    sampledAt = now;
    if (now - sentAt < HEARTBEAT_MS) continue;
    sentAt = now;
    try {
      await send({ frames: sums.frames, audio_ms: Math.round(sums.audioMs), watched_ms: Math.round(sums.watchedMs), state: situation() });
      sums = { frames: 0, audioMs: 0, watchedMs: 0 };
    } catch {
      // Kept, and told with the next one.
    }
  }
}
