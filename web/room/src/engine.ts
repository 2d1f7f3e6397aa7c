/** The line to the media engine. Nothing else knows LiveKit. */
import type { Role, RoomKind } from "@estrade/protocol";
import {
  AudioPresets, ConnectionQuality, ConnectionState, type LocalTrack, type LocalTrackPublication, type Participant, type RemoteTrack,
  type RemoteTrackPublication, Room, RoomEvent, setLogLevel, Track, type TrackPublication, type TrackPublishOptions,
} from "livekit-client";
import {
  type Delivered, EMPTY_ENGINE, type Engine, type EngineOptions, type EnginePerson, type EngineState, NOTHING, type Picture, type Presentation,
  type Quality, type Source,
} from "./media";
import { createStore } from "./store";

const OWN_TRIES = 2; // of the SDK; then the room re-joins with fresh tokens
const OWN_TRY_DELAY_MS = 300;

setLogLevel("warn");

/** Connects once; rejects with the SDK's error when the engine does not let us in. */
export async function openEngine(options: EngineOptions): Promise<Engine> {
  const { grant, kind, sounds, signal } = options;
  const room = new Room({
    adaptiveStream: true,
    dynacast: true,
    disconnectOnPageLeave: true,
    stopLocalTrackOnUnpublish: false, // the tracks are ours: see capture.ts
    reconnectPolicy: { nextRetryDelayInMs: ({ retryCount }) => (retryCount < OWN_TRIES ? OWN_TRY_DELAY_MS : null) },
    publishDefaults: { simulcast: true, red: true },
  });
  const state = createStore(EMPTY_ENGINE);
  const seen = new Seen(room, state);
  const volume = { now: 1 };

  const hear = (track: RemoteTrack, _: RemoteTrackPublication, participant: Participant) => {
    if (track.kind !== Track.Kind.Audio) return;
    const element = track.attach() as HTMLAudioElement;
    element.dataset["sound"] = participant.identity;
    element.volume = volume.now;
    sounds.append(element);
  };
  room
    .on(RoomEvent.TrackSubscribed, hear)
    // Pictures stay attached: the last one is looked at until the line is back.
    .on(RoomEvent.TrackUnsubscribed, (track) => track.kind === Track.Kind.Audio && track.detach().forEach((element) => element.remove()))
    .on(RoomEvent.Reconnecting, () => options.wavering(true))
    .on(RoomEvent.SignalReconnecting, () => options.wavering(true))
    .on(RoomEvent.Reconnected, () => options.wavering(false));
  for (const event of SEEN_EVENTS) room.on(event, () => seen.later());
  if (kind === "class") room.on(RoomEvent.TrackPublished, (publication) => publication.kind === Track.Kind.Audio && publication.setSubscribed(true));

  const lost = new Promise<void>((resolve) => room.once(RoomEvent.Disconnected, () => resolve()));
  const close = () => void room.disconnect(false);
  const abort = () => close();
  signal.addEventListener("abort", abort, { once: true });
  try {
    // A stage has few pictures and all are looked at; in a class each is asked for when it is shown.
    await room.connect(grant.url, grant.token, {
      autoSubscribe: kind === "stage", maxRetries: 0, websocketTimeout: 5_000, peerConnectionTimeout: 10_000, ...loopback(grant.url),
    });
  } catch (error) {
    close();
    throw error;
  } finally {
    signal.removeEventListener("abort", abort);
  }
  if (kind === "class") {
    for (const { publication } of remotePublications(room)) if (publication.kind === Track.Kind.Audio) publication.setSubscribed(true);
  }
  const publisher = new Publisher(room, kind, options.onMuted);
  seen.now();

  return {
    state,
    lost,
    close,
    show: (seatId, source, element) => show(room, seatId, source, element),
    look: (wanted) => {
      for (const { seatId, publication } of remotePublications(room)) {
        if (publication.kind !== Track.Kind.Video) continue;
        const isWanted = wanted.has(`${seatId}/${sourceOf(publication)}`);
        if (publication.isDesired !== isWanted) publication.setSubscribed(isWanted);
      }
    },
    present: (presentation) => publisher.present(presentation),
    setVolume: (wanted) => {
      volume.now = wanted;
      for (const element of sounds.querySelectorAll("audio")) element.volume = wanted;
    },
    useSpeaker: async (deviceId) => void (await room.switchActiveDevice("audiooutput", deviceId).catch(() => false)),
    playSound: () => room.startAudio(),
    delivered: () => delivered(room),
  };
}

