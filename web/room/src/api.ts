/** The room operations over HTTP. */
import type {
  Admission, Problem, RoomAction, RoomMessage, RoomMessages, RoomPerson, RoomState, SeatAction,
} from "@estrade/protocol";
import { RoomError, reasonOf } from "./errors";

/** Every operation rejects with a RoomError, or with the reason of `signal` when that is aborted. */
export interface Api {
  state(signal?: AbortSignal): Promise<RoomState>;
  takeSeat(takeover: boolean, signal?: AbortSignal): Promise<Admission>;
  tokens(generation: number, signal?: AbortSignal): Promise<Admission>;
  leave(): Promise<void>;
  messagesAfter(number: number, signal?: AbortSignal): Promise<RoomMessages>;
  say(text: string, key: string): Promise<RoomMessage>;
  hide(number: number): Promise<void>;
  raiseHand(raised: boolean): Promise<void>;
  people(signal?: AbortSignal): Promise<RoomPerson[]>;
  seat(seatId: string, action: SeatAction): Promise<void>;
  room(action: RoomAction): Promise<void>;
  spotlight(seatId: string | null): Promise<void>;
}

export interface ApiOptions {
  fetch: typeof fetch;
  apiBase: string;
  roomId: string;
  language: string;
}

const ANSWER_WITHIN_MS = 8_000;

export function createApi({ fetch, apiBase, roomId, language }: ApiOptions): Api {
  const base = `${apiBase}/rooms/${roomId}`;

  async function ask(method: string, path: string, body?: unknown, signal?: AbortSignal): Promise<unknown> {
    const limit = AbortSignal.timeout(ANSWER_WITHIN_MS);
    const headers: Record<string, string> = { Accept: "application/json", "Accept-Language": language };
    if (body !== undefined) headers["Content-Type"] = "application/json";
    let response: Response;
    let text: string;
    try {
      response = await fetch(base + path, {
        method, headers, credentials: "same-origin",
        signal: signal ? AbortSignal.any([signal, limit]) : limit,
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      text = await response.text();
    } catch {
      signal?.throwIfAborted();
      throw new RoomError("unreachable");
    }
    const answer = parsed(text);
    if (response.ok) return answer;
    const problem = (answer ?? {}) as Partial<Problem>;
    const code = (problem.type ?? "").split("/").at(-1) ?? "";
    throw new RoomError(reasonOf(response.status, code), { ...problem, code, status: response.status });
  }

  const act = async (method: string, path: string, body?: unknown) => void (await ask(method, path, body));

  return {
    state: (signal) => ask("GET", "", undefined, signal) as Promise<RoomState>,
    takeSeat: (takeover, signal) => ask("POST", "/seat", { takeover }, signal) as Promise<Admission>,
    tokens: (generation, signal) => ask("POST", "/tokens", { generation }, signal) as Promise<Admission>,
    leave: () => act("DELETE", "/seat"),
    messagesAfter: (number, signal) => ask("GET", `/messages?after=${number}`, undefined, signal) as Promise<RoomMessages>,
    say: (text, key) => ask("POST", "/messages", { text, key }) as Promise<RoomMessage>,
    hide: (number) => act("POST", `/messages/${number}/hide`),
    raiseHand: (raised) => act("PUT", "/hand", { raised }),
    people: (signal) => ask("GET", "/people", undefined, signal) as Promise<RoomPerson[]>,
    seat: (seatId, action) => act("POST", `/seats/${seatId}/${action}`),
    room: (action) => act("POST", `/${action}`),
    spotlight: (seatId) => act("PUT", "/spotlight", { seat_id: seatId }),
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // an error page of something in between is not a problem document
  }
}
