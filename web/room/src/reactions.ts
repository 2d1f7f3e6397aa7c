/** Reactions of the last minute, as counts. */
import type { Reaction } from "@estrade/protocol";

export type Counts = Partial<Record<Reaction, number>>;

export interface ReactionWindow {
  add(counts: Counts, now: number): void;
  /** How many of each came in the minute before `now`. */
  counts(now: number): Counts;
}

const WINDOW_MS = 60_000;

export function createReactionWindow(): ReactionWindow {
  let arrived: { at: number; counts: Counts }[] = [];
  return {
    add: (counts, now) => void arrived.push({ at: now, counts }),
    counts: (now) => {
      arrived = arrived.filter(({ at }) => now - at < WINDOW_MS);
      const sum: Counts = {};
      for (const { counts } of arrived) {
        for (const [reaction, count] of Object.entries(counts) as [Reaction, number][]) sum[reaction] = (sum[reaction] ?? 0) + count;
      }
      return sum;
    },
  };
}