/** On loopback no address has to be found out: without servers to ask, connecting is quicker. */
function loopback(url: string): { rtcConfig?: RTCConfiguration } {
  return ["localhost", "127.0.0.1", "[::1]"].includes(new URL(url).hostname) ? { rtcConfig: { iceServers: [] } } : {};
}

function remotePublications(room: Room): { seatId: string; publication: RemoteTrackPublication }[] {
  return [...room.remoteParticipants.values()].flatMap((participant) =>
    [...participant.trackPublications.values()].map((publication) => ({ seatId: participant.identity, publication })),
  );
}

const sourceOf = (publication: TrackPublication): Source => (publication.source === Track.Source.ScreenShare ? "screen" : "camera");
const TRACK_SOURCES: Record<Source, Track.Source> = { camera: Track.Source.Camera, screen: Track.Source.ScreenShare };

function show(room: Room, seatId: string, source: Source, element: HTMLVideoElement): () => void {
  const track = room.getParticipantByIdentity(seatId)?.getTrackPublication(TRACK_SOURCES[source])?.track;
  if (!track) return () => undefined;
  track.attach(element);
  return () => void track.detach(element);
}

const SEEN_EVENTS = [
  RoomEvent.Connected, RoomEvent.Reconnected, RoomEvent.ParticipantConnected, RoomEvent.ParticipantDisconnected, RoomEvent.TrackPublished, RoomEvent.TrackUnpublished,
  RoomEvent.TrackSubscribed, RoomEvent.TrackUnsubscribed, RoomEvent.TrackMuted, RoomEvent.TrackUnmuted, RoomEvent.LocalTrackPublished,
  RoomEvent.LocalTrackUnpublished, RoomEvent.ActiveSpeakersChanged, RoomEvent.ConnectionQualityChanged, RoomEvent.ParticipantNameChanged,
  RoomEvent.ParticipantAttributesChanged, RoomEvent.ParticipantPermissionsChanged, RoomEvent.AudioPlaybackStatusChanged, RoomEvent.TrackStreamStateChanged,
] as const;

/** What the engine's room looks like, as plain values. */
class Seen {
  #isDue = false;

  constructor(private readonly room: Room, private readonly state: { set(state: EngineState): void }) {}

  /** Several events of one moment make one change. */
  later(): void {
    if (this.#isDue) return;
    this.#isDue = true;
    queueMicrotask(() => this.now());
  }

  now(): void {
    this.#isDue = false;
    const { room } = this;
    // While a line is mended or gone, what was seen last is kept.
    if (room.state === ConnectionState.Disconnected || room.state === ConnectionState.Reconnecting) return;
    const everyone: Participant[] = [room.localParticipant, ...room.remoteParticipants.values()];
    this.state.set({
      people: everyone.filter((participant) => participant.identity !== "").map((participant) => personOf(participant)),
      count: room.remoteParticipants.size + 1,
      mayPublish: room.localParticipant.permissions?.canPublish ?? false,
      mayPlaySound: room.canPlaybackAudio,
    });
  }
}

function personOf(participant: Participant): EnginePerson {
  const microphone = participant.getTrackPublication(Track.Source.Microphone);
  return {
    seatId: participant.identity,
    name: participant.name || participant.identity,
    role: (participant.attributes["role"] ?? "") as Role | "",
    isMe: participant.isLocal,
    isSpeaking: participant.isSpeaking && microphone?.isMuted === false,
    lastSpokeAt: participant.lastSpokeAt?.getTime() ?? 0,
    quality: QUALITIES[participant.connectionQuality],
    camera: pictureOf(participant, Track.Source.Camera),
    screen: pictureOf(participant, Track.Source.ScreenShare),
    microphone: !microphone ? "none" : microphone.isMuted ? "off" : "on",
  };
}

const QUALITIES: Record<ConnectionQuality, Quality> = {
  [ConnectionQuality.Excellent]: "good",
  [ConnectionQuality.Good]: "good",
  [ConnectionQuality.Poor]: "poor",
  [ConnectionQuality.Lost]: "lost",
  [ConnectionQuality.Unknown]: "unknown",
};

function pictureOf(participant: Participant, source: Track.Source): Picture | null {
  const publication = participant.getTrackPublication(source);
  return publication ? { id: publication.track ? serialOf(publication.track) : "", isOn: !publication.isMuted } : null;
}

const serials = new WeakMap<object, string>();
let lastSerial = 0;

/** Tells one arrival of a track from another: the engine's own id stays the same when we re-join. */
function serialOf(track: object): string {
  const serial = serials.get(track) ?? String((lastSerial += 1));
  serials.set(track, serial);
  return serial;
}

/** Publishes one presentation at a time; of those that come meanwhile only the last counts. */
class Publisher {
  #wanted: Presentation = NOTHING;
  #isBusy = false;
  #isDue = false;

