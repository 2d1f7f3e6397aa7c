import { Flower2, Heart, Laugh, type LucideIcon, Sparkles, Star } from "lucide-react";
import { type Reaction, REACTIONS } from "@estrade/protocol";
import type { Counts } from "../reactions";
import { useWords } from "./context";

export const REACTION_ICONS: Record<Reaction, LucideIcon> = { heart: Heart, clap: Sparkles, laugh: Laugh, wow: Star, thanks: Flower2 };

/** Reactions of the last minute, as numbers over the picture. */
export function ReactionCounts({ counts }: { counts: Counts }) {
  const words = useWords();
  const shown = REACTIONS.filter((reaction) => counts[reaction]);
  if (!shown.length) return null;
  return (
    <ul className="absolute right-3 md:right-6 bottom-4 md:bottom-8 flex flex-col gap-1.5 items-end z-10 pointer-events-none" aria-label={words.reactionsOfMinute}>
      {shown.map((reaction) => {
        const Icon = REACTION_ICONS[reaction];
        return (
          <li key={reaction} className="flex items-center gap-1.5 rounded-field bg-[#171411] text-[#f7f3ec] px-2 py-1 text-sm font-semibold num" data-reaction={reaction}>
            <Icon className="i" aria-hidden="true" /> {counts[reaction]}<span className="sr-only">{words.reaction(reaction)}</span>
          </li>
        );
      })}
    </ul>
  );
}
