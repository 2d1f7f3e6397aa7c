/** Being in the room: the lines, the devices and what people say, held together for the page. */
import type {
  Admission, Reaction, RoomAction, RoomMessage, RoomPerson, RoomState, SeatAction, SeatNotice,
} from "@estrade/protocol";
import type { Api } from "./api";
import type { Capture } from "./capture";
import type { Clock } from "./clock";
import { type Connection, type ConnectionState, keepConnected, type OpenLine } from "./connection";
import { after, type Conversation, conversationOf, withPeople, withState } from "./conversation";
import { EMPTY_ENGINE, type Engine, type EngineOptions, type EngineState, type Source } from "./media";
import { RoomError, type RoomErrorReason } from "./errors";
import { beat } from "./heartbeat";
import { createHistory } from "./history";
import type { MessagesLine, MessagesOptions } from "./messages";
import type { Network } from "./network";
import { mayPublish } from "./powers";
import { type Counts, createReactionWindow } from "./reactions";
import { createStore, type Store } from "./store";
import { createStudio, type Place, type Studio } from "./studio";

/** What the page says once, at the foot, for a few seconds. */
export type Toast = { id: number; kind: "muted" | "silenced" | "unsilenced" | "sent_back" };

export interface SessionState {
  room: RoomState;
  conversation: Conversation;
  people: RoomPerson[];
  reactions: Counts;
  /** Promoted, and not yet answered. */
  isInvited: boolean;
  toasts: Toast[];
  /** Something asked of the server was refused. */
  refusal: RoomErrorReason | null;
}

export interface SessionOptions {
  admission: Admission;
  api: Api;
  capture: Capture;
  openEngine(options: EngineOptions): Promise<Engine>;
  openMessages(options: MessagesOptions): Promise<MessagesLine>;
  /** Where the sounds of a place live in the page. */
  sounds: Record<Place, HTMLElement>;
  isHidden(): boolean;
  clock: Clock;
  network: Network;
  random(): number;
}

export interface Session {
  readonly state: Store<SessionState>;
  readonly connection: Store<ConnectionState>;
  readonly stage: Store<EngineState>;
  readonly backstage: Store<EngineState>;
  readonly place: Store<Place>;
  readonly capture: Capture;
  show(place: Place, seatId: string, source: Source, element: HTMLVideoElement): () => void;
  look(place: Place, wanted: ReadonlySet<string>): void;
  moveTo(place: Place): void;
  playSound(): void;
  useSpeaker(deviceId: string): void;
  /** Rejects with a RoomError; the same key is the same message. */
  say(text: string, key: string): Promise<void>;
  react(reaction: Reaction): void;
  raiseHand(raised: boolean): void;
  answerInvitation(accepts: boolean): void;
  hide(number: number): void;
  actOnSeat(seatId: string, action: SeatAction): void;
  actOnRoom(action: RoomAction): void;
  spotlight(seatId: string | null): void;
  readPeople(): void;
  forgetRefusal(): void;
  leave(): Promise<void>;
  /** Ends everything on this page; the seat stays taken. */
  close(): void;
}

const HISTORY_LENGTH = 300; // what a late comer reads at once
const TOAST_MS = 6_000;
const PEOPLE_AFTER_MS = 400;
const PEOPLE_CHANGES: readonly string[] = ["hand_raised", "hand_lowered", "promoted", "sent_back", "removed", "silenced", "unsilenced"];

/** The address of the line for one seat and generation. */
export function messagesUrl(url: string, seatId: string, generation: number): string {
  const address = new URL(url, globalThis.location?.href);
  address.protocol = address.protocol.replace("http", "ws");
  address.searchParams.set("seat", seatId);
  address.searchParams.set("generation", String(generation));
  return address.href;
}

export const isCrew = (state: RoomState) => state.me.role !== "attendee";
/** Who may promote, open, lock and end. */
export const isHosting = (state: RoomState) => state.me.role === "host" || state.me.role === "cohost";

