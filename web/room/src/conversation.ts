/** What the numbered messages of a room add up to: lines to read, hands in order, and the state of the room. */
import type { Phase, Role, RoomMessage, RoomMessageKind, RoomPerson, RoomState } from "@estrade/protocol";

export interface ChatLine {
  number: number;
  at: string;
  seatId: string | null;
  name: string;
  role: Role | "";
  text: string;
  isHidden: boolean;
}

/** Something that was done rather than said; shown between the lines. */
export interface Note {
  number: number;
  at: string;
  kind: RoomMessageKind;
  name: string;
}

export interface Hand {
  seatId: string;
  name: string;
  at: string;
}

export interface Conversation {
  log: (ChatLine | Note)[];
  /** The first to have raised it first. */
  hands: Hand[];
  phase: Phase;
  isLocked: boolean;
  spotlightSeat: string | null;
  silenced: ReadonlySet<string>;
}

const LOG_LENGTH_MAX = 1_000; // lines kept on the page; PostgreSQL keeps all
const NOTED: readonly RoomMessageKind[] = ["hand_raised", "promoted", "sent_back", "opened", "locked", "unlocked", "ended"];

export function isChat(line: ChatLine | Note): line is ChatLine {
  return "text" in line;
}

/** The conversation as `state` has it, before any message was read. */
export function conversationOf(state: RoomState): Conversation {
  const { me } = state;
  return {
    log: [],
    hands: me.hand_raised_at ? [{ seatId: me.seat_id, name: me.name, at: me.hand_raised_at }] : [],
    phase: state.phase,
    isLocked: state.is_locked,
    spotlightSeat: state.spotlight_seat,
    silenced: new Set(me.is_silenced ? [me.seat_id] : []),
  };
}

/** What the room is now outweighs what its history says it was. */
export function withState(conversation: Conversation, state: RoomState): Conversation {
  return { ...conversation, phase: state.phase, isLocked: state.is_locked, spotlightSeat: state.spotlight_seat };
}

/** The list of people outweighs the history too: hands raised before we came are in it. */
export function withPeople(conversation: Conversation, people: readonly RoomPerson[]): Conversation {
  const hands = people
    .flatMap(({ seat_id, name, hand_raised_at }) => (hand_raised_at ? [{ seatId: seat_id, name, at: hand_raised_at }] : []))
    .sort((one, other) => one.at.localeCompare(other.at));
  return { ...conversation, hands, silenced: new Set(people.filter((person) => person.is_silenced).map((person) => person.seat_id)) };
}

/**
 * The conversation after `message`. Messages up to `settled` are history: they are read, but what they
 * did to the room is already in its state.
 */
export function after(conversation: Conversation, message: RoomMessage, settled = 0): Conversation {
  const next = logged(conversation, message);
  return message.number <= settled ? next : applied(next, message);
}

/** Whom a message is about: what was done to somebody names them, whoever did it. */
export function subjectOf(message: RoomMessage): string | null {
  return message.data.seat_id !== undefined ? message.data.seat_id : message.seat_id;
}

function logged(conversation: Conversation, message: RoomMessage): Conversation {
  const { number, at, kind, name, role } = message;
  if (kind === "chat") {
    const { text } = message;
    const line: ChatLine = { number, at, seatId: message.seat_id, name, role, text, isHidden: text === "" };
    return { ...conversation, log: [...conversation.log, line].slice(-LOG_LENGTH_MAX) };
  }
  if (kind === "chat_hidden") {
    const hidden = message.data.number;
    return { ...conversation, log: conversation.log.map((line) => (isChat(line) && line.number === hidden ? { ...line, text: "", isHidden: true } : line)) };
  }
  if (!NOTED.includes(kind)) return conversation;
  return { ...conversation, log: [...conversation.log, { number, at, kind, name }].slice(-LOG_LENGTH_MAX) };
}

function applied(conversation: Conversation, message: RoomMessage): Conversation {
  const seatId = subjectOf(message);
  const others = conversation.hands.filter((hand) => hand.seatId !== seatId);
  switch (message.kind) {
    case "hand_raised":
      return { ...conversation, hands: seatId ? [...others, { seatId, name: message.name, at: message.at }] : others };
    case "hand_lowered":
    case "promoted":
    case "removed":
      return { ...conversation, hands: others };
    case "spotlight":
      return { ...conversation, spotlightSeat: seatId };
    case "opened":
      return { ...conversation, phase: "open" };
    case "ended":
      return { ...conversation, phase: "ended" };
    case "locked":
    case "unlocked":
      return { ...conversation, isLocked: message.kind === "locked" };
    case "silenced":
    case "unsilenced": {
      const silenced = new Set(conversation.silenced);
      if (seatId && message.kind === "silenced") silenced.add(seatId);
      else if (seatId) silenced.delete(seatId);
      return { ...conversation, silenced };
    }
    default:
      return conversation;
  }
}
