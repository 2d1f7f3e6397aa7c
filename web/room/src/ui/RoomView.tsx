import { Lock, Theater, Users } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { isLive } from "../capture";
import { isCrew, isHosting } from "../session";
import { isOnStage, type LayoutName } from "../layout";
import { shortcutOf } from "../shortcuts";
import { useStore } from "../store";
import { timeOfDay } from "../words";
import { Announcer } from "./Announcer";
import { useLanguage, useSession, useWords } from "./context";
import { DeviceFields } from "./DeviceFields";
import { Dialog } from "./Dialog";
import { EmptyStage } from "./EmptyStage";
import { useArrival, useIsNarrow } from "./hooks";
import { HostBar } from "./HostBar";
import { Mark } from "./Logo";
import { Panel, type PanelTab } from "./Panel";
import { ReactionCounts } from "./ReactionCounts";
import { RoomNotices } from "./RoomNotices";
import { StageArea } from "./StageArea";
import { toggleFullScreen } from "./Tile";
import { Toasts } from "./Toasts";
import { Toolbar } from "./Toolbar";

const SHORTCUTS_KEY = "room.shortcuts";

export function RoomView() {
  const words = useWords();
  const session = useSession();
  const isNarrow = useIsNarrow();
  const { room, conversation, reactions } = useStore(session.state);
  const { lines } = useStore(session.connection);
  const stage = useStore(session.stage);
  const backstage = useStore(session.backstage);
  const place = useStore(session.place);
  const [layout, setLayout] = useState<LayoutName>(room.kind === "class" ? "grid" : "speaker");
  const [pinned, setPinned] = useState<string | null>(null);
  const [isPanelOpen, setPanelOpen] = useState(true);
  const [tab, setTab] = useState<PanelTab>("chat");
  const [sheet, setSheet] = useState<"devices" | "host" | null>(null);
  const [hasShortcuts, setShortcuts] = useState(() => localStorage.getItem(SHORTCUTS_KEY) !== "off");
  const picture = useRef<HTMLDivElement>(null);
  const main = useRef<HTMLElement>(null);
  useArrival(main);

  const crew = isCrew(room);
  const hasBackstage = room.kind === "stage" && crew && lines.backstage === "connected";
  const mayBeOnStage = room.me.may_publish || stage.mayPublish;
  const mayPublish = hasBackstage && place === "backstage" ? backstage.mayPublish : mayBeOnStage;
  const mayRaiseHand = room.kind === "class" ? !isHosting(room) : !crew && !stage.mayPublish;
  const isOwnShown = room.kind === "stage" ? stage.people.some((person) => person.isMe && isOnStage(person)) : stage.people.length === 1;
  useShortcuts(hasShortcuts, mayPublish, mayRaiseHand);
  useScreenAwake();

  const isClassOnPhone = isNarrow && room.kind === "class";
  const rows = isClassOnPhone ? "max-md:grid-rows-[minmax(0,1fr)_15rem]" : "max-md:grid-rows-[auto_minmax(0,1fr)]";
  const columns = isPanelOpen ? "md:grid-cols-[minmax(0,1fr)_21rem]" : "md:grid-cols-[minmax(0,1fr)]";
  return (
    <div
      className="fixed inset-0 overflow-hidden flex flex-col bg-base-100 text-base-content"
      data-view="room"
      data-phase={room.phase}
      data-connection={lines.engine === "connecting" ? "connecting" : lines.engine}
      data-messages={lines.messages}
      data-place={hasBackstage ? place : undefined}
    >
      <a className="skip" href="#main">{words.skip}</a>
      <Head />
      <main ref={main} id="main" tabIndex={-1} className={`outline-none flex-1 min-h-0 grid ${rows} ${columns}`}>
        <div className="min-h-0 min-w-0 flex flex-col">
          <div ref={picture} className="relative flex-1 min-h-0 flex flex-col bg-base-100">
            <StageArea
              kind={room.kind} place="stage" people={stage.people} hands={conversation.hands} layout={layout}
              spotlightSeat={room.spotlight_seat} pinned={pinned} onPin={setPinned} empty={<Nobody hasBackstage={hasBackstage} mayBeOnStage={mayBeOnStage} />}
            />
            <ReactionCounts counts={reactions} />
            <RoomNotices mayPublish={mayPublish} />
          </div>
          {hasBackstage && <Backstage />}
          {isHosting(room) && !isNarrow && <HostBar />}
        </div>
        {(isPanelOpen || isNarrow) && <Panel tab={tab} onTab={setTab} className="max-md:border-t-[1.5px] md:border-s-[1.5px]" />}
      </main>
      <Toolbar
        isNarrow={isNarrow} isOwnShown={isOwnShown} mayPublish={mayPublish} mayRaiseHand={mayRaiseHand} hasTwoPlaces={hasBackstage && (mayBeOnStage || place === "stage")} isHosting={isHosting(room)}
        layout={layout} onLayout={setLayout} isPanelOpen={isPanelOpen} onPanel={() => setPanelOpen(!isPanelOpen)}
        onDevices={() => setSheet("devices")} onHostSheet={() => setSheet("host")} onFullScreen={() => void toggleFullScreen(picture.current)}
        onLeave={() => void session.leave()}
      />
      {sheet === "devices" && (
        <Dialog title={words.devices} onClose={() => setSheet(null)}>
          <div className="mt-4 grid gap-4">
            <DeviceFields capture={session.capture} onSpeaker={session.useSpeaker} />
            <label className="flex gap-3">
              <input
                type="checkbox" className="checkbox" checked={hasShortcuts}
                onChange={(event) => {
                  setShortcuts(event.target.checked);
                  localStorage.setItem(SHORTCUTS_KEY, event.target.checked ? "on" : "off");
                }}
              />
              <span>{words.shortcuts}</span>
            </label>
          </div>
          <p className="mt-6 text-end"><button type="button" className="btn btn-line" onClick={() => setSheet(null)}>{words.close}</button></p>
        </Dialog>
      )}
      {sheet === "host" && (
        <Dialog title={words.hostBar} onClose={() => setSheet(null)}>
          <HostBar isSheet />
          <p className="mt-6 text-end"><button type="button" className="btn btn-text" onClick={() => setSheet(null)}>{words.close}</button></p>
        </Dialog>
      )}
      <Toasts />
      <Announcer />
    </div>
  );
}

