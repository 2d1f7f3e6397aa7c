/** Reading a room's numbered messages in order, each once, whatever was lost or doubled on the way. */
import type { RoomMessage, RoomMessages } from "@estrade/protocol";
import type { Clock } from "./clock";

export interface History {
  /** A message arrived on the line. */
  receive(message: RoomMessage): void;
  /** The line is open (again): read whatever was missed meanwhile. */
  catchUp(): void;
}

export interface HistoryOptions {
  /** The number after which to begin. */
  after: number;
  read(after: number, signal: AbortSignal): Promise<RoomMessages>;
  /** Called with every message once, in the order of their numbers. */
  apply(message: RoomMessage): void;
  clock: Clock;
  signal: AbortSignal;
}

const RETRY_MS = 1_000;

export function createHistory({ after, read, apply, clock, signal }: HistoryOptions): History {
  let last = after;
  let isReading = false;
  let isBehind = false;
  const early = new Map<number, RoomMessage>();

  function applyInOrder(): void {
    for (let next = early.get(last + 1); next; next = early.get(last + 1)) {
      early.delete(next.number);
      last = next.number;
      apply(next);
    }
  }

  function keep(message: RoomMessage): void {
    if (message.number > last) early.set(message.number, message);
  }

  async function readMissing(): Promise<void> {
    if (isReading) return void (isBehind = true);
    isReading = true;
    do {
      isBehind = false;
      try {
        const answer = await read(last, signal);
        answer.messages.forEach(keep);
        applyInOrder();
        // The server has no more than it gave: what it skipped will never come.
        if (!answer.messages.length && answer.last_number > last) skipTo(answer.last_number);
        isBehind ||= answer.last_number > last;
      } catch {
        if (signal.aborted) break;
        isBehind = true;
        await clock.delay(RETRY_MS, signal).catch(() => undefined);
      }
    } while ((isBehind || early.size > 0) && !signal.aborted);
    isReading = false;
  }

  function skipTo(number: number): void {
    last = number;
    for (const known of early.keys()) if (known <= number) early.delete(known);
    applyInOrder();
  }

  return {
    receive: (message) => {
      keep(message);
      applyInOrder();
      if (early.size > 0) void readMissing();
    },
    catchUp: () => void readMissing(),
  };
}
