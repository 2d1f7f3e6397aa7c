/** The room operations in memory: enough of the server to look at the room without it. */
import { randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Admission, Phase, Role, RoomKind, RoomMessage, RoomMessageKind, RoomState } from "@estrade/protocol";
import { engineToken, messagesCall, messagesToken, PORTS, roomService } from "./engines.ts";

interface Seat {
  id: string;
  name: string;
  role: Role;
  generation: number;
  device: string;
  isOnStage: boolean;
  isSilenced: boolean;
  isRemoved: boolean;
  isBanned: boolean;
  handRaisedAt: string | null;
}

interface House {
  id: string;
  title: string;
  kind: RoomKind;
  phase: Phase;
  isLocked: boolean;
  doorsAt: number;
  spotlight: string | null;
  messages: RoomMessage[];
  seats: Map<string, Seat>;
}

const houses = new Map<string, House>();

/** A name decides a role: Alice hosts, Carol speaks, Mo moderates; everybody else bought a ticket. */
const ROLES: Record<string, Role> = { alice: "host", carol: "speaker", mo: "moderator" };

/** Rooms are named "<kind>-<anything>", so that each test has its own. */
export function houseOf(key: string): House {
  const known = [...houses.values()].find((house) => house.title === key) ?? houses.get(key);
  if (known) return known;
  const house: House = {
    id: randomUUID(), title: key, kind: key.startsWith("class") ? "class" : "stage", phase: "open", isLocked: false,
    doorsAt: Date.now() - 60_000, spotlight: null, messages: [], seats: new Map(),
  };
  houses.set(house.id, house);
  return house;
}

export function seatOf(house: House, name: string): Seat {
  const known = house.seats.get(name);
  if (known) return known;
  const shown = name.split("-").map((part) => part[0]?.toUpperCase() + part.slice(1)).join(" ");
  const seat: Seat = {
    id: randomUUID(), name: shown, role: ROLES[name] ?? "attendee", generation: 0, device: "", isOnStage: false, isSilenced: false,
    isRemoved: false, isBanned: false, handRaisedAt: null,
  };
  house.seats.set(name, seat);
  return seat;
}

class Refusal extends Error {
  constructor(readonly status: number, readonly code: string) {
    super(code);
  }
}

const isCrew = (seat: Seat) => seat.role !== "attendee";
const mayPublish = (house: House, seat: Seat) => house.kind === "class" || seat.isOnStage || ["host", "cohost", "speaker"].includes(seat.role);

function stateOf(house: House, seat: Seat, device: string): RoomState {
  return {
    id: house.id, event_title: house.title, kind: house.kind, phase: house.phase, is_locked: house.isLocked, spotlight_seat: house.spotlight,
    doors_at: new Date(house.doorsAt).toISOString(), starts_at: new Date(house.doorsAt + 900_000).toISOString(), ends_at: new Date(house.doorsAt + 5_400_000).toISOString(),
    last_number: house.messages.length, server_time: new Date().toISOString(),
    me: {
      seat_id: seat.id, name: seat.name, role: seat.role, generation: seat.generation, is_seated: seat.device !== "",
      is_held_elsewhere: seat.device !== "" && seat.device !== device, is_on_stage: seat.isOnStage, may_publish: mayPublish(house, seat),
      is_silenced: seat.isSilenced, hand_raised_at: seat.handRaisedAt, must_wait: !isCrew(seat) && (house.phase !== "open" || house.isLocked),
    },
  };
}

async function admission(house: House, seat: Seat, device: string): Promise<Admission> {
  const hasBackstage = house.kind === "stage" && isCrew(seat);
  await roomService("CreateRoom", { name: house.id, max_participants: 1000 }).catch(() => { throw new Refusal(503, "engine_unavailable"); });
  if (hasBackstage) await roomService("CreateRoom", { name: `${house.id}.backstage` });
  const url = `ws://127.0.0.1:${PORTS.engine}`;
  const attributes = { role: seat.role, generation: String(seat.generation) };
  return {
    state: stateOf(house, seat, device),
    engine: { url, token: engineToken(seat.id, seat.name, house.id, attributes, mayPublish(house, seat)) },
    backstage: hasBackstage ? { url, token: engineToken(seat.id, seat.name, `${house.id}.backstage`, attributes, true) } : null,
    messages: { url: `ws://localhost:${PORTS.house}/connection/websocket`, token: messagesToken(seat.id, seat.generation, house.id) },
  };
}

