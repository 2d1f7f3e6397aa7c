import {
  Ellipsis, Hand, LayoutGrid, LayoutPanelTop, LogOut, type LucideIcon, Maximize, MessageSquare, Mic, MicOff, MonitorUp, MonitorX, Settings2, SlidersHorizontal,
  SmilePlus, Theater, Video, VideoOff,
} from "lucide-react";
import { type ReactNode, useRef, useState } from "react";
import { REACTIONS } from "@estrade/protocol";
import { isLive } from "../capture";
import type { LayoutName } from "../layout";
import { useStore } from "../store";
import { useSession, useWords } from "./context";
import { backToOpener, useLeaving } from "./hooks";
import { OwnPicture } from "./OwnPicture";
import { REACTION_ICONS } from "./ReactionCounts";

export interface ToolbarProps {
  isNarrow: boolean;
  /** One's own picture is among the others. */
  isOwnShown: boolean;
  mayPublish: boolean;
  mayRaiseHand: boolean;
  /** They may choose between stage and backstage. */
  hasTwoPlaces: boolean;
  isHosting: boolean;
  layout: LayoutName;
  onLayout: (layout: LayoutName) => void;
  isPanelOpen: boolean;
  onPanel: () => void;
  onDevices: () => void;
  onHostSheet: () => void;
  onFullScreen: () => void;
  onLeave: () => void;
}

/** Own means on the left, what is shared in the middle, leaving on the right; on a phone five tools and the rest behind More. */
export function Toolbar(props: ToolbarProps) {
  const words = useWords();
  const session = useSession();
  const { room } = useStore(session.state);
  const { camera, microphone, screen } = useStore(session.capture.state);
  const [isHeard, isSeen] = [isLive(microphone), isLive(camera)];
  const { isNarrow, mayPublish, mayRaiseHand, isHosting } = props;
  const hand = room.me.hand_raised_at !== null;
  const handTool = mayRaiseHand && (
    <Tool icon={Hand} label={hand ? words.lowerHand : words.raiseHand} pressed={hand} shortcut="h" onClick={() => session.raiseHand(!hand)} />
  );
  const fullTools = (
    <>
      {props.layout === "grid"
        ? <Tool icon={LayoutPanelTop} label={words.layoutSpeaker} onClick={() => props.onLayout("speaker")} />
        : <Tool icon={LayoutGrid} label={words.layoutGrid} onClick={() => props.onLayout("grid")} />}
      <Tool icon={Maximize} label={words.fullScreen} onClick={props.onFullScreen} />
      <Tool icon={Settings2} label={words.devices} onClick={props.onDevices} />
    </>
  );
  return (
    <nav className="room-tools shrink-0 border-t-[1.5px] border-base-content px-2 md:px-5 py-1.5 md:py-2 flex items-center justify-between gap-1 relative bg-base-100" aria-label={words.controls}>
      <span className="absolute -top-[7px] left-2 md:left-5 w-14 h-[7px] bg-base-content max-md:hidden" aria-hidden="true" />
      <div className="flex gap-0.5 md:gap-1">
        {mayPublish && (
          <>
            <Tool icon={isHeard ? Mic : MicOff} label={isHeard ? words.mute : words.unmute} isOff={!isHeard} shortcut="m" onClick={() => void session.capture.turn("microphone", !isHeard)} />
            <Tool icon={isSeen ? Video : VideoOff} label={isSeen ? words.stopVideo : words.startVideo} isOff={!isSeen} shortcut="v" onClick={() => void session.capture.turn("camera", !isSeen)} />
            {!isNarrow && <Tool icon={screen ? MonitorX : MonitorUp} label={screen ? words.stopSharing : words.share} pressed={screen !== null} onClick={() => void session.capture.shareScreen(screen === null)} />}
          </>
        )}
      </div>
      <div className="flex gap-0.5 md:gap-1">
        {(!isNarrow || !isHosting) && handTool}
        <ReactTool />
        {!isNarrow && <Tool icon={MessageSquare} label={words.chat} expanded={props.isPanelOpen} onClick={props.onPanel} />}
        {!isNarrow && props.hasTwoPlaces && <PlaceTool />}
        {!isNarrow && fullTools}
        {isNarrow && isHosting && <Tool icon={SlidersHorizontal} label={words.hostBar} onClick={props.onHostSheet} />}
        {isNarrow && (
          <MoreTool>
            {isHosting && handTool}
            {mayPublish && "mediaDevices" in navigator && "getDisplayMedia" in navigator.mediaDevices && (
              <Tool icon={screen ? MonitorX : MonitorUp} label={screen ? words.stopSharing : words.share} pressed={screen !== null} onClick={() => void session.capture.shareScreen(screen === null)} />
            )}
            {props.hasTwoPlaces && <PlaceTool />}
            {fullTools}
          </MoreTool>
        )}
      </div>
      <div className="flex items-center gap-3">
        {!props.isOwnShown && mayPublish && isSeen && camera.track && (
          <div className="tile w-[6.2rem] h-14 max-lg:hidden" aria-hidden="true">
            <OwnPicture track={camera.track} />
            <p className="tile-name">{!isHeard && <MicOff className="i" aria-hidden="true" />}<span>{words.you}</span></p>
          </div>
        )}
        <Tool icon={LogOut} label={words.leave} className="tool-leave" onClick={props.onLeave} />
      </div>
    </nav>
  );
}