export function openSession(options: SessionOptions): Session {
  const { admission, api, capture, clock } = options;
  const stop = new AbortController();
  const { signal } = stop;
  const startsBackstage = admission.backstage !== null;
  const studio: Studio = createStudio(capture, startsBackstage ? "backstage" : "stage");
  const engines: Record<Place, Engine | null> = { stage: null, backstage: null };
  const seen = { stage: createStore(EMPTY_ENGINE), backstage: createStore(EMPTY_ENGINE) };
  const window = createReactionWindow();
  let messages: MessagesLine | null = null;
  let settled = admission.state.last_number;
  let toastId = 0;

  const state = createStore<SessionState>({
    room: admission.state, conversation: conversationOf(admission.state), people: [], reactions: {}, isInvited: false, toasts: [], refusal: null,
  });
  const me = () => state.get().room.me;
  const patchMe = (part: Partial<RoomState["me"]>) => state.patch({ room: { ...state.get().room, me: { ...me(), ...part } } });

  const history = createHistory({
    after: Math.max(0, admission.state.last_number - HISTORY_LENGTH), read: api.messagesAfter, apply: said, clock, signal,
  });

  function said(message: RoomMessage): void {
    const conversation = after(state.get().conversation, message, settled);
    const { room } = state.get();
    state.patch({
      conversation,
      room: { ...room, phase: conversation.phase, is_locked: conversation.isLocked, spotlight_seat: conversation.spotlightSeat },
    });
    if (message.number <= settled) return;
    if (message.kind === "ended") connection.end("ended");
    if (PEOPLE_CHANGES.includes(message.kind) && isCrew(state.get().room)) readPeopleSoon();
  }

  function noticed({ kind }: SeatNotice): void {
    switch (kind) {
      case "removed":
      case "banned":
        return connection.end(kind);
      case "taken_over":
        return void connection.renew().catch(() => undefined); // the notice reaches the new device too: ask who is meant
      case "promoted":
        patchMe({ is_on_stage: true, may_publish: true, hand_raised_at: null });
        return state.patch({ isInvited: true });
      case "sent_back":
        return sentBack();
      case "muted":
        return muted();
      case "silenced":
      case "unsilenced":
        patchMe({ is_silenced: kind === "silenced" });
        return toast(kind);
      case "admitted":
        return;
    }
  }

  function sentBack(): void {
    const isAttendee = !isCrew(state.get().room);
    const wasOnStage = me().is_on_stage;
    patchMe({ is_on_stage: false, may_publish: mayPublish(state.get().room.kind, me().role, false) });
    state.patch({ isInvited: false });
    if (isAttendee) putDevicesAway();
    else if (engines.backstage) studio.moveTo("backstage");
    if (wasOnStage) toast("sent_back");
  }

  function putDevicesAway(): void {
    void capture.turn("camera", false);
    void capture.turn("microphone", false);
    void capture.shareScreen(false);
  }

  function muted(): void {
    if (!capture.state.get().microphone.isOn) return;
    void capture.turn("microphone", false);
    toast("muted");
  }

  function toast(kind: Toast["kind"]): void {
    const id = (toastId += 1);
    state.patch({ toasts: [...state.get().toasts, { id, kind }] });
    void clock.delay(TOAST_MS, signal).then(() => state.patch({ toasts: state.get().toasts.filter((one) => one.id !== id) }), () => undefined);
  }

  const openPlace = (place: Place): OpenLine => async (admitted, wavering, lineSignal) => {
    const grant = place === "stage" ? admitted.engine : admitted.backstage;
    if (!grant) throw new RoomError("refused");
    // Backstage is for few people, all of whom are looked at: like a stage.
    const engine = await options.openEngine({
      grant, wavering, kind: place === "backstage" ? "stage" : admitted.state.kind, sounds: options.sounds[place], onMuted: muted, signal: lineSignal,
    });
    engines[place] = engine;
    const mirror = () => {
      const before = seen[place].get();
      seen[place].set(engine.state.get());
      if (before.mayPublish !== engine.state.get().mayPublish) studio.refresh();
    };
    engine.state.subscribe(mirror);
    mirror();
    studio.use(place, engine);
    void engine.lost.then(() => {
      if (engines[place] !== engine) return;
      engines[place] = null;
      studio.use(place, null);
    });
    return engine;
  };

  const openMessagesLine: OpenLine = async (admitted, _wavering, lineSignal) => {
    const { seat_id, generation } = admitted.state.me;
    const { url, token } = admitted.messages;
    const line = await options.openMessages({
      url: messagesUrl(url, seat_id, generation), token, signal: lineSignal,
      renew: async () => (await connection.renew()).messages.token,
      onMessage: history.receive,
      onReactions: ({ counts }) => {
        window.add(counts, clock.now());
        state.patch({ reactions: window.counts(clock.now()) });
      },
      onNotice: noticed,
    });
    messages = line;
    void line.lost.then(() => messages === line && (messages = null));
    history.catchUp();
    return line;
  };

  const connection: Connection = keepConnected({
    admission,
    open: { engine: openPlace("stage"), backstage: openPlace("backstage"), messages: openMessagesLine },
    renew: (renewSignal) => api.tokens(me().generation, renewSignal),
    onAdmission: ({ state: room }) => {
      settled = Math.max(settled, room.last_number);
      state.patch({ room, conversation: withState(state.get().conversation, room) });
    },
    clock, network: options.network, random: options.random,
  });
  connection.state.subscribe(() => connection.state.get().end && finish());

  function finish(): void {
    if (signal.aborted) return;
    stop.abort();
    studio.close();
    putDevicesAway();
    capture.close();
  }

  async function readPeople(): Promise<void> {
    try {
      const people = await api.people(signal);
      state.patch({ people, conversation: withPeople(state.get().conversation, people) });
    } catch {
      // The list stays as it was; the next change reads it again.
    }
  }

  let isPeopleDue = false;
  function readPeopleSoon(): void {
    if (isPeopleDue) return;
    isPeopleDue = true;
    void clock.delay(PEOPLE_AFTER_MS, signal).then(() => {
      isPeopleDue = false;
      return readPeople();
    }, () => undefined);
  }

  /** What was asked, or the reason why not, said on the page. */
  async function attempt(work: Promise<void>): Promise<void> {
    try {
      await work;
      if (isCrew(state.get().room)) readPeopleSoon();
    } catch (error) {
      if (!signal.aborted) state.patch({ refusal: error instanceof RoomError ? error.reason : "unreachable" });
    }
  }

  async function raiseHand(raised: boolean): Promise<void> {
    patchMe({ hand_raised_at: raised ? new Date(clock.now()).toISOString() : null });
    try {
      await api.raiseHand(raised);
    } catch (error) {
      patchMe({ hand_raised_at: raised ? null : new Date(clock.now()).toISOString() });
      throw error;
    }
  }

  async function forgetReactions(): Promise<void> {
    while (!signal.aborted) {
      await clock.delay(5_000, signal).catch(() => undefined);
      if (Object.keys(state.get().reactions).length) state.patch({ reactions: window.counts(clock.now()) });
    }
  }

  void beat({
    delivered: async () => (await Promise.all([engines.stage?.delivered() ?? []])).flat(),
    send: (heartbeat) => messages?.heartbeat(heartbeat) ?? Promise.reject(new RoomError("unreachable")),
    situation: () => (connection.state.get().lines.engine === "connected" ? (options.isHidden() ? "hidden" : "watching") : "reconnecting"),
    clock, signal,
  });
  void forgetReactions();
  if (isCrew(admission.state) || admission.state.kind === "class") void readPeople();

  return {
    state, connection: connection.state, stage: seen.stage, backstage: seen.backstage, place: studio.place, capture,
    show: (place, seatId, source, element) => engines[place]?.show(seatId, source, element) ?? (() => undefined),
    look: (place, wanted) => engines[place]?.look(wanted),
    moveTo: (place) => studio.moveTo(place),
    playSound: () => void Promise.all([engines.stage?.playSound(), engines.backstage?.playSound()]),
    useSpeaker: (deviceId) => {
      void capture.choose("speaker", deviceId);
      for (const engine of [engines.stage, engines.backstage]) void engine?.useSpeaker(deviceId);
    },
    say: async (text, key) => history.receive(await api.say(text, key)),
    react: (reaction) => void messages?.react(reaction).catch(() => undefined), // too many, or no line: a lost clap is no loss
    raiseHand: (raised) => void attempt(raiseHand(raised)),
    answerInvitation: (accepts) => {
      state.patch({ isInvited: false });
      if (accepts) {
        studio.moveTo("stage");
        void capture.turn("microphone", true).then(() => capture.turn("camera", true));
        return;
      }
      patchMe({ is_on_stage: false, may_publish: mayPublish(state.get().room.kind, me().role, false) });
      void attempt(api.seat(me().seat_id, "send-back"));
    },
    hide: (number) => void attempt(api.hide(number)),
    actOnSeat: (seatId, action) => void attempt(api.seat(seatId, action)),
    actOnRoom: (action) => void attempt(api.room(action)),
    spotlight: (seatId) => void attempt(api.spotlight(seatId)),
    readPeople: () => void readPeople(),
    forgetRefusal: () => state.patch({ refusal: null }),
    leave: async () => {
      connection.end("left");
      await api.leave().catch(() => undefined); // the seat is free again when its lease runs out
    },
    close: () => connection.end("left"),
  };
}
