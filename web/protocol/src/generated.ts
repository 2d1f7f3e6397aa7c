/** Not to be changed by hand: `python -m deploy.protocol` writes it. */

/** A moment as the server writes it (RFC 3339, UTC). */
export type Timestamp = string;

export type RoomMessageKind = "chat" | "chat_hidden" | "hand_raised" | "hand_lowered" | "promoted" | "sent_back" | "spotlight" | "opened" | "locked" | "unlocked" | "ended" | "removed" | "silenced" | "unsilenced" | "muted";

export type SeatNoticeKind = "taken_over" | "removed" | "banned" | "promoted" | "sent_back" | "muted" | "silenced" | "unsilenced" | "admitted";

export const REACTIONS = ["heart", "clap", "laugh", "wow", "thanks"] as const;
export type Reaction = (typeof REACTIONS)[number];

/** The seat of whoever asks. */
export interface Me {
  seat_id: string;
  name: string;
  role: "host" | "cohost" | "speaker" | "moderator" | "attendee";
  generation: number;
  is_seated: boolean;
  is_held_elsewhere: boolean;
  is_on_stage: boolean;
  may_publish: boolean;
  is_silenced: boolean;
  hand_raised_at: Timestamp | null;
  must_wait: boolean;
}

/** The room as whoever asks sees it; `me` is null for a program. */
export interface RoomStateSeen {
  id: string;
  event_title: string;
  kind: "class" | "stage";
  phase: "waiting" | "backstage" | "open" | "ended";
  doors_at: Timestamp;
  starts_at: Timestamp;
  ends_at: Timestamp;
  is_locked: boolean;
  spotlight_seat: string | null;
  last_number: number;
  me: Me | null;
  server_time: Timestamp;
}

/** Where a long-lived connection goes, and the token that opens it. */
export interface Grant {
  url: string;
  token: string;
}

/** Everything a seat needs to be in the room. */
export interface AdmissionSeen {
  state: RoomStateSeen;
  engine: Grant;
  backstage: Grant | null;
  messages: Grant;
}

/** Somebody in the room. */
export interface RoomPerson {
  seat_id: string;
  name: string;
  role: "host" | "cohost" | "speaker" | "moderator" | "attendee";
  is_on_stage: boolean;
  hand_raised_at: Timestamp | null;
  is_silenced: boolean;
  is_here: boolean;
  is_removed: boolean;
  is_banned: boolean;
}

/** Of `chat_hidden` the number of the hidden message, of `spotlight` the seat that is shown large, or null. */
export interface MessageData {
  number?: number;
  seat_id?: string | null;
}

/** Something said or done in a room; numbers are gapless. */
export interface RoomMessage {
  number: number;
  at: Timestamp;
  kind: "chat" | "chat_hidden" | "hand_raised" | "hand_lowered" | "promoted" | "sent_back" | "spotlight" | "opened" | "locked" | "unlocked" | "ended" | "removed" | "silenced" | "unsilenced" | "muted";
  seat_id: string | null;
  name: string;
  role: "host" | "cohost" | "speaker" | "moderator" | "attendee" | "";
  text: string;
  data: MessageData;
}

/** At most 200 messages, and the number of the last one there is. */
export interface RoomMessages {
  messages: RoomMessage[];
  last_number: number;
}

/** On the channel of the room, every 500 ms when there were any: how many came since the last. It carries no number. */
export interface ReactionsNotice {
  kind: "reactions";
  counts: Partial<Record<"heart" | "clap" | "laugh" | "wow" | "thanks", number>>;
}

/** On the channel of one seat: something that concerns whoever sits there. */
export interface SeatNotice {
  kind: "taken_over" | "removed" | "banned" | "promoted" | "sent_back" | "muted" | "silenced" | "unsilenced" | "admitted";
  generation: number;
}

/** What a browser tells the message engine every 15 s; it stands in for attendance and delivery. Since the last one: pictures decoded, milliseconds of sound played, milliseconds in which picture or sound arrived. */
export interface Heartbeat {
  frames: number;
  audio_ms: number;
  watched_ms: number;
  state: "watching" | "hidden" | "reconnecting";
}

/** What the host may do with a seat. */
export type SeatAction = "admit" | "ban" | "mute" | "promote" | "remove" | "send-back" | "silence" | "unban" | "unsilence";

/** What the host may do with the room. */
export type RoomAction = "backstage" | "end" | "lock" | "open" | "unlock";
