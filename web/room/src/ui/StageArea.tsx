import { ChevronLeft, ChevronRight } from "lucide-react";
import { type ReactNode, useEffect, useState } from "react";
import type { RoomKind } from "@estrade/protocol";
import type { Hand } from "../conversation";
import type { EnginePerson } from "../media";
import { arrange, columnsFor, isOwnCamera, type LayoutName, type Tile as TileOf } from "../layout";
import type { Place } from "../studio";
import { useSession, useWords } from "./context";
import { useIsNarrow, useMedia } from "./hooks";
import { OwnTile } from "./OwnTile";
import { Tile } from "./Tile";

export interface StageAreaProps {
  kind: RoomKind;
  place: Place;
  people: readonly EnginePerson[];
  hands: readonly Hand[];
  layout: LayoutName;
  spotlightSeat: string | null;
  pinned: string | null;
  onPin?: (key: string | null) => void;
  /** What stands there while nobody can be seen. */
  empty: ReactNode;
}

// More would cover the picture: they stand below it.
const INSETS_MAX = 3;
const INSETS_MAX_NARROW = 2;

/** The pictures, arranged; what is not arranged is not sent. */
export function StageArea(props: StageAreaProps) {
  const { kind, place, people, layout, spotlightSeat, pinned, hands, onPin } = props;
  const session = useSession();
  const isNarrow = useIsNarrow();
  const [before, setBefore] = useState<string | null>(null);
  const [page, setPage] = useState(0);
  const room = roomFor(kind, layout, isNarrow);
  const isOwnApart = useMedia("(width < 64rem)") && place === "stage";
  const arrangement = arrange({ kind, layout, people, pinned, spotlightSeat, before, page, room, isOwnApart });
  const { main, others } = arrangement;
  const keys = [main, ...others].flatMap((tile) => tile?.key ?? []).join(" ");

  useEffect(() => setBefore(main?.key ?? null), [main?.key]);
  useEffect(() => session.look(place, new Set(keys.split(" "))), [session, place, keys, people]);

  if (!main && !others.length) return <div className="flex-1 grid content-center justify-items-start p-6 md:p-12">{props.empty}</div>;
  const tileProps = (tile: TileOf) => {
    const hand = hands.findIndex((one) => one.seatId === tile.person.seatId);
    return { tile, place, isPinned: pinned === tile.key, ...(onPin ? { onPin } : {}), ...(hand >= 0 && tile.source === "camera" ? { handPlace: hand + 1 } : {}) };
  };
  const pager = arrangement.pages > 1 && <Pager page={arrangement.page} pages={arrangement.pages} onPage={setPage} />;
  const me = people.find((person) => person.isMe);
  const own = isOwnApart && me && ![main, ...others].some((tile) => tile && isOwnCamera(tile)) && <OwnTile isSpeaking={me.isSpeaking} />;
  return layout === "speaker" && main ? (
    <Speaker main={main} others={others} tileProps={tileProps} isNarrow={isNarrow} own={own} pager={pager} />
  ) : (
    <Grid main={main} others={others} tileProps={tileProps} isNarrow={isNarrow} own={own} pager={pager} />
  );
}

/** How many besides the large picture: in a grid no place stays empty on a full page. */
function roomFor(kind: RoomKind, layout: LayoutName, isNarrow: boolean): number {
  if (layout === "speaker") return isNarrow ? 4 : 6;
  return isNarrow ? (kind === "class" ? 4 : 6) : 12;
}

interface AreaProps {
  main: TileOf | null;
  others: TileOf[];
  tileProps: (tile: TileOf) => Omit<Parameters<typeof Tile>[0], "as" | "className">;
  isNarrow: boolean;
  own: ReactNode;
  pager: ReactNode;
}

function Speaker({ main, others, tileProps, isNarrow, own, pager }: AreaProps) {
  const areInset = others.length <= (isNarrow ? INSETS_MAX_NARROW : INSETS_MAX);
  return (
    <div className="flex-1 min-h-0 flex flex-col gap-2 p-2 md:p-4">
      <div className="relative w-full max-md:aspect-video md:flex-1 min-h-0">
        {main && <Tile key={main.key} {...tileProps(main)} isLarge className="absolute! inset-0" />}
        {areInset && others.length > 0 && (
          <div className="absolute right-2 top-2 md:right-4 md:top-4 flex flex-col gap-2 w-[30%] md:w-48">
            {others.map((tile) => <Tile key={tile.key} {...tileProps(tile)} className="aspect-video outline-2 outline-[#171411]" />)}
          </div>
        )}
        {own}
      </div>
      {!areInset && (
        <div className="shrink-0 flex gap-2 overflow-x-auto" data-scrolls>
          {others.map((tile) => <Tile key={tile.key} {...tileProps(tile)} className="aspect-video shrink-0 w-32 md:w-44" />)}
        </div>
      )}
      {pager}
    </div>
  );
}

const COLUMNS: Record<number, string> = { 1: "grid-cols-1", 2: "grid-cols-2", 3: "grid-cols-3", 4: "grid-cols-4" };

function Grid({ main, others, tileProps, isNarrow, own, pager }: AreaProps) {
  const words = useWords();
  const columns = main ? (isNarrow ? 2 : others.length > 5 ? 4 : 3) : columnsFor(others.length, isNarrow);
  return (
    <div className="flex-1 min-h-0 flex flex-col gap-2 p-2 md:p-4">
      <div className="relative flex-1 min-h-0 flex">
        <ul className={`flex-1 min-h-0 grid gap-1.5 md:gap-2.5 auto-rows-fr ${COLUMNS[columns] ?? ""}`} aria-label={words.peopleInRoom}>
          {main && <Tile key={main.key} {...tileProps(main)} as="li" isLarge className="col-span-2 row-span-2" />}
          {others.map((tile) => <Tile key={tile.key} {...tileProps(tile)} as="li" />)}
        </ul>
        {own}
      </div>
      {pager}
    </div>
  );
}

function Pager({ page, pages, onPage }: { page: number; pages: number; onPage: (page: number) => void }) {
  const words = useWords();
  return (
    <p className="shrink-0 flex items-center gap-3 text-sm">
      <button type="button" className="i-btn w-9 h-9" aria-label={words.previousPeople} disabled={page === 0} onClick={() => onPage(page - 1)}><ChevronLeft className="i" aria-hidden="true" /></button>
      <span className="num" role="status">{words.pageOf(page + 1, pages)}</span>
      <button type="button" className="i-btn w-9 h-9" aria-label={words.nextPeople} disabled={page === pages - 1} onClick={() => onPage(page + 1)}><ChevronRight className="i" aria-hidden="true" /></button>
    </p>
  );
}
