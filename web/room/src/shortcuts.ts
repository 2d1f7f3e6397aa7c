/** Single keys for what one's hands do most: M, V and H. They can be switched off, and never work while writing. */

export type Shortcut = "microphone" | "camera" | "hand";

const KEYS: Record<string, Shortcut> = { m: "microphone", v: "camera", h: "hand" };

/** What a key press asks for, or null when it was meant for something else. */
export function shortcutOf(event: Pick<KeyboardEvent, "key" | "ctrlKey" | "metaKey" | "altKey" | "repeat" | "target">): Shortcut | null {
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || isForWriting(event.target)) return null;
  return KEYS[event.key.toLowerCase()] ?? null;
}

function isForWriting(target: EventTarget | null): boolean {
  const element = target as Partial<HTMLElement> | null;
  return element?.isContentEditable === true || /^(input|textarea|select)$/i.test(element?.tagName ?? "");
}
