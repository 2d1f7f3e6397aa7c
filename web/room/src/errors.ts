/** Why something in the room could not be done: one class, a closed set of reasons. */

export const ROOM_ERROR_REASONS = [
  "seat_taken", // on another device: a takeover is possible
  "room_not_open",
  "room_locked",
  "seat_removed",
  "banned",
  "room_ended",
  "seat_lost", // the generation is past: another device sits here now
  "not_yours", // the ticket no longer admits, or this role may not do it
  "silenced",
  "too_often",
  "refused", // any other no: what was asked makes no sense to the server
  "unreachable", // no answer, or the server cannot answer now: worth another try
] as const;
export type RoomErrorReason = (typeof ROOM_ERROR_REASONS)[number];

export class RoomError extends Error {
  override readonly name = "RoomError";

  constructor(readonly reason: RoomErrorReason, readonly facts: Readonly<Record<string, unknown>> = {}) {
    super(`room: ${reason}`);
  }
}

/** The reason in a problem document, by its code first and by its status when the code is not one of ours. */
export function reasonOf(status: number, code: string): RoomErrorReason {
  if ((ROOM_ERROR_REASONS as readonly string[]).includes(code)) return code as RoomErrorReason;
  if (status === 429) return "too_often";
  if (status === 401 || status === 403 || status === 404) return "not_yours";
  return status >= 500 || status === 408 ? "unreachable" : "refused";
}