function Head() {
  const words = useWords();
  const language = useLanguage();
  const session = useSession();
  const { room } = useStore(session.state);
  const { count } = useStore(session.stage);
  return (
    <header className="flex items-center gap-2 md:gap-4 px-3 md:px-5 h-14 border-b-[1.5px] border-line shrink-0">
      <span className="max-md:hidden"><Mark /></span>
      <h1 className="h3 truncate min-w-0">{room.event_title}</h1>
      {room.phase === "open" ? (
        <span className="tag tag-live shrink-0"><span className="dot" aria-hidden="true" /> {words.onAir}</span>
      ) : (
        <span className="tag tag-quiet shrink-0">{words.beforeDoors}</span>
      )}
      {room.is_locked && <span className="tag shrink-0"><Lock className="i" aria-hidden="true" /><span className="max-sm:sr-only">{words.locked}</span></span>}
      <p className="max-lg:hidden text-sm text-muted num">{words.endsAt(timeOfDay(room.ends_at, language))}</p>
      {count > 0 && (
        <p className="ms-auto tag tag-quiet num shrink-0"><Users className="i" aria-hidden="true" /> <span aria-hidden="true">{count}</span><span className="sr-only">{words.inTheRoom(count)}</span></p>
      )}
    </header>
  );
}

/** The stage before anybody is on it, told to each according to where they are. */
function Nobody({ hasBackstage, mayBeOnStage }: { hasBackstage: boolean; mayBeOnStage: boolean }) {
  const words = useWords();
  const session = useSession();
  const { room } = useStore(session.state);
  const { lines } = useStore(session.connection);
  if (lines.engine === "connecting") return <EmptyStage title={words.connecting} text={words.connectingText} isLit />;
  if (room.kind === "class") return <EmptyStage title={words.aloneTitle} text={words.aloneText} isLit />;
  if (!hasBackstage || !mayBeOnStage) return <EmptyStage title={words.emptyStage} text={words.emptyStageText} />;
  return (
    <EmptyStage title={words.emptyStage} text={words.emptyStageCrew}>
      <button type="button" className="btn btn-line btn-sm" onClick={() => session.moveTo("stage")}>{words.goOnStage}</button>
    </EmptyStage>
  );
}

/** The crew among themselves; they see and hear the show above while they talk. */
function Backstage() {
  const words = useWords();
  const session = useSession();
  const place = useStore(session.place);
  const { people } = useStore(session.backstage);
  if (place === "stage") {
    return <p className="shrink-0 px-4 py-2 text-sm bg-lit flex items-center gap-2" role="status"><span className="tag tag-live"><span className="dot" /> {words.onStage}</span> {words.youAreOnStage}</p>;
  }
  return (
    <section className="shrink-0 border-t-[1.5px] border-line bg-base-200" aria-label={words.backstage}>
      <p className="px-4 py-2 text-sm flex items-center gap-2" role="status"><Theater className="i" aria-hidden="true" /> {words.youAreBackstage}</p>
      {people.length > 1 && (
        <div className="room-backstage">
          <StageArea kind="class" place="backstage" people={people} hands={[]} layout="grid" spotlightSeat={null} pinned={null} empty={null} />
        </div>
      )}
    </section>
  );
}

function useShortcuts(isOn: boolean, mayPublish: boolean, mayRaiseHand: boolean): void {
  const session = useSession();
  useEffect(() => {
    if (!isOn) return;
    const onKey = (event: KeyboardEvent) => {
      const asked = shortcutOf(event);
      if (asked === "hand" && mayRaiseHand) session.raiseHand(session.state.get().room.me.hand_raised_at === null);
      else if (asked && asked !== "hand" && mayPublish) void session.capture.turn(asked, !isLive(session.capture.state.get()[asked]));
    };
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, [session, isOn, mayPublish, mayRaiseHand]);
}

/** A phone must not go dark during a show. */
function useScreenAwake(): void {
  useEffect(() => {
    let lock: WakeLockSentinel | undefined;
    const ask = () => {
      if (document.visibilityState !== "visible") return;
      navigator.wakeLock?.request("screen").then((given) => (lock = given), () => undefined);
    };
    ask();
    document.addEventListener("visibilitychange", ask);
    return () => {
      document.removeEventListener("visibilitychange", ask);
      void lock?.release();
    };
  }, []);
}