interface ToolProps {
  icon: LucideIcon;
  label: string;
  onClick: () => void;
  pressed?: boolean;
  expanded?: boolean;
  isOff?: boolean;
  shortcut?: string;
  className?: string;
}

export function Tool({ icon: Icon, label, onClick, pressed, expanded, isOff, shortcut, className = "" }: ToolProps) {
  return (
    <button type="button" className={`tool ${isOff ? "tool-off" : ""} ${className}`} aria-pressed={pressed} aria-expanded={expanded} aria-keyshortcuts={shortcut} onClick={onClick}>
      <Icon className="i" aria-hidden="true" /><span>{label}</span>
    </button>
  );
}

/** Whether the microphone and the camera go to the show or to the crew. */
function PlaceTool() {
  const words = useWords();
  const session = useSession();
  const place = useStore(session.place);
  return <Tool icon={Theater} label={place === "stage" ? words.goBackstage : words.goOnStage} onClick={() => session.moveTo(place === "stage" ? "backstage" : "stage")} />;
}

function ReactTool() {
  const words = useWords();
  const session = useSession();
  const [isOpen, setOpen] = useState(false);
  const box = useRef<HTMLSpanElement>(null);
  useLeaving(box, isOpen, () => setOpen(false));
  return (
    <span ref={box} className="relative">
      <Tool icon={SmilePlus} label={words.react} expanded={isOpen} onClick={() => setOpen(!isOpen)} />
      {isOpen && (
        <span className="room-menu room-menu-row bottom-[4.2rem] left-1/2 -translate-x-1/2">
          {REACTIONS.map((reaction) => {
            const Icon = REACTION_ICONS[reaction];
            return <button key={reaction} type="button" aria-label={words.reaction(reaction)} title={words.reaction(reaction)} onClick={() => session.react(reaction)}><Icon className="i" aria-hidden="true" /></button>;
          })}
        </span>
      )}
    </span>
  );
}

function MoreTool({ children }: { children: ReactNode }) {
  const words = useWords();
  const [isOpen, setOpen] = useState(false);
  const box = useRef<HTMLSpanElement>(null);
  useLeaving(box, isOpen, () => setOpen(false));
  return (
    <span ref={box} className="relative">
      <Tool icon={Ellipsis} label={words.more} expanded={isOpen} onClick={() => setOpen(!isOpen)} />
      {isOpen && <span className="room-menu room-menu-tools bottom-[4.2rem] right-0" onClickCapture={() => { backToOpener(box); setOpen(false); }}>{children}</span>}
    </span>
  );
}
