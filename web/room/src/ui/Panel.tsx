import { type KeyboardEvent, useId } from "react";
import { useStore } from "../store";
import { Chat } from "./Chat";
import { useSession, useWords } from "./context";
import { Hands, People } from "./People";

export type PanelTab = "chat" | "people" | "hands";

export interface PanelProps {
  tab: PanelTab;
  onTab: (tab: PanelTab) => void;
  className: string;
}

export function Panel({ tab, onTab, className }: PanelProps) {
  const words = useWords();
  const session = useSession();
  const id = useId();
  const { conversation, room } = useStore(session.state);
  const { count } = useStore(session.stage);
  const { role } = room.me;
  const isCrew = role !== "attendee";
  const hands = conversation.hands.length;
  const tabs: [PanelTab, string, number][] = [["chat", words.chat, 0], ["people", words.people, count]];
  if (isCrew || room.kind === "class") tabs.push(["hands", words.hands, hands]);

  const onKey = (event: KeyboardEvent) => {
    const step = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
    const next = tabs[(tabs.findIndex(([name]) => name === tab) + step + tabs.length) % tabs.length];
    if (!step || !next) return;
    onTab(next[0]);
    document.getElementById(`${id}-${next[0]}`)?.focus();
  };

  return (
    <section className={`min-h-0 flex flex-col border-line ${className}`} aria-label={words.panel}>
      <div className="stage-tabs px-4 shrink-0" role="tablist" aria-label={words.panel} onKeyDown={onKey}>
        {tabs.map(([name, label, number]) => (
          <button key={name} id={`${id}-${name}`} type="button" role="tab" className="cursor-pointer" aria-selected={tab === name} aria-controls={`${id}-panel`} tabIndex={tab === name ? 0 : -1} onClick={() => onTab(name)}>
            {label} {number > 0 && <span className="num">{number}</span>}
          </button>
        ))}
      </div>
      <div id={`${id}-panel`} className="flex-1 min-h-0 flex flex-col" role="tabpanel" aria-labelledby={`${id}-${tab}`}>
        {tab === "chat" && <Chat mayHide={isCrew && role !== "speaker"} />}
        {tab === "people" && <People />}
        {tab === "hands" && <Hands hands={conversation.hands} mayAnswer={(role === "host" || role === "cohost") && room.kind === "stage"} />}
      </div>
    </section>
  );
}
