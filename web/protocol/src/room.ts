/** The room operations under /api/v1/rooms/{room_id} and what the message engine carries, as the browser sees them. */

/** What somebody may do in the room, from the widest to the narrowest. */
export type Role = "host" | "cohost" | "speaker" | "moderator" | "attendee";
/** In a class everyone may be seen and heard; on a stage those who were promoted. */
export type RoomKind = "class" | "stage";
/** Waiting: before doors. Backstage: crew only. Open: attendees may enter. Ended: for good. */
export type Phase = "waiting" | "backstage" | "open" | "ended";

/** A moment as the server writes it (RFC 3339, UTC). */
export type Timestamp = string;

/** The seat of whoever asks. */
export interface Me {
  seat_id: string;
  name: string;
  role: Role;
  generation: number;
  is_seated: boolean;
  is_held_elsewhere: boolean;
  is_on_stage: boolean;
  may_publish: boolean;
  is_silenced: boolean;
  hand_raised_at: Timestamp | null;
  /** Locked, or the doors are not open for this role. */
  must_wait: boolean;
}

export interface RoomState {
  id: string;
  event_title: string;
  kind: RoomKind;
  phase: Phase;
  doors_at: Timestamp;
  starts_at: Timestamp;
  ends_at: Timestamp;
  is_locked: boolean;
  spotlight_seat: string | null;
  last_number: number;
  me: Me;
  server_time: Timestamp;
}

/** Where a long-lived connection goes, and the token that opens it for two minutes. */
export interface Grant {
  url: string;
  token: string;
}

/** Everything a seat needs to be in the room: answered when it is taken, and again whenever a line was lost. */
export interface Admission {
  state: RoomState;
  engine: Grant;
  backstage: Grant | null;
  messages: Grant;
}

export interface RoomPerson {
  seat_id: string;
  name: string;
  role: Role;
  is_on_stage: boolean;
  hand_raised_at: Timestamp | null;
  is_silenced: boolean;
  is_here: boolean;
  is_removed: boolean;
  is_banned: boolean;
}

export type RoomMessageKind =
  | "chat" | "chat_hidden" | "hand_raised" | "hand_lowered" | "promoted" | "sent_back" | "spotlight" | "opened"
  | "locked" | "unlocked" | "ended" | "removed" | "silenced" | "unsilenced" | "muted";

/** Something said or done in a room. `number` is gapless per room: who misses one reads it again. */
export interface RoomMessage {
  number: number;
  at: Timestamp;
  kind: RoomMessageKind;
  seat_id: string | null;
  name: string;
  role: Role | "";
  text?: string;
  data?: { number?: number; seat_id?: string | null };
}

export interface RoomMessages {
  messages: RoomMessage[];
  last_number: number;
}

/** What can be sent as a reaction: a closed set, counted and never kept one by one. */
export const REACTIONS = ["heart", "clap", "laugh", "wow", "thanks"] as const;
export type Reaction = (typeof REACTIONS)[number];

/** On the channel of the room, every 500 ms when there were any: how many came since the last. It carries no number. */
export interface ReactionsNotice {
  kind: "reactions";
  counts: Partial<Record<Reaction, number>>;
}

export type SeatNoticeKind =
  | "taken_over" | "removed" | "banned" | "promoted" | "sent_back" | "muted" | "silenced" | "unsilenced" | "admitted";

/** On the channel of one seat: something that concerns whoever sits there. */
export interface SeatNotice {
  kind: SeatNoticeKind;
  generation: number;
}

/** What the client tells the message engine every 15 s; it stands in for attendance and delivery. */
export interface Heartbeat {
  /** Pictures decoded since the last heartbeat. */
  frames: number;
  /** Sound played since the last heartbeat. */
  audio_ms: number;
  /** Time since the last heartbeat in which picture or sound arrived. */
  watched_ms: number;
  state: "watching" | "hidden" | "reconnecting";
}

/** What the host may do with a seat. */
export type SeatAction = "admit" | "promote" | "send-back" | "mute" | "silence" | "unsilence" | "remove" | "ban" | "unban";
/** What the host may do with the room. */
export type RoomAction = "open" | "backstage" | "lock" | "unlock" | "end";

/** An expected no (RFC 9457); `type` is "/problems/<code>" and further facts stand beside. */
export interface Problem {
  type: string;
  title: string;
  status: number;
  [fact: string]: unknown;
}
