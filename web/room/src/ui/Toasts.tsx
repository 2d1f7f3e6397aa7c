import { Info } from "lucide-react";
import { useStore } from "../store";
import { useSession, useWords } from "./context";

/** What just happened to us, for a few seconds. */
export function Toasts() {
  const words = useWords();
  const session = useSession();
  const { toasts } = useStore(session.state);
  return (
    <div className="fixed left-3 bottom-20 md:left-5 md:bottom-24 z-30 grid gap-2 max-w-[min(24rem,calc(100vw-1.5rem))]" role="status">
      {toasts.map(({ id, kind }) => (
        <p key={id} className="flex items-center gap-3 rounded-field bg-neutral text-neutral-content px-4 py-3 rise" data-toast={kind}><Info className="i" aria-hidden="true" /> {words.toast(kind)}</p>
      ))}
    </div>
  );
}
