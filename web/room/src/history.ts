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
      const before = last;
      try {
        const { messages, last_number } = await read(last, signal);
        messages.forEach(keep);
        settle(messages.at(-1)?.number ?? last_number);
        isBehind ||= last_number > last;
      } catch {
        isBehind = true;
      }
      // No answer, or one from before what we have heard of: it knows more in a moment.
      if (last === before && (isBehind || early.size > 0)) await clock.delay(RETRY_MS, signal).catch(() => undefined);
    } while ((isBehind || early.size > 0) && !signal.aborted);
    isReading = false;
  }

  /** The server has answered up to `number`: what it left out does not exist. */
  function settle(number: number): void {
    for (const known of [...early.keys()].sort((one, other) => one - other)) {
      if (known > number) break;
      last = known - 1;
      applyInOrder();
    }
    last = Math.max(last, number);
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
