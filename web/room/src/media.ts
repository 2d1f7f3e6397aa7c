/** What the room knows of a media engine, whichever it is. */
import type { Grant, Role, RoomKind } from "@estrade/protocol";
import type { Line } from "./connection";
import type { Store } from "./store";

export type Source = "camera" | "screen";
export type Quality = "good" | "poor" | "lost" | "unknown";

/** A picture that may be looked at. `isOn` is false while the camera is off; `id` is empty until it arrives. */
export interface Picture {
  id: string;
  isOn: boolean;
}

export interface EnginePerson {
  seatId: string;
  name: string;
  role: Role | "";
  isMe: boolean;
  isSpeaking: boolean;
  lastSpokeAt: number;
  quality: Quality;
  camera: Picture | null;
  screen: Picture | null;
  /** "none": they have not brought one. */
  microphone: "on" | "off" | "none";
}

export interface EngineState {
  people: EnginePerson[];
  /** Everybody in the engine's room, the audience included. */
  count: number;
  mayPublish: boolean;
  /** False while the browser refuses to play sound before a click. */
  mayPlaySound: boolean;
}

/** What this seat wants to be seen and heard with; null is nothing at all. */
export interface Presentation {
  camera: MediaStreamTrack | null;
  isCameraOn: boolean;
  microphone: MediaStreamTrack | null;
  isMicrophoneOn: boolean;
  screen: MediaStreamTrack | null;
  screenSound: MediaStreamTrack | null;
}

/** How much of one track has been decoded since it began: pictures of a video, milliseconds of a sound. */
export interface Delivered {
  id: string;
  kind: "video" | "audio";
  total: number;
}

export interface Engine extends Line {
  readonly state: Store<EngineState>;
  /** Shows somebody's picture in `element` until the answer is called. */
  show(seatId: string, source: Source, element: HTMLVideoElement): () => void;
  /** Says which pictures are looked at: "<seat>/<source>". The others are not sent. */
  look(wanted: ReadonlySet<string>): void;
  /** Brings what is published in line with `presentation`; the last call wins. */
  present(presentation: Presentation): Promise<void>;
  setVolume(volume: number): void;
  useSpeaker(deviceId: string): Promise<void>;
  /** To be called from a click. */
  playSound(): Promise<void>;
  delivered(): Promise<Delivered[]>;
}

export interface EngineOptions {
  grant: Grant;
  kind: RoomKind;
  /** Where the sounds live in the page. */
  sounds: HTMLElement;
  /** The engine mends a broken line twice by itself; this says when it begins and when it is done. */
  wavering(isWavering: boolean): void;
  /** The host has muted us. */
  onMuted(): void;
  signal: AbortSignal;
}

export const NOTHING: Presentation = { camera: null, isCameraOn: false, microphone: null, isMicrophoneOn: false, screen: null, screenSound: null };
export const EMPTY_ENGINE: EngineState = { people: [], count: 0, mayPublish: false, mayPlaySound: true };
