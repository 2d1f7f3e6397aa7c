import { useRef } from "react";
import type { End } from "../connection";
import { timeOfDay } from "../words";
import { useLanguage, useWords } from "./context";
import { EmptyStage } from "./EmptyStage";
import { useArrival } from "./hooks";
import { Wordmark } from "./Logo";

export interface EndViewProps {
  end: End;
  at: number;
  title: string;
  leaveUrl: string;
  /** Back to the lobby, or straight into the seat when it was taken over. */
  onReturn: () => void;
}

const RETURNS: Partial<Record<End, "enterAgain" | "continueHere">> = {
  left: "enterAgain", doors_closed: "enterAgain", removed: "enterAgain", taken_over: "continueHere",
};

/** Why it is over on this page, and what can be done. */
export function EndView({ end, at, title, leaveUrl, onReturn }: EndViewProps) {
  const words = useWords();
  const language = useLanguage();
  const [headline, text] = words.endOf(end);
  const wayBack = RETURNS[end];
  const main = useRef<HTMLElement>(null);
  useArrival(main);
  return (
    <div className="min-h-dvh flex flex-col bg-base-100" data-view="end" data-end={end} data-connection="ended" data-phase={end === "ended" ? "ended" : undefined}>
      <header className="border-b-[1.5px] border-line">
        <div className="wrap flex items-center gap-4 min-h-16"><a href={leaveUrl} className="shrink-0 py-3"><Wordmark /></a></div>
      </header>
      <main ref={main} id="main" tabIndex={-1} className="outline-none wrap pt-10 md:pt-16 pb-10" role="status">
        <p className="label-cond">{title}</p>
        <EmptyStage isPage title={headline} text={end === "taken_over" ? `${text} ${words.takenOverAt(timeOfDay(at, language))}` : text}>
          {wayBack && <button type="button" className="btn btn-line" onClick={onReturn}>{words[wayBack]}</button>}
          <a className="btn btn-text" href={leaveUrl}>{words.backToTicket}</a>
        </EmptyStage>
      </main>
    </div>
  );
}