async function announce(house: House, kind: RoomMessageKind, seat: Seat | null, more: Partial<RoomMessage> = {}): Promise<RoomMessage> {
  const message: RoomMessage = {
    number: house.messages.length + 1, at: new Date().toISOString(), kind, seat_id: seat?.id ?? null, name: seat?.name ?? "", role: seat?.role ?? "", text: "", data: {}, ...more,
  };
  house.messages.push(message);
  await messagesCall("publish", { channel: `room:${house.id}`, data: message }).catch(() => undefined);
  return message;
}

const notice = (seat: Seat, kind: string) => messagesCall("publish", { channel: `seat:${seat.id}`, data: { kind, generation: seat.generation } }).catch(() => undefined);

function checkSeat(house: House, seat: Seat): void {
  if (house.phase === "ended") throw new Refusal(409, "room_ended");
  if (seat.isBanned) throw new Refusal(403, "banned");
  if (seat.isRemoved) throw new Refusal(403, "seat_removed");
  if (!isCrew(seat) && house.phase !== "open") throw new Refusal(403, "room_not_open");
  if (!isCrew(seat) && house.isLocked && seat.device === "") throw new Refusal(403, "room_locked");
}

interface Asked {
  house: House;
  seat: Seat;
  device: string;
  body: Record<string, unknown>;
  query: URLSearchParams;
  rest: string[];
}

type Operation = (asked: Asked) => unknown;

const operations: Record<string, Operation> = {
  "GET ": ({ house, seat, device }) => {
    if (seat.isBanned) throw new Refusal(403, "banned");
    return stateOf(house, seat, device);
  },
  "POST seat": async ({ house, seat, device, body }) => {
    checkSeat(house, seat);
    if (seat.device && seat.device !== device && !body["takeover"]) throw new Refusal(409, "seat_taken");
    const wasElsewhere = seat.device !== "" && seat.device !== device;
    seat.generation += 1;
    seat.device = device;
    if (wasElsewhere) void notice(seat, "taken_over");
    return admission(house, seat, device);
  },
  "POST tokens": ({ house, seat, device, body }) => {
    checkSeat(house, seat);
    if (body["generation"] !== seat.generation) throw new Refusal(409, "seat_lost");
    return admission(house, seat, device);
  },
  "DELETE seat": ({ seat }) => void (seat.device = ""),
  "GET messages": ({ house, query }) => ({ messages: house.messages.slice(Number(query.get("after")), Number(query.get("after")) + 200), last_number: house.messages.length }),
  "POST messages": ({ house, seat, body }) => {
    if (seat.isSilenced) throw new Refusal(403, "silenced");
    return announce(house, "chat", seat, { text: String(body["text"]) });
  },
  "PUT hand": ({ house, seat, body }) => {
    seat.handRaisedAt = body["raised"] ? new Date().toISOString() : null;
    return announce(house, body["raised"] ? "hand_raised" : "hand_lowered", seat);
  },
  "GET people": ({ house }) => [...house.seats.values()].map((seat) => ({
    seat_id: seat.id, name: seat.name, role: seat.role, is_on_stage: seat.isOnStage, hand_raised_at: seat.handRaisedAt, is_silenced: seat.isSilenced,
    is_here: seat.device !== "", is_removed: seat.isRemoved || seat.isBanned, is_banned: seat.isBanned,
  })),
  "POST open": ({ house }) => ((house.phase = "open"), announce(house, "opened", null)),
  "POST backstage": ({ house }) => void (house.phase = "backstage"),
  "POST lock": ({ house }) => ((house.isLocked = true), announce(house, "locked", null)),
  "POST unlock": ({ house }) => ((house.isLocked = false), announce(house, "unlocked", null)),
  "POST end": async ({ house }) => {
    house.phase = "ended";
    await announce(house, "ended", null);
    await roomService("DeleteRoom", { room: house.id }).catch(() => undefined);
  },
  "PUT spotlight": ({ house, body }) => {
    house.spotlight = body["seat_id"] as string | null;
    return announce(house, "spotlight", null, { data: { seat_id: house.spotlight } });
  },
  "POST seats": async ({ house, rest: [seatId, action] }) => {
    const seat = [...house.seats.values()].find((one) => one.id === seatId);
    if (!seat) throw new Refusal(404, "not_found");
    await seatActions[action ?? ""]?.(house, seat);
  },
};

