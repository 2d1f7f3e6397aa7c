import { AudioLines, Expand, Hand, MicOff, Pin, PinOff, SignalLow } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import type { Tile as TileOf } from "../layout";
import { useStore } from "../store";
import type { Place } from "../studio";
import { useSession, useWords } from "./context";
import { OwnPicture } from "./OwnPicture";

export interface TileProps {
  tile: TileOf;
  place: Place;
  className?: string;
  /** The whole picture matters more than a filled frame. */
  isLarge?: boolean;
  handPlace?: number;
  isPinned?: boolean;
  onPin?: (key: string | null) => void;
  as?: "li" | "div";
}

/** One picture with its name; lit while its person speaks. */
export function Tile({ tile, place, className = "", isLarge, handPlace, isPinned, onPin, as: Element = "div" }: TileProps) {
  const words = useWords();
  const session = useSession();
  const { camera } = useStore(session.capture.state);
  const { person, source } = tile;
  const picture = source === "screen" ? person.screen : person.camera;
  const frame = useRef<HTMLDivElement & HTMLLIElement>(null);
  const isOn = picture?.isOn === true;
  const isOwnCamera = person.isMe && source === "camera";
  return (
    <Element
      ref={frame}
      className={`tile room-tile ${className}`}
      data-seat={person.seatId}
      data-name={person.name}
      data-source={source}
      data-me={person.isMe || undefined}
      data-speaking={person.isSpeaking || undefined}
    >
      <Initials name={person.name} />
      {isOwnCamera
        ? camera.track && isOn && <OwnPicture track={camera.track} />
        : picture && <RemotePicture tile={tile} place={place} pictureId={picture.id} isOn={isOn} fit={isLarge || source === "screen" ? "object-contain" : "object-cover"} />}
      {person.quality === "lost" && !person.isMe && (
        <span className="absolute inset-0 grid place-items-center content-center gap-1 bg-[#171411]/80 text-[#f3eee6] text-sm font-semibold">{words.reconnectingPerson}</span>
      )}
      <p className="tile-name">
        {person.isSpeaking ? <AudioLines className="i" role="img" aria-label={words.isSpeaking} /> : person.microphone === "off" && <MicOff className="i" role="img" aria-label={words.isMuted} />}
        {person.quality === "poor" && <SignalLow className="i" role="img" aria-label={words.weakLine} />}
        <span>{nameOn(tile, isOn, words)}</span>
      </p>
      {handPlace !== undefined && (
        <span className="tile-hand"><Hand className="i" role="img" aria-label={words.handPlace(handPlace)} /> <span aria-hidden="true">{handPlace}</span></span>
      )}
      <span className="room-tile-tools">
        {onPin && (
          <button type="button" aria-pressed={isPinned} aria-label={isPinned ? words.unpin(person.name) : words.pin(person.name)} onClick={() => onPin(isPinned ? null : tile.key)}>
            {isPinned ? <PinOff className="i" aria-hidden="true" /> : <Pin className="i" aria-hidden="true" />}
          </button>
        )}
        {isOn && (
          <button type="button" aria-label={words.fullScreenOf(person.name)} onClick={() => void toggleFullScreen(frame.current)}>
            <Expand className="i" aria-hidden="true" />
          </button>
        )}
      </span>
    </Element>
  );
}

function nameOn({ person, source }: TileOf, isOn: boolean, words: ReturnType<typeof useWords>): string {
  const name = person.isMe ? words.you : person.name;
  if (source === "screen") return words.presents(name);
  if (!isOn && person.camera) return words.isCameraOff(name);
  return person.role === "host" || person.role === "cohost" ? `${name} · ${words.role(person.role).toLowerCase()}` : name;
}

function Initials({ name }: { name: string }) {
  const initials = name.split(/\s+/).slice(0, 2).map((part) => part[0] ?? "").join("").toUpperCase();
  return <span className="absolute inset-0 grid place-items-center bg-[#3a332c] text-[#f3eee6]" aria-hidden="true"><span className="count text-[clamp(1.1rem,18cqmin,4rem)]">{initials}</span></span>;
}

export async function toggleFullScreen(element: HTMLElement | null): Promise<void> {
  try {
    if (document.fullscreenElement) await document.exitFullscreen();
    else await element?.requestFullscreen();
  } catch {
    // Some phones have no full screen for anything but a video of their own.
  }
}

interface RemotePictureProps {
  tile: TileOf;
  place: Place;
  pictureId: string;
  isOn: boolean;
  fit: string;
}

/** Somebody's picture. When it is lost, the last one stays until the next arrives. */
function RemotePicture({ tile: { person, source }, place, pictureId, isOn, fit }: RemotePictureProps) {
  const session = useSession();
  const video = useRef<HTMLVideoElement>(null);
  const still = useRef<HTMLCanvasElement>(null);
  const [isStill, setStill] = useState(false);
  const { seatId } = person;
  useEffect(() => {
    const element = video.current;
    if (!element || !pictureId) return;
    const detach = session.show(place, seatId, source, element);
    const clear = () => element.requestVideoFrameCallback(() => setStill(false));
    clear();
    // At once, not with the next render: by then the engine may have taken the picture away.
    let isUp = true;
    const stop = session.connection.subscribe(() => {
      const was = isUp;
      isUp = session.connection.get().lines[place === "stage" ? "engine" : "backstage"] === "connected";
      if (was && !isUp) setStill(keepStill(element, still.current));
      if (!was && isUp) clear();
    });
    return () => {
      stop();
      if (isUp) setStill(keepStill(element, still.current));
      detach();
    };
  }, [session, place, seatId, source, pictureId]);
  return (
    <>
      <video ref={video} autoPlay playsInline muted className={`absolute inset-0 w-full h-full ${fit} ${isOn ? "" : "invisible"}`} />
      <canvas ref={still} className={`absolute inset-0 w-full h-full ${fit} ${isStill && isOn ? "" : "hidden"}`} aria-hidden="true" />
    </>
  );
}

function keepStill(video: HTMLVideoElement, canvas: HTMLCanvasElement | null): boolean {
  if (!canvas || !video.videoWidth) return false;
  canvas.width = video.videoWidth;
  canvas.height = video.videoHeight;
  canvas.getContext("2d")?.drawImage(video, 0, 0);
  return true;
}
