/**
 * Camera, microphone and screen of this device. The tracks belong to us and not to a line, so that they
 * outlive a lost connection, can be looked at in the lobby, and move between backstage and stage.
 */
import { createStore, type Store } from "./store";

export type DeviceKind = "camera" | "microphone";
export const DEVICE_TROUBLES = ["blocked", "busy", "absent", "unplugged", "interrupted", "unsupported"] as const;
/** Why a device gives nothing: each has its way out in words. */
export type DeviceTrouble = (typeof DEVICE_TROUBLES)[number];

export interface DeviceState {
  isOn: boolean;
  isAsking: boolean;
  track: MediaStreamTrack | null;
  trouble: DeviceTrouble | null;
  /** The device in use or wished for; empty is whatever the browser prefers. */
  deviceId: string;
}

export interface CaptureState {
  camera: DeviceState;
  microphone: DeviceState;
  screen: { video: MediaStreamTrack; audio: MediaStreamTrack | null } | null;
  /** The screen share ended from outside: by the browser's own button, or because the window was closed. */
  screenStopped: boolean;
  cameras: MediaDeviceInfo[];
  microphones: MediaDeviceInfo[];
  speakers: MediaDeviceInfo[];
  speakerId: string;
}

export interface Capture {
  readonly state: Store<CaptureState>;
  /** Turns a device on or off. What cannot be done is in `trouble`; it does not reject. */
  turn(kind: DeviceKind, on: boolean): Promise<void>;
  choose(kind: DeviceKind | "speaker", deviceId: string): Promise<void>;
  shareScreen(on: boolean): Promise<void>;
  forgetScreenStopped(): void;
  /** Whether both devices may be used without asking. */
  isGranted(): Promise<boolean>;
  close(): void;
}

/** Whether others see or hear it now: a device that the system has taken away is on only in our wishes. */
export const isLive = (device: DeviceState): boolean => device.isOn && device.trouble === null;

const OFF: DeviceState = { isOn: false, isAsking: false, track: null, trouble: null, deviceId: "" };
const INTERRUPTED_AFTER_MS = 1_500; // shorter silences of the system are not worth a word

/** What the browser's own error means here. */
export function troubleOf(error: unknown): DeviceTrouble {
  switch ((error as { name?: string } | null)?.name) {
    case "NotAllowedError":
    case "SecurityError":
      return "blocked";
    case "NotFoundError":
    case "OverconstrainedError":
      return "absent";
    case "TypeError":
      return "unsupported";
    default:
      return "busy";
  }
}

export function createCapture(devices: MediaDevices | undefined, permissions?: Permissions): Capture {
  const state = createStore<CaptureState>({
    camera: OFF, microphone: OFF, screen: null, screenStopped: false, cameras: [], microphones: [], speakers: [], speakerId: "",
  });
  const change = (kind: DeviceKind, part: Partial<DeviceState>) => state.patch({ [kind]: { ...state.get()[kind], ...part } });

  async function listDevices(): Promise<void> {
    const all = (await devices?.enumerateDevices().catch(() => [])) ?? [];
    const of = (kind: MediaDeviceKind) => all.filter((device) => device.kind === kind && device.deviceId !== "");
    state.patch({ cameras: of("videoinput"), microphones: of("audioinput"), speakers: of("audiooutput") });
  }

  function constraints(kind: DeviceKind, deviceId: string): MediaStreamConstraints {
    const exactly = deviceId ? { deviceId: { exact: deviceId } } : {};
    return kind === "camera"
      ? { video: { width: { ideal: 1280 }, height: { ideal: 720 }, frameRate: { ideal: 30 }, ...exactly } }
      : { audio: { echoCancellation: true, noiseSuppression: true, autoGainControl: true, ...exactly } };
  }

  async function open(kind: DeviceKind): Promise<void> {
    change(kind, { isAsking: true, trouble: null });
    try {
      if (!devices) throw new TypeError("no media devices: the page is not secure");
      const stream = await devices.getUserMedia(constraints(kind, state.get()[kind].deviceId));
      const track = stream.getTracks()[0] ?? null;
      release(kind);
      watch(kind, track);
      change(kind, { isOn: true, isAsking: false, track, deviceId: track?.getSettings().deviceId ?? "" });
      await listDevices();
    } catch (error) {
      release(kind);
      change(kind, { isOn: false, isAsking: false, trouble: troubleOf(error) });
    }
  }

  function release(kind: DeviceKind): void {
    const { track } = state.get()[kind];
    if (!track) return;
    track.onended = track.onmute = track.onunmute = null;
    track.stop();
    change(kind, { track: null });
  }

  /** The system may take a device away (unplugged, a phone call) or only silence it for a while. */
  function watch(kind: DeviceKind, track: MediaStreamTrack | null): void {
    if (!track) return;
    let silence: ReturnType<typeof setTimeout> | undefined;
    track.onended = () => void lose(kind, track);
    track.onmute = () => (silence = setTimeout(() => state.get()[kind].track === track && change(kind, { trouble: "interrupted" }), INTERRUPTED_AFTER_MS));
    track.onunmute = () => {
      clearTimeout(silence);
      if (state.get()[kind].trouble === "interrupted") change(kind, { trouble: null });
    };
  }

  async function lose(kind: DeviceKind, track: MediaStreamTrack): Promise<void> {
    const { deviceId } = track.getSettings();
    await listDevices();
    const { cameras, microphones } = state.get();
    const isStillThere = (kind === "camera" ? cameras : microphones).some((device) => device.deviceId === deviceId);
    release(kind);
    change(kind, { isOn: false, trouble: isStillThere ? "interrupted" : "unplugged", ...(isStillThere ? {} : { deviceId: "" }) });
  }

  function stopScreen(fromOutside: boolean): void {
    const { screen } = state.get();
    if (!screen) return;
    for (const track of [screen.video, screen.audio]) track?.stop();
    state.patch({ screen: null, screenStopped: fromOutside });
  }

  const relist = () => void listDevices();
  devices?.addEventListener("devicechange", relist);
  void listDevices();

  return {
    state,
    turn: async (kind, on) => {
      const current = state.get()[kind];
      if (current.isAsking) return;
      if (on && (!current.track || current.track.readyState === "ended" || current.trouble)) return open(kind);
      // A microphone stays open and is silent, so that it is back at once; a camera goes dark for real.
      if (!on && kind === "camera") release(kind);
      change(kind, { isOn: on, trouble: null });
    },
    choose: async (kind, deviceId) => {
      if (kind === "speaker") return state.patch({ speakerId: deviceId });
      change(kind, { deviceId });
      if (state.get()[kind].track) await open(kind);
    },
    shareScreen: async (on) => {
      if (!on) return stopScreen(false);
      try {
        const stream = await devices?.getDisplayMedia({ video: { frameRate: 30 }, audio: true });
        const video = stream?.getVideoTracks()[0];
        if (!video) return;
        video.onended = () => stopScreen(true);
        video.contentHint = "detail";
        state.patch({ screen: { video, audio: stream.getAudioTracks()[0] ?? null }, screenStopped: false });
      } catch {
        // They changed their mind in the browser's own dialog: nothing happened.
      }
    },
    forgetScreenStopped: () => state.patch({ screenStopped: false }),
    isGranted: async () => {
      const names = ["camera", "microphone"] as unknown as PermissionName[];
      const answers = await Promise.all(names.map((name) => permissions?.query({ name }).catch(() => undefined)));
      return answers.every((answer) => answer?.state === "granted");
    },
    close: () => {
      devices?.removeEventListener("devicechange", relist);
      release("camera");
      release("microphone");
      stopScreen(false);
    },
  };
}
