import { EyeOff, Hand, Info, SendHorizontal } from "lucide-react";
import { memo, type SyntheticEvent, useEffect, useId, useRef, useState } from "react";
import { type ChatLine, isChat, type Note } from "../conversation";
import { RoomError, type RoomErrorReason } from "../errors";
import { useStore } from "../store";
import { timeOfDay } from "../words";
import { useLanguage, useSession, useWords } from "./context";
import { EmptyStage } from "./EmptyStage";

const TEXT_MAX = 1_000;
const FOLLOW_WITHIN_PX = 60;

/** What people write, with the lines that were there before we came. */
export function Chat({ mayHide }: { mayHide: boolean }) {
  const words = useWords();
  const session = useSession();
  const { conversation, room } = useStore(session.state);
  const isSilenced = room.me.is_silenced || conversation.silenced.has(room.me.seat_id);
  return (
    <>
      <Log log={conversation.log} mayHide={mayHide} />
      {isSilenced ? <p className="p-4 border-t-[1.5px] border-line text-sm text-muted" role="status">{words.youAreSilenced}</p> : <ChatForm />}
    </>
  );
}

const Log = memo(function Log({ log, mayHide }: { log: (ChatLine | Note)[]; mayHide: boolean }) {
  const words = useWords();
  const box = useRef<HTMLDivElement>(null);
  const [hasNew, setHasNew] = useState(false);
  const isFollowing = useRef(true);
  const toEnd = () => box.current?.scrollTo({ top: box.current.scrollHeight });
  useEffect(() => {
    if (isFollowing.current) toEnd();
    else setHasNew(true);
  }, [log]);
  const onScroll = () => {
    const { scrollHeight, scrollTop, clientHeight } = box.current ?? { scrollHeight: 0, scrollTop: 0, clientHeight: 0 };
    isFollowing.current = scrollHeight - scrollTop - clientHeight < FOLLOW_WITHIN_PX;
    if (isFollowing.current) setHasNew(false);
  };
  return (
    <div className="relative flex-1 min-h-0 flex flex-col">
      <div ref={box} onScroll={onScroll} className="flex-1 min-h-0 overflow-y-auto px-4 py-3 flex flex-col gap-3.5 text-[0.9375rem] leading-snug" tabIndex={0} role="log" aria-label={words.messages} data-scrolls>
        {log.length === 0 && <EmptyStage title={words.noMessages} text={words.noMessagesText} />}
        {log.map((line) => (isChat(line) ? <Line key={line.number} line={line} mayHide={mayHide} /> : <NoteLine key={line.number} note={line} />))}
      </div>
      {hasNew && (
        <button type="button" className="btn btn-line btn-sm absolute! bottom-2 left-1/2 -translate-x-1/2 bg-base-100!" onClick={toEnd}>{words.newMessages}</button>
      )}
    </div>
  );
});

function Line({ line, mayHide }: { line: ChatLine; mayHide: boolean }) {
  const words = useWords();
  const language = useLanguage();
  const session = useSession();
  const isHosting = line.role === "host" || line.role === "cohost" || line.role === "moderator";
  return (
    <div className="group relative" data-number={line.number}>
      <p className="flex items-baseline gap-2 flex-wrap">
        <strong className="break-words min-w-0">{line.name}</strong>
        {isHosting && <span className="tag tag-role min-h-0! py-px">{words.role(line.role)}</span>}
        <span className="text-xs text-muted num">{timeOfDay(line.at, language)}</span>
        {mayHide && !line.isHidden && (
          <button type="button" className="room-hide ms-auto" aria-label={words.hideMessage(line.name)} onClick={() => session.hide(line.number)}><EyeOff className="i" aria-hidden="true" /></button>
        )}
      </p>
      {line.isHidden ? <p className="text-muted italic">{words.hiddenMessage}</p> : <p className="whitespace-pre-wrap break-words">{line.text}</p>}
    </div>
  );
}

function NoteLine({ note }: { note: Note }) {
  const words = useWords();
  const language = useLanguage();
  const Icon = note.kind === "hand_raised" ? Hand : Info;
  return <p className="text-sm text-muted border-t border-line pt-3 flex gap-2"><Icon className="i" aria-hidden="true" /> {words.note(note.kind, note.name, timeOfDay(note.at, language))}</p>;
}

/** What was typed stays until it was sent; the same text sent again is the same message. */
function ChatForm() {
  const words = useWords();
  const session = useSession();
  const [text, setText] = useState("");
  const [refusal, setRefusal] = useState<RoomErrorReason | null>(null);
  const key = useRef<string | null>(null);
  const isSending = useRef(false);
  const id = useId();

  async function send(event: SyntheticEvent): Promise<void> {
    event.preventDefault();
    if (!text.trim() || isSending.current) return;
    isSending.current = true;
    key.current ??= crypto.randomUUID();
    try {
      await session.say(text.trim(), key.current);
      key.current = null;
      setText("");
      setRefusal(null);
    } catch (error) {
      setRefusal(error instanceof RoomError ? error.reason : "unreachable");
    } finally {
      isSending.current = false;
    }
  }

  return (
    <form className="p-3 border-t-[1.5px] border-line shrink-0 grid gap-2" onSubmit={(event) => void send(event)}>
      {refusal && <p id={`${id}-error`} className="field-error" role="alert">{words.refusal(refusal)}</p>}
      <span className="flex gap-2">
        <label className="sr-only" htmlFor={id}>{words.messageToEveryone}</label>
        <input
          id={id}
          className="input"
          placeholder={words.messageToEveryone}
          autoComplete="off"
          maxLength={TEXT_MAX}
          value={text}
          aria-invalid={refusal !== null}
          aria-describedby={refusal ? `${id}-error` : undefined}
          onChange={(event) => {
            key.current = null;
            setText(event.target.value);
          }}
        />
        <button type="submit" className="i-btn shrink-0" aria-label={words.send}><SendHorizontal className="i" aria-hidden="true" /></button>
      </span>
    </form>
  );
}
