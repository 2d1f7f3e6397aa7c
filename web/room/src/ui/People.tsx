import { ArrowUpToLine, Ellipsis, Hand as HandIcon, MicOff } from "lucide-react";
import { useEffect, useMemo, useRef, useState } from "react";
import type { Role, RoomPerson, SeatAction } from "@estrade/protocol";
import type { Hand } from "../conversation";
import { actionsFor } from "../powers";
import { useStore } from "../store";
import { timeOfDay } from "../words";
import { Confirm } from "./Dialog";
import { useLanguage, useSession, useWords } from "./context";
import { EmptyStage } from "./EmptyStage";
import { backToOpener, useLeaving } from "./hooks";

const READ_EVERY_MS = 10_000;
const ROLE_ORDER: readonly Role[] = ["host", "cohost", "speaker", "moderator", "attendee"];

/** Who is here. The list of the server, brought up to date by what the engine sees. */
function usePeople(): RoomPerson[] {
  const session = useSession();
  const { people } = useStore(session.state);
  const stage = useStore(session.stage);
  const backstage = useStore(session.backstage);
  useEffect(() => {
    session.readPeople();
    const timer = setInterval(session.readPeople, READ_EVERY_MS);
    return () => clearInterval(timer);
  }, [session]);
  return useMemo(() => {
    const here = new Set([...stage.people, ...backstage.people].map((person) => person.seatId));
    const known = people.map((person) => ({ ...person, is_here: person.is_here || here.has(person.seat_id) }));
    return known.sort((one, other) =>
      Number(other.is_here) - Number(one.is_here) || ROLE_ORDER.indexOf(one.role) - ROLE_ORDER.indexOf(other.role) || one.name.localeCompare(other.name));
  }, [people, stage, backstage]);
}

export function People() {
  const words = useWords();
  const people = usePeople();
  const session = useSession();
  const { conversation } = useStore(session.state);
  return (
    <ul className="flex-1 min-h-0 overflow-y-auto px-4" tabIndex={0} aria-label={words.peopleInRoom} data-scrolls>
      {people.map((person) => <PersonRow key={person.seat_id} person={person} handPlace={conversation.hands.findIndex((hand) => hand.seatId === person.seat_id) + 1} />)}
    </ul>
  );
}

function PersonRow({ person, handPlace }: { person: RoomPerson; handPlace: number }) {
  const words = useWords();
  const session = useSession();
  const { room } = useStore(session.state);
  const isMe = person.seat_id === room.me.seat_id;
  return (
    <li className="flex items-center gap-2 py-2 border-b border-line" data-seat-row={person.seat_id}>
      <span className={`min-w-0 flex-1 ${person.is_here ? "" : "text-muted"}`}>
        <span className="block truncate font-medium">{person.name}{isMe && ` · ${words.you.toLowerCase()}`}</span>
        <span className="flex flex-wrap gap-1.5 text-sm text-muted empty:hidden">
          {person.role !== "attendee" && <span className="tag">{words.role(person.role)}</span>}
          {person.role === "attendee" && person.is_on_stage && <span className="tag">{words.onStage}</span>}
          {person.is_removed ? <span className="tag tag-few">{person.is_banned ? words.isBanned : words.removed}</span> : !person.is_here && <span>{words.away}</span>}
          {person.is_silenced && <span className="tag tag-quiet">{words.silenced}</span>}
        </span>
      </span>
      {handPlace > 0 && <span className="tag" title={words.handPlace(handPlace)}><HandIcon className="i" role="img" aria-label={words.handPlace(handPlace)} /> <span aria-hidden="true">{handPlace}</span></span>}
      {!isMe && <PersonMenu person={person} />}
    </li>
  );
}

function PersonMenu({ person }: { person: RoomPerson }) {
  const words = useWords();
  const session = useSession();
  const { room } = useStore(session.state);
  const [isOpen, setOpen] = useState(false);
  const [asked, setAsked] = useState<"remove" | "ban" | null>(null);
  const menu = useRef<HTMLSpanElement>(null);
  useLeaving(menu, isOpen, () => setOpen(false));
  const actions = actionsFor(room.me.role, person, { kind: room.kind, isLocked: room.is_locked });
  if (!actions.length) return null;
  const labels: Record<SeatAction, string> = {
    admit: words.admit, promote: words.promote, "send-back": words.sendBack, mute: words.mute, silence: words.silence,
    unsilence: words.unsilence, remove: words.remove, ban: words.ban, unban: words.unban,
  };
  const choose = (action: SeatAction) => {
    backToOpener(menu); // the button that has the focus goes with the menu
    setOpen(false);
    if (action === "remove" || action === "ban") setAsked(action);
    else session.actOnSeat(person.seat_id, action);
  };
  return (
    <span ref={menu} className="relative">
      <button type="button" className="i-btn w-8 h-8" aria-expanded={isOpen} aria-label={words.actionsFor(person.name)} onClick={() => setOpen(!isOpen)}><Ellipsis className="i" aria-hidden="true" /></button>
      {isOpen && (
        <span className="room-menu right-0 top-9">
          {actions.map((action) => (
            <button key={action} type="button" className={action === "remove" || action === "ban" ? "text-error" : ""} onClick={() => choose(action)}>{labels[action]}</button>
          ))}
        </span>
      )}
      {asked && (
        <Confirm
          title={asked === "ban" ? words.banTitle(person.name) : words.removeTitle(person.name)}
          text={asked === "ban" ? words.banText(person.name) : words.removeText(person.name)}
          no={words.keepName(person.name)}
          yes={asked === "ban" ? words.ban : words.remove}
          isDangerous
          onNo={() => setAsked(null)}
          onYes={() => session.actOnSeat(person.seat_id, asked)}
        />
      )}
    </span>
  );
}

/** Raised hands, the first one lit: that is what a host has to answer next. */
export function Hands({ hands, mayAnswer }: { hands: readonly Hand[]; mayAnswer: boolean }) {
  const words = useWords();
  const language = useLanguage();
  const session = useSession();
  if (!hands.length) return <div className="p-4"><EmptyStage title={words.noHands} text={words.noHandsText} /></div>;
  return (
    <ol className="flex-1 min-h-0 overflow-y-auto" tabIndex={0} aria-label={words.hands} data-scrolls>
      {hands.map((hand, index) => (
        <li key={hand.seatId} className={`px-4 py-3.5 border-b border-line ${index === 0 ? "bg-lit" : ""}`} data-hand={hand.seatId}>
          <p className="label-cond flex items-center gap-1.5"><HandIcon className="i" aria-hidden="true" /> {words.handSince(timeOfDay(hand.at, language))}</p>
          <p className="mt-1 leading-snug"><strong>{hand.name}</strong></p>
          {mayAnswer && (
            <div className="mt-3 flex gap-2">
              <button type="button" className={`btn btn-sm flex-1 ${index === 0 ? "btn-primary" : "btn-line"}`} aria-label={words.promoteName(hand.name)} onClick={() => session.actOnSeat(hand.seatId, "promote")}>
                <ArrowUpToLine className="i" aria-hidden="true" /> {words.promote}
              </button>
              <button type="button" className="i-btn w-9 h-9" aria-label={words.muteName(hand.name)} onClick={() => session.actOnSeat(hand.seatId, "mute")}><MicOff className="i" aria-hidden="true" /></button>
            </div>
          )}
        </li>
      ))}
    </ol>
  );
}
