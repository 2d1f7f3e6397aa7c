import { MicOff } from "lucide-react";
import { type PointerEvent, useRef, useState } from "react";
import { isLive } from "../capture";
import { CORNERS, type Corner, cornerAt, nextCorner } from "../corners";
import { useStore } from "../store";
import { useSession, useWords } from "./context";
import { OwnPicture } from "./OwnPicture";

const KEY = "room.own-corner";
const CLICK_PX = 6; // a press that moves less is a press
// Clear of what lies in the corners of the picture below: its tools, its raised hand, its name.
const PLACES: Record<Corner, string> = {
  "bottom-right": "bottom-2 right-2", "bottom-left": "bottom-9 left-2", "top-left": "top-11 left-2", "top-right": "top-10 right-2",
};

interface Drag {
  fromX: number;
  fromY: number;
  x: number;
  y: number;
}

/** One's own camera, small above the others, where it does not disturb: dragged into a corner, or pressed on to the next one. */
export function OwnTile({ isSpeaking }: { isSpeaking: boolean }) {
  const words = useWords();
  const session = useSession();
  const place = useStore(session.place);
  const { camera, microphone } = useStore(session.capture.state);
  const [corner, setCorner] = useState<Corner>(() => CORNERS.find((one) => one === localStorage.getItem(KEY)) ?? "bottom-right");
  const [drag, setDrag] = useState<Drag | null>(null);
  const wasDragged = useRef(false);
  if (place !== "stage" || !isLive(camera) || !camera.track) return null;

  const keep = (next: Corner) => {
    setCorner(next);
    localStorage.setItem(KEY, next);
  };
  const onMove = ({ clientX, clientY }: PointerEvent) => drag && setDrag({ ...drag, x: clientX - drag.fromX, y: clientY - drag.fromY });
  const onUp = ({ clientX, clientY, currentTarget }: PointerEvent) => {
    wasDragged.current = drag !== null && Math.hypot(drag.x, drag.y) > CLICK_PX;
    setDrag(null);
    const frame = currentTarget.parentElement;
    if (wasDragged.current && frame) keep(cornerAt(clientX, clientY, frame.getBoundingClientRect()));
  };
  return (
    <button
      type="button"
      className={`tile absolute z-10 w-24 sm:w-32 aspect-video touch-none outline-2 outline-[#171411] cursor-grab ${PLACES[corner]}`}
      style={drag ? { transform: `translate(${drag.x}px, ${drag.y}px)` } : undefined}
      aria-label={words.moveOwn}
      data-own
      data-corner={corner}
      data-speaking={isSpeaking || undefined}
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        setDrag({ fromX: event.clientX, fromY: event.clientY, x: 0, y: 0 });
      }}
      onPointerMove={onMove}
      onPointerUp={onUp}
      onPointerCancel={() => setDrag(null)}
      onClick={() => wasDragged.current ? (wasDragged.current = false) : keep(nextCorner(corner))}
    >
      <OwnPicture track={camera.track} />
      <span className="tile-name">{!isLive(microphone) && <MicOff className="i" aria-hidden="true" />}<span>{words.you}</span></span>
    </button>
  );
}
