/** The room as the browser sees it: what the server says (generated.ts), with the names and the certainties of a browser. */
import type { AdmissionSeen, Me, RoomStateSeen } from "./generated";

export * from "./generated";

/** What somebody may do in the room, from the widest to the narrowest. */
export type Role = Me["role"];
/** In a class everyone may be seen and heard; on a stage those who were promoted. */
export type RoomKind = RoomStateSeen["kind"];
/** Waiting: before doors. Backstage: crew only. Open: attendees may enter. Ended: for good. */
export type Phase = RoomStateSeen["phase"];

/** A browser always has a seat; only programs have none. */
export interface RoomState extends RoomStateSeen {
  me: Me;
}

/** Everything a seat needs to be in the room: answered when it is taken, and again whenever a line was lost. */
export interface Admission extends AdmissionSeen {
  state: RoomState;
}

/** An expected no (RFC 9457); `type` is "/problems/<code>" and further facts stand beside. */
export interface Problem {
  type: string;
  title: string;
  status: number;
  [fact: string]: unknown;
}