  constructor(private readonly room: Room, private readonly kind: RoomKind, onMuted: () => void) {
    room.on(RoomEvent.TrackMuted, (publication, participant) => {
      const isOurs = participant.isLocal && publication.source === Track.Source.Microphone;
      if (isOurs && !this.#isBusy && this.#wanted.isMicrophoneOn && this.#wanted.microphone?.readyState === "live") onMuted();
    });
  }

  async present(presentation: Presentation): Promise<void> {
    this.#wanted = presentation;
    this.#isDue = true;
    if (this.#isBusy) return;
    this.#isBusy = true;
    try {
      while (this.#isDue) {
        this.#isDue = false;
        await this.#bringInLine(this.#wanted);
      }
    } catch {
      // The line is gone or the right to publish was withdrawn: whoever opens it again presents again.
    } finally {
      this.#isBusy = false;
    }
  }

  async #bringInLine(wanted: Presentation): Promise<void> {
    const may = this.room.localParticipant.permissions?.canPublish ?? false;
    const { camera, isCameraOn, microphone, isMicrophoneOn, screen, screenSound } = may ? wanted : NOTHING;
    const isPresent = may && wanted !== NOTHING;
    await Promise.all([
      this.#put(Track.Source.Microphone, microphone, isMicrophoneOn, isPresent),
      this.#put(Track.Source.Camera, camera, isCameraOn, isPresent),
      this.#put(Track.Source.ScreenShare, screen, true, false),
      this.#put(Track.Source.ScreenShareAudio, screenSound, true, false),
    ]);
  }

  /** `keeps`: a track that was published stays, muted, while its device is off. */
  async #put(source: Track.Source, track: MediaStreamTrack | null, isOn: boolean, keeps: boolean): Promise<void> {
    const me = this.room.localParticipant;
    const published = me.getTrackPublication(source);
    if (!track && !published) return;
    if (!track && !keeps) return void (published?.track && (await me.unpublishTrack(published.track.mediaStreamTrack, false)));
    if (!published) return void (track && isOn && (await me.publishTrack(track, this.#options(source))));
    await this.#update(published, track, isOn);
  }

  async #update(published: LocalTrackPublication, track: MediaStreamTrack | null, isOn: boolean): Promise<void> {
    const current: LocalTrack | undefined = published.track;
    if (!current) return;
    if (!isOn || !track) return void (published.isMuted || (await published.mute()));
    if (current.mediaStreamTrack !== track) await current.replaceTrack(track, true);
    if (published.isMuted) await published.unmute();
  }

  #options(source: Track.Source): TrackPublishOptions {
    const isStage = this.kind === "stage";
    switch (source) {
      case Track.Source.Microphone:
        return { source, audioPreset: isStage ? AudioPresets.musicHighQuality : AudioPresets.speech, dtx: !isStage };
      case Track.Source.ScreenShareAudio:
        return { source, audioPreset: AudioPresets.musicHighQualityStereo, dtx: false };
      default:
        return { source };
    }
  }
}

async function delivered(room: Room): Promise<Delivered[]> {
  const tracks = remotePublications(room).flatMap(({ publication: { track } }) => (track ? [track] : []));
  const reports = await Promise.all(tracks.map(async (track) => ({ track, report: await track.getRTCStatsReport().catch(() => undefined) })));
  return reports.flatMap(({ track, report }): Delivered[] => {
    const inbound = [...(report?.values() ?? [])].find((entry: { type?: string }) => entry.type === "inbound-rtp") as
      | { framesDecoded?: number; totalSamplesDuration?: number } | undefined;
    if (!inbound) return [];
    return track.kind === Track.Kind.Video
      ? [{ id: serialOf(track), kind: "video", total: inbound.framesDecoded ?? 0 }]
      : [{ id: serialOf(track), kind: "audio", total: Math.round((inbound.totalSamplesDuration ?? 0) * 1000) }];
  });
}
