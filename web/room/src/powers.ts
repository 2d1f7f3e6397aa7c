/** What somebody may do with somebody else's seat. The server decides; this only keeps back what it would refuse. */
import type { Role, RoomKind, RoomPerson, SeatAction } from "@estrade/protocol";

const HOSTING: readonly SeatAction[] = ["admit", "promote", "send-back", "mute", "silence", "unsilence", "remove", "ban", "unban"];
const ACTIONS: Record<Role, readonly SeatAction[]> = {
  host: HOSTING, cohost: HOSTING, moderator: ["mute", "silence", "unsilence", "remove"], speaker: [], attendee: [],
};
const RANKS: Record<Role, number> = { host: 3, cohost: 2, speaker: 1, moderator: 1, attendee: 0 };

/** Whether `role` may act on `other`: never on an equal. Somebody without a role is a guest of the engine, and nobody's. */
export function outranks(role: Role, other: Role | ""): boolean {
  return other !== "" && RANKS[role] > RANKS[other];
}

export interface Situation {
  kind: RoomKind;
  isLocked: boolean;
}

/** What `role` may do with `person` and what makes sense now, in the order in which it is offered. */
export function actionsFor(role: Role, person: RoomPerson, { kind, isLocked }: Situation): SeatAction[] {
  if (!outranks(role, person.role)) return [];
  const makesSense: Record<SeatAction, boolean> = {
    admit: !person.is_banned && (person.is_removed || (isLocked && !person.is_here)),
    promote: kind === "stage" && !person.is_on_stage && !person.is_removed && person.is_here,
    "send-back": kind === "stage" && person.is_on_stage,
    mute: person.is_here,
    silence: !person.is_silenced && !person.is_removed,
    unsilence: person.is_silenced && !person.is_banned,
    remove: !person.is_removed,
    ban: !person.is_banned,
    unban: person.is_banned,
  };
  return ACTIONS[role].filter((action) => makesSense[action]);
}

/** Whether `role` may be seen and heard on stage: in a class everybody, on a stage who performs or was promoted. As the server has it. */
export function mayPublish(kind: RoomKind, role: Role, isOnStage: boolean): boolean {
  return kind === "class" || isOnStage || role === "host" || role === "cohost" || role === "speaker";
}
