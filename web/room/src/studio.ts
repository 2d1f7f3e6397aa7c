/** Where this seat is seen and heard: backstage or on stage. */
import { type Capture, type CaptureState, isLive } from "./capture";
import { type Engine, NOTHING, type Presentation } from "./media";
import { createStore, type Store } from "./store";

export type Place = "stage" | "backstage";

export interface Studio {
  readonly place: Store<Place>;
  moveTo(place: Place): void;
  /** The line to a place is open (or gone, with null); what is wished for is published there. */
  use(place: Place, engine: Engine | null): void;
  /** Publishes again what is wished for, after a right was given. */
  refresh(): void;
  close(): void;
}

/** What the devices give, as the engine takes it. */
export function presentationOf({ camera, microphone, screen }: CaptureState): Presentation {
  return {
    camera: camera.track,
    isCameraOn: camera.isOn,
    microphone: microphone.track,
    isMicrophoneOn: isLive(microphone),
    screen: screen?.video ?? null,
    screenSound: screen?.audio ?? null,
  };
}

export function createStudio(capture: Pick<Capture, "state">, start: Place): Studio {
  const place = createStore<Place>(start);
  const engines: Record<Place, Engine | null> = { stage: null, backstage: null };

  function refresh(): void {
    const here = place.get();
    const mine = presentationOf(capture.state.get());
    for (const name of ["stage", "backstage"] as const) void engines[name]?.present(name === here ? mine : NOTHING);
    // Who is on stage must not have backstage in their loudspeaker: their microphone would carry it to everyone.
    engines.backstage?.setVolume(here === "backstage" ? 1 : 0);
  }

  const unwatch = capture.state.subscribe(refresh);
  return {
    place,
    refresh,
    moveTo: (next) => {
      place.set(next);
      refresh();
    },
    use: (name, engine) => {
      engines[name] = engine;
      refresh();
    },
    close: unwatch,
  };
}
