import { CircleAlert, DoorClosed, DoorOpen, EyeOff, LoaderCircle, Lock, MonitorSmartphone, Ticket } from "lucide-react";
import type { RoomState } from "@estrade/protocol";
import { useEffect } from "react";
import type { Capture } from "../capture";
import { type Lobby, type LobbyState, waitReason } from "../lobby";
import { useStore } from "../store";
import { dayAndTime, timeOfDay } from "../words";
import { useLanguage, useWords } from "./context";
import { DeviceCheck } from "./DeviceCheck";
import { useNow } from "./hooks";
import { Wordmark } from "./Logo";
import { Notice } from "./Notice";

export function LobbyView({ lobby, capture, leaveUrl }: { lobby: Lobby; capture: Capture; leaveUrl: string }) {
  const words = useWords();
  const state = useStore(lobby.state);
  const { room } = state;
  return (
    <div className="min-h-dvh flex flex-col bg-base-100" data-view="lobby" data-phase={room?.phase}>
      <a className="skip" href="#main">{words.skip}</a>
      <header className="border-b-[1.5px] border-line">
        <div className="wrap flex items-center justify-between gap-4 min-h-16">
          <a href={leaveUrl} className="shrink-0 py-3"><Wordmark /></a>
          {room && <p className="text-sm flex items-center gap-2 min-w-0"><Ticket className="i" aria-hidden="true" /> <span className="truncate">{room.me.name}</span></p>}
        </div>
      </header>
      <main id="main" className="wrap pt-6 md:pt-10 pb-10 grid gap-x-16 gap-y-10 lg:grid-cols-[minmax(0,1fr)_22rem]">
        {room ? <Waiting lobby={lobby} state={state} room={room} capture={capture} leaveUrl={leaveUrl} /> : <Looking state={state} leaveUrl={leaveUrl} />}
      </main>
    </div>
  );
}

function Looking({ state, leaveUrl }: { state: LobbyState; leaveUrl: string }) {
  const words = useWords();
  const isHopeless = state.trouble !== null && state.trouble !== "unreachable";
  return (
    <div className="grid gap-6 content-start">
      <h1 className={isHopeless ? "" : "text-muted"} role="status">{isHopeless && state.trouble ? words.refusal(state.trouble) : words.looking}</h1>
      {state.trouble === "unreachable" && <Notice kind="warning" icon={CircleAlert} title={words.refusal("unreachable")} />}
      {isHopeless && <p><a className="btn btn-line" href={leaveUrl}>{words.backToTicket}</a></p>}
    </div>
  );
}

interface WaitingProps {
  lobby: Lobby;
  state: LobbyState;
  room: RoomState;
  capture: Capture;
  leaveUrl: string;
}

function Waiting({ lobby, state, room, capture, leaveUrl }: WaitingProps) {
  const words = useWords();
  const language = useLanguage();
  const now = useNow(1_000) + state.offsetMs;
  const isCrew = room.me.role !== "attendee";
  const isOver = room.phase === "ended";
  const mayBeSeen = !isOver && (room.kind === "class" || isCrew);
  useGrantedDevices(capture, mayBeSeen, isOver);
  return (
    <>
      <div className="grid content-start gap-8 min-w-0">
        <div>
          <p className="label-cond">{room.event_title}</p>
          <LobbyTitle room={room} now={now} />
          <div className="mt-5"><EnterRow lobby={lobby} state={state} room={room} leaveUrl={leaveUrl} /></div>
        </div>
        {mayBeSeen ? (
          <DeviceCheck capture={capture} />
        ) : (
          !isOver && <Notice icon={EyeOff} title={words.neverAskedTitle + "."} text={words.neverAskedText} />
        )}
      </div>
      <aside className="grid content-start gap-9" aria-labelledby="tonight">
        <section>
          <h2 id="tonight" className="stage">{words.tonight}</h2>
          <ol className="mt-2">
            {([[room.doors_at, words.doors], [room.starts_at, words.start], [room.ends_at, words.end]] as const).map(([at, what]) => (
              <li key={what} className="grid grid-cols-[minmax(4rem,auto)_1fr] gap-x-4 py-2 border-b border-line">
                <span className="num font-semibold">{isSameDay(at, now) ? timeOfDay(at, language) : dayAndTime(at, now, language)}</span><span>{what}</span>
              </li>
            ))}
          </ol>
        </section>
      </aside>
    </>
  );
}

const isSameDay = (at: string, now: number) => new Date(at).toDateString() === new Date(now).toDateString();

