import { ArrowDownToLine, ArrowUpToLine, DoorOpen, Expand, Lock, LockOpen, MicOff, Theater } from "lucide-react";
import { useState } from "react";
import type { EnginePerson } from "../media";
import { isOnStage } from "../layout";
import { outranks } from "../powers";
import { useStore } from "../store";
import { Confirm } from "./Dialog";
import { useSession, useWords } from "./context";

/** What only hosts do: who is on stage, the doors, the end. It never lies over the picture. */
export function HostBar({ isSheet }: { isSheet?: boolean }) {
  const words = useWords();
  const session = useSession();
  const { room } = useStore(session.state);
  const stage = useStore(session.stage);
  const backstage = useStore(session.backstage);
  const onStage = room.kind === "stage" ? stage.people.filter(isOnStage) : [];
  const ready = backstage.people.filter((person) => !person.isMe && !onStage.some((one) => one.seatId === person.seatId));
  return (
    <section className={isSheet ? "grid gap-5 mt-4" : "shrink-0 border-t-[1.5px] border-line px-4 py-3 flex flex-wrap items-center gap-x-6 gap-y-2 bg-base-200"} aria-label={words.hostBar}>
      {!isSheet && <h2 className="h3">{words.hostBar}</h2>}
      {room.kind === "stage" && (
        <dl className="grid grid-cols-[auto_minmax(0,1fr)] gap-x-4 gap-y-2 items-center text-sm flex-1 min-w-[min(100%,18rem)]">
          <dt className="label-cond">{words.onStage}</dt>
          <dd className="flex flex-wrap items-center gap-x-4 gap-y-2">
            {onStage.length ? onStage.map((person) => <OnStage key={person.seatId} person={person} spotlightSeat={room.spotlight_seat} />) : <span className="text-muted">{words.nobodyOnStage}</span>}
          </dd>
          <dt className="label-cond">{words.backstage}</dt>
          <dd className="flex flex-wrap items-center gap-x-4 gap-y-2">
            {ready.length ? ready.map((person) => <Ready key={person.seatId} person={person} />) : <span className="text-muted">{words.nobodyBackstage}</span>}
          </dd>
        </dl>
      )}
      <Doors />
    </section>
  );
}

function OnStage({ person, spotlightSeat }: { person: EnginePerson; spotlightSeat: string | null }) {
  const words = useWords();
  const session = useSession();
  const { room } = useStore(session.state);
  const isLit = spotlightSeat === person.seatId;
  const mayAct = !person.isMe && outranks(room.me.role, person.role);
  return (
    <span className="inline-flex items-center gap-2">
      <span className="font-medium">{person.isMe ? words.you : person.name}</span>
      {mayAct && <SmallButton label={words.muteName(person.name)} isOff={person.microphone !== "on"} onClick={() => session.actOnSeat(person.seatId, "mute")} icon={<MicOff className="i" aria-hidden="true" />} />}
      <SmallButton label={isLit ? words.unspotlightName(person.name) : words.spotlightName(person.name)} isPressed={isLit} onClick={() => session.spotlight(isLit ? null : person.seatId)} icon={<Expand className="i" aria-hidden="true" />} />
      {mayAct && <SmallButton label={words.sendBackName(person.name)} onClick={() => session.actOnSeat(person.seatId, "send-back")} icon={<ArrowDownToLine className="i" aria-hidden="true" />} />}
    </span>
  );
}

function Ready({ person }: { person: EnginePerson }) {
  const words = useWords();
  const session = useSession();
  const { room } = useStore(session.state);
  return (
    <span className="inline-flex items-center gap-2">
      <span className="font-medium">{person.name}</span>
      {outranks(room.me.role, person.role) && <button type="button" className="btn btn-line btn-sm min-h-8 py-0" aria-label={words.promoteName(person.name)} onClick={() => session.actOnSeat(person.seatId, "promote")}>
        <ArrowUpToLine className="i" aria-hidden="true" /> {words.promote}
      </button>}
    </span>
  );
}

interface SmallButtonProps {
  label: string;
  icon: React.ReactNode;
  isPressed?: boolean;
  isOff?: boolean;
  onClick: () => void;
}

function SmallButton({ label, icon, isPressed, isOff, onClick }: SmallButtonProps) {
  return (
    <button type="button" className={`i-btn w-8 h-8 ${isPressed ? "bg-base-content! text-base-100" : ""} ${isOff ? "text-error" : ""}`} aria-label={label} aria-pressed={isPressed} onClick={onClick}>{icon}</button>
  );
}

function Doors() {
  const words = useWords();
  const session = useSession();
  const { room } = useStore(session.state);
  const { count } = useStore(session.stage);
  const [asked, setAsked] = useState<"open" | "end" | null>(null);
  const isOpen = room.phase === "open";
  return (
    <div className="flex flex-wrap gap-2">
      {room.phase === "waiting" && room.kind === "stage" && <button type="button" className="btn btn-line btn-sm" onClick={() => session.actOnRoom("backstage")}><Theater className="i" aria-hidden="true" /> {words.openBackstage}</button>}
      {!isOpen && <button type="button" className="btn btn-primary btn-sm" onClick={() => setAsked("open")}><DoorOpen className="i" aria-hidden="true" /> {words.openDoors}</button>}
      {isOpen && (
        <button type="button" className="btn btn-line btn-sm" aria-pressed={room.is_locked} onClick={() => session.actOnRoom(room.is_locked ? "unlock" : "lock")}>
          {room.is_locked ? <LockOpen className="i" aria-hidden="true" /> : <Lock className="i" aria-hidden="true" />} {room.is_locked ? words.unlock : words.lock}
        </button>
      )}
      <button type="button" className="btn btn-danger btn-sm" onClick={() => setAsked("end")}>{words.endForAll}</button>
      {asked === "open" && <Confirm title={words.openTitle} text={words.openText} no={words.notYet} yes={words.openDoors} onNo={() => setAsked(null)} onYes={() => session.actOnRoom("open")} />}
      {asked === "end" && (
        <Confirm title={words.endTitle(room.event_title)} text={words.endText(count)} no={words.keepGoing} yes={words.endForAll} isDangerous onNo={() => setAsked(null)} onYes={() => session.actOnRoom("end")} />
      )}
    </div>
  );
}
