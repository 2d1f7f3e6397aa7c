import { type RefObject, useEffect, useState, useSyncExternalStore } from "react";

/** The time, and a new render every `everyMs`. */
export function useNow(everyMs: number, now: () => number = Date.now): number {
  const [time, setTime] = useState(now);
  useEffect(() => {
    const timer = setInterval(() => setTime(now()), everyMs);
    return () => clearInterval(timer);
  }, [everyMs, now]);
  return time;
}

/** Whether the window answers to `query`. */
export function useMedia(query: string): boolean {
  return useSyncExternalStore(
    (listener) => {
      const media = matchMedia(query);
      media.addEventListener("change", listener);
      return () => media.removeEventListener("change", listener);
    },
    () => matchMedia(query).matches,
  );
}

export const useIsNarrow = () => useMedia("(width < 48rem)");

/** Puts the focus on what the room or its end begins with: what had it before is gone. */
export function useArrival(element: RefObject<HTMLElement | null>): void {
  useEffect(() => element.current?.focus(), [element]);
}

/** Puts the focus back on the button that opened the menu in `element`. */
export const backToOpener = (element: RefObject<HTMLElement | null>) => element.current?.querySelector("button")?.focus();

/** Calls `leave` on Escape, which goes back to the opener, and on a press outside of `element`. */
export function useLeaving(element: RefObject<HTMLElement | null>, isOpen: boolean, leave: () => void): void {
  useEffect(() => {
    if (!isOpen) return;
    const onKey = (event: KeyboardEvent) => {
      if (event.key !== "Escape") return;
      backToOpener(element);
      leave();
    };
    const onPress = (event: PointerEvent) => element.current?.contains(event.target as Node) === false && leave();
    document.addEventListener("keydown", onKey);
    document.addEventListener("pointerdown", onPress);
    return () => {
      document.removeEventListener("keydown", onKey);
      document.removeEventListener("pointerdown", onPress);
    };
  });
}
