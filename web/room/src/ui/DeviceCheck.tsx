import { Eye, Mic, MicOff, Video, VideoOff, Volume2 } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import type { Capture, DeviceKind } from "../capture";
import { LEVEL_BARS, measureLevel, playTestSound } from "../level";
import { useStore } from "../store";
import { useWords } from "./context";
import { DeviceFields } from "./DeviceFields";
import { DeviceTroubleNotice } from "./DeviceTroubleNotice";
import { OwnPicture } from "./OwnPicture";

/** Picture and sound as the others will have them, before anybody does. */
export function DeviceCheck({ capture }: { capture: Capture }) {
  const words = useWords();
  const state = useStore(capture.state);
  const context = useAudioContext();
  const turn = (kind: DeviceKind) => () => void capture.turn(kind, !state[kind].isOn);
  return (
    <section aria-labelledby="check">
      <h2 id="check">{words.checkTitle}</h2>
      <p className="mt-1 text-muted max-w-[58ch]">{words.checkText}</p>
      <div className="mt-4 grid gap-5 md:grid-cols-[minmax(0,1fr)_15rem]">
        <div className="tile aspect-video">
          {state.camera.track && state.camera.isOn ? (
            <OwnPicture track={state.camera.track} />
          ) : (
            <span className="absolute inset-0 grid place-items-center bg-[#3a332c] text-[#f3eee6]"><VideoOff className="w-10 h-10" aria-hidden="true" /></span>
          )}
          <p className="tile-name"><Eye className="i" aria-hidden="true" /><span>{state.camera.isOn ? words.selfView : words.cameraOff}</span></p>
        </div>
        <div className="grid gap-4 content-start grid-cols-2 md:grid-cols-1">
          <button type="button" className="btn btn-line" aria-pressed={state.camera.isOn} aria-disabled={state.camera.isAsking || undefined} onClick={turn("camera")}>
            {state.camera.isOn ? <Video className="i" aria-hidden="true" /> : <VideoOff className="i" aria-hidden="true" />}
            {state.camera.isAsking ? words.asking : state.camera.isOn ? words.cameraIsOn : words.cameraIsOff}
          </button>
          <button type="button" className="btn btn-line" aria-pressed={state.microphone.isOn} aria-disabled={state.microphone.isAsking || undefined} onClick={turn("microphone")}>
            {state.microphone.isOn ? <Mic className="i" aria-hidden="true" /> : <MicOff className="i" aria-hidden="true" />}
            {state.microphone.isAsking ? words.asking : state.microphone.isOn ? words.microphoneIsOn : words.microphoneIsOff}
          </button>
          <LevelMeter track={state.microphone.isOn ? state.microphone.track : null} context={context} />
          <button type="button" className="btn btn-text btn-sm justify-self-start max-md:col-span-2" onClick={() => void playTestSound(context(), state.speakerId)}>
            <Volume2 className="i" aria-hidden="true" /> {words.testSound}
          </button>
        </div>
      </div>
      <div className="mt-4 grid gap-3 empty:hidden">
        {(["camera", "microphone"] as const).map((kind) => {
          const { trouble } = state[kind];
          return trouble && <DeviceTroubleNotice key={kind} kind={kind} trouble={trouble} onRetry={() => void capture.turn(kind, true)} />;
        })}
      </div>
      <div className="mt-5 grid gap-4 sm:grid-cols-3">
        <DeviceFields capture={capture} />
      </div>
    </section>
  );
}

function LevelMeter({ track, context }: { track: MediaStreamTrack | null; context: () => AudioContext }) {
  const words = useWords();
  const [bars, setBars] = useState(0);
  const [wasHeard, setWasHeard] = useState(false);
  useEffect(() => {
    if (!track) return;
    const audio = context();
    void audio.resume();
    const stop = measureLevel(track, audio, (level) => {
      setBars(level);
      if (level >= 5) setWasHeard(true);
    });
    return () => {
      stop();
      setBars(0);
      setWasHeard(false);
    };
  }, [track, context]);
  return (
    <div className="max-md:col-span-2">
      <p className="text-sm font-medium flex flex-wrap justify-between gap-x-3">
        <span>{words.microphoneLevel}</span>
        {track && <span className={wasHeard ? "text-success" : "text-muted"}>{wasHeard ? words.heardWell : words.heardNot}</span>}
      </p>
      <div className="meter mt-1.5 w-full" role="img" aria-label={words.microphoneLevelOf(bars, LEVEL_BARS)}>
        {Array.from({ length: LEVEL_BARS }, (_, bar) => (
          <i key={bar} className={`flex-1 ${bar >= bars ? "" : bar >= LEVEL_BARS - 2 ? "hot" : "on"}`} />
        ))}
      </div>
    </div>
  );
}

/** One audio context for the page, made when it is first needed. */
function useAudioContext(): () => AudioContext {
  const context = useRef<AudioContext | null>(null);
  const get = useRef(() => (context.current ??= new AudioContext()));
  useEffect(() => () => void context.current?.close().then(() => (context.current = null)), []);
  return get.current;
}
