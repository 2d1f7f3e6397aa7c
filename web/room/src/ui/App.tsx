import type { Admission, RoomState } from "@estrade/protocol";
import { useCallback, useEffect, useMemo, useState } from "react";
import type { Api } from "../api";
import { type Capture, createCapture } from "../capture";
import type { Clock } from "../clock";
import type { RoomConfig } from "../config";
import type { End } from "../connection";
import { openLobby } from "../lobby";
import type { Session } from "../session";
import { wordsFor } from "../words";
import { SessionContext, WordsContext } from "./context";
import { EndView } from "./EndView";
import { LobbyView } from "./LobbyView";
import { RoomView } from "./RoomView";

export interface AppProps {
  config: RoomConfig;
  api: Api;
  clock: Clock;
  /** Loads what the room needs, so that entering finds it there. */
  prepare(): void;
  enterRoom(admission: Admission, capture: Capture): Session;
}

type View =
  | { name: "lobby" }
  | { name: "room"; session: Session }
  | { name: "end"; end: End; at: number; room: RoomState };

/** From the lobby into the room, and out of it. */
export function App(props: AppProps) {
  const { config, clock, api } = props;
  const words = wordsFor(config.language);
  const [view, setView] = useState<View>({ name: "lobby" });

  const enter = useCallback((admission: Admission, capture: Capture) => {
    const session = props.enterRoom(admission, capture);
    const stop = session.connection.subscribe(() => {
      const { end } = session.connection.get();
      if (!end) return;
      stop();
      setView({ name: "end", end, at: clock.now(), room: session.state.get().room });
    });
    document.title = `${admission.state.event_title} · Estrade`;
    setView({ name: "room", session });
  }, [props, clock]);

  const returnFrom = async (end: End) => {
    if (end !== "taken_over") return setView({ name: "lobby" });
    try {
      enter(await api.takeSeat(true), newCapture());
    } catch {
      setView({ name: "lobby" }); // it says what is wrong
    }
  };

  return (
    <WordsContext value={words}>
      {view.name === "lobby" && <InLobby {...props} onAdmitted={enter} />}
      {view.name === "room" && <SessionContext value={view.session}><RoomView /></SessionContext>}
      {view.name === "end" && <EndView end={view.end} at={view.at} title={view.room.event_title} leaveUrl={config.leaveUrl} onReturn={() => void returnFrom(view.end)} />}
    </WordsContext>
  );
}

const newCapture = () => createCapture(navigator.mediaDevices as MediaDevices | undefined, navigator.permissions as Permissions | undefined);

function InLobby({ config, api, clock, prepare, onAdmitted }: AppProps & { onAdmitted: (admission: Admission, capture: Capture) => void }) {
  const [stop] = useState(() => new AbortController());
  const { lobby, capture } = useMemo(() => {
    const devices = newCapture();
    let isIn = false;
    const opened = openLobby({
      api, clock, signal: stop.signal,
      onAdmitted: (admission) => {
        isIn = true;
        onAdmitted(admission, devices);
      },
    });
    stop.signal.addEventListener("abort", () => isIn || devices.close());
    return { lobby: opened, capture: devices };
  }, [api, clock, stop, onAdmitted]);
  useEffect(() => {
    prepare();
    return () => stop.abort();
  }, [prepare, stop]);
  return <LobbyView lobby={lobby} capture={capture} leaveUrl={config.leaveUrl} />;
}