const permission = (house: House, seat: Seat, canPublish: boolean) =>
  roomService("UpdateParticipant", {
    room: house.id, identity: seat.id,
    permission: { can_publish: canPublish, can_subscribe: true, can_publish_data: false, can_publish_sources: [1, 2, 3, 4] },
  }).catch((error: unknown) => console.error(error));

const seatActions: Record<string, (house: House, seat: Seat) => Promise<unknown>> = {
  promote: async (house, seat) => {
    seat.isOnStage = true;
    seat.handRaisedAt = null;
    if (!isCrew(seat)) await permission(house, seat, true);
    await announce(house, "promoted", seat);
    await notice(seat, "promoted");
  },
  "send-back": async (house, seat) => {
    seat.isOnStage = false;
    if (!isCrew(seat)) await permission(house, seat, false);
    await announce(house, "sent_back", seat);
    await notice(seat, "sent_back");
  },
  mute: (_, seat) => notice(seat, "muted"),
  silence: async (house, seat) => ((seat.isSilenced = true), await announce(house, "silenced", seat), notice(seat, "silenced")),
  unsilence: async (house, seat) => ((seat.isSilenced = false), announce(house, "unsilenced", seat)),
  remove: async (house, seat) => {
    seat.isRemoved = true;
    await announce(house, "removed", seat);
    await notice(seat, "removed");
    await roomService("RemoveParticipant", { room: house.id, identity: seat.id }).catch(() => undefined);
  },
  ban: async (house, seat) => {
    seat.isBanned = true;
    await notice(seat, "banned");
    await roomService("RemoveParticipant", { room: house.id, identity: seat.id }).catch(() => undefined);
  },
  unban: async (_, seat) => void (seat.isBanned = false),
  admit: async (_, seat) => ((seat.isRemoved = false), notice(seat, "admitted")),
};

/** Answers /api/v1/rooms/… for whoever the cookies say. */
export async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? "/", "http://house");
  const [roomId = "", operation = "", ...rest] = url.pathname.split("/").slice(4);
  const cookies = new Map((request.headers.cookie ?? "").split("; ").map((pair) => pair.split("=") as [string, string]));
  const house = houseOf(roomId);
  const seat = seatOf(house, cookies.get("as") ?? "bob");
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const body = JSON.parse(Buffer.concat(chunks).toString() || "{}") as Record<string, unknown>;
  const send = (status: number, value: unknown) => {
    response.writeHead(status, { "Content-Type": "application/json" });
    response.end(JSON.stringify(value ?? {}));
  };
  try {
    const key = operation === "messages" && rest.length ? "" : `${request.method} ${operation}`;
    if (operation === "messages" && rest[1] === "hide") {
      const hidden = house.messages[Number(rest[0]) - 1];
      if (hidden) hidden.text = "";
      return send(200, await announce(house, "chat_hidden", null, { data: { number: Number(rest[0]) } }));
    }
    const serve = operations[key];
    if (!serve) throw new Refusal(404, "not_found");
    send(200, await serve({ house, seat, device: cookies.get("device") ?? "", body, query: url.searchParams, rest }));
  } catch (error) {
    const refusal = error instanceof Refusal ? error : new Refusal(500, "broken");
    if (refusal.code === "broken") console.error(error);
    send(refusal.status, { type: `/problems/${refusal.code}`, title: refusal.code, status: refusal.status });
  }
}
