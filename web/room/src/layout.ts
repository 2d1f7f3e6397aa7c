/** Who is shown where. Pure: the same people give the same picture. */
import type { RoomKind } from "@estrade/protocol";
import type { EnginePerson, Source } from "./media";

export type LayoutName = "grid" | "speaker";

/** One picture: somebody's camera (or their initials), or their screen. */
export interface Tile {
  key: string;
  person: EnginePerson;
  source: Source;
}

export interface Arrangement {
  /** The large one, if there is one. */
  main: Tile | null;
  others: Tile[];
  /** Pages of others; one when all fit. */
  pages: number;
  page: number;
}

export interface ArrangeOptions {
  kind: RoomKind;
  layout: LayoutName;
  people: readonly EnginePerson[];
  pinned: string | null;
  spotlightSeat: string | null;
  /** The tile that was large before: it stays until somebody else speaks. */
  before: string | null;
  page: number;
  /** How many others fit. */
  room: number;
  /** One's own camera floats above the others instead of lying among them. */
  isOwnApart: boolean;
}

export const tileKey = (seatId: string, source: Source) => `${seatId}/${source}`;

export function arrange(options: ArrangeOptions): Arrangement {
  const all = tilesOf(options.kind, options.people);
  const apart = options.isOwnApart ? all.filter((one) => !isOwnCamera(one)) : all;
  const tiles = apart.length ? apart : all;
  const main = mainOf(tiles, options);
  const others = tiles.filter((tile) => tile !== main);
  const pages = Math.max(1, Math.ceil(others.length / options.room));
  const page = Math.min(options.page, pages - 1);
  return { main, others: others.slice(page * options.room, (page + 1) * options.room), pages, page };
}

/** Whether somebody can be seen or heard there. */
export const isOnStage = (person: EnginePerson) => person.camera !== null || person.screen !== null || person.microphone !== "none";

/** A stage shows who is on it, a class everybody; in a class one's own picture lies beside the tools unless one is alone. */
function tilesOf(kind: RoomKind, people: readonly EnginePerson[]): Tile[] {
  const others = people.filter((person) => !person.isMe);
  const shown = kind === "stage" ? people.filter(isOnStage) : others.length ? others : people;
  const screens = people.filter((person) => person.screen?.isOn).map((person) => tile(person, "screen"));
  return [...screens, ...shown.filter((person) => kind === "class" || person.camera || person.microphone !== "none").map((person) => tile(person, "camera"))];
}

export const isOwnCamera = ({ person, source }: Tile) => person.isMe && source === "camera";
const tile = (person: EnginePerson, source: Source): Tile => ({ key: tileKey(person.seatId, source), person, source });

function mainOf(tiles: readonly Tile[], { kind, layout, pinned, spotlightSeat, before }: ArrangeOptions): Tile | null {
  const find = (test: (tile: Tile) => boolean) => tiles.find(test);
  const chosen =
    find((one) => one.key === pinned) ??
    find((one) => one.source === "screen") ??
    find((one) => one.person.seatId === spotlightSeat && one.source === "camera");
  if (chosen) return chosen;
  if (layout === "grid") return kind === "class" && tiles.length > 4 ? (find((one) => one.person.role === "host") ?? null) : null;
  const held = find((one) => one.key === before && !one.person.isMe);
  if (held?.person.isSpeaking) return held;
  const others = tiles.filter((one) => !one.person.isMe);
  const speaking = others.filter((one) => one.person.isSpeaking).sort((one, other) => other.person.lastSpokeAt - one.person.lastSpokeAt)[0];
  const host = others.find((one) => one.person.role === "host");
  return speaking ?? held ?? host ?? others.find((one) => one.person.camera?.isOn === true) ?? others[0] ?? tiles[0] ?? null;
}

/** Columns for `count` tiles of the same size. */
export function columnsFor(count: number, isNarrow: boolean): number {
  if (count <= 1) return 1;
  if (isNarrow) return count <= 2 ? 1 : 2;
  return count <= 4 ? 2 : count <= 9 ? 3 : 4;
}