function LobbyTitle({ room, now }: { room: RoomState; now: number }) {
  const words = useWords();
  const language = useLanguage();
  if (room.phase === "ended") return <h1 className="mt-1">{words.eventHasEnded}</h1>;
  const reason = waitReason(room);
  if (reason === "locked") return <><h1 className="mt-1">{words.lockedTitle}</h1><p className="mt-3 max-w-[58ch]">{words.lockedText}</p></>;
  const untilDoors = Date.parse(room.doors_at) - now;
  if (room.phase === "open") return <><h1 className="mt-1">{words.doorsAreOpen}</h1><p className="mt-3 text-muted">{words.startsAt(dayAndTime(room.starts_at, now, language))}</p></>;
  if (untilDoors <= 0) return <><h1 className="mt-1">{words.doorsSoon}</h1><p className="mt-3 max-w-[58ch]">{words.hostIsLate}</p></>;
  return (
    <>
      <h1 className="mt-1">{words.doorsOpenAt(dayAndTime(room.doors_at, now, language))}</h1>
      <Countdown untilMs={untilDoors} />
    </>
  );
}

const LAST_HOUR_MS = 3_600_000;

/** The time to the doors, with a block that fills during the last hour. */
function Countdown({ untilMs }: { untilMs: number }) {
  const words = useWords();
  const figure = figureOf(untilMs, words.dayCount);
  const filled = Math.max(0, Math.min(1, 1 - untilMs / LAST_HOUR_MS));
  return (
    <div className="mt-6 flex flex-wrap items-end gap-x-4 md:gap-x-7 pb-4 relative border-b-[1.5px] border-base-content" role="timer" aria-label={words.untilDoorsLabel(figure)}>
      <p className="count -ms-[0.04em] text-[clamp(3.5rem,2rem+9vw,8.5rem)]" aria-hidden="true">{figure}</p>
      <p className="pb-1 md:pb-4 max-md:w-full md:max-w-[17ch] text-sm md:text-base leading-snug">{words.untilDoors}</p>
      <span className="absolute left-0 -bottom-[1.5px] h-2.5 min-w-14 bg-primary border-b-[1.5px] border-base-content" style={{ width: `${filled * 100}%` }} />
    </div>
  );
}

function figureOf(ms: number, dayCount: (days: number) => string): string {
  const seconds = Math.floor(ms / 1000);
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor((seconds % 3600) / 60)];
  const two = (number: number) => String(number).padStart(2, "0");
  if (hours >= 48) return dayCount(Math.floor(hours / 24));
  return hours ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
}

/** The one lit button: what it does is what it says. */
function EnterRow({ lobby, state, room, leaveUrl }: { lobby: Lobby; state: LobbyState; room: RoomState; leaveUrl: string }) {
  const words = useWords();
  if (room.phase === "ended") return <a className="btn btn-line" href={leaveUrl}>{words.backToTicket}</a>;
  const { trouble, isEntering, isWaiting, isHeldElsewhere } = state;
  if (isHeldElsewhere && !isEntering) {
    return (
      <Notice kind="lit" icon={MonitorSmartphone} title={words.heldTitle + "."} text={words.heldText}>
        <button type="button" className="btn btn-primary" onClick={() => void lobby.enter(true)}>{words.continueHere}</button>
      </Notice>
    );
  }
  if (isWaiting && room.me.must_wait) {
    return <Notice kind="lit" icon={waitReason(room) === "locked" ? Lock : DoorClosed} title={words.waitingToEnter} />;
  }
  const isCrewOfStage = room.me.role !== "attendee" && room.kind === "stage";
  const label = isEntering ? words.entering : room.me.must_wait ? words.enterWhenOpen : isCrewOfStage ? words.enterBackstage : words.enter;
  return (
    <div className="grid gap-4">
      {trouble && <Notice kind="error" icon={CircleAlert} title={words.refusal(trouble)} isAlert />}
      <p>
        <button type="button" className="btn btn-primary btn-lg min-w-56 max-md:w-full" aria-disabled={isEntering || undefined} onClick={() => void lobby.enter()}>
          {isEntering ? <LoaderCircle className="i motion-safe:animate-spin" aria-hidden="true" /> : <DoorOpen className="i" aria-hidden="true" />} {label}
        </button>
      </p>
    </div>
  );
}

/** Who has allowed both devices before sees themselves at once; nobody else is asked before they press a button. Off when it is over. */
function useGrantedDevices(capture: Capture, mayBeSeen: boolean, isOver: boolean): void {
  useEffect(() => {
    if (!mayBeSeen) return;
    let isStill = true;
    void capture.isGranted().then((isGranted) => {
      if (isGranted && isStill) void capture.turn("camera", true).then(() => capture.turn("microphone", true));
    });
    return () => void (isStill = false);
  }, [capture, mayBeSeen]);
  useEffect(() => {
    if (isOver) capture.close();
  }, [capture, isOver]);
}
