/** The line to the message engine. Nothing else knows centrifuge. */
import type { Heartbeat, Reaction, ReactionsNotice, RoomMessage, SeatNotice } from "@estrade/protocol";
import { Centrifuge } from "centrifuge";
import type { Line } from "./connection";
import { RoomError } from "./errors";

export interface MessagesHandlers {
  onMessage(message: RoomMessage): void;
  onReactions(notice: ReactionsNotice): void;
  onNotice(notice: SeatNotice): void;
}

export interface MessagesLine extends Line {
  react(reaction: Reaction): Promise<void>;
  heartbeat(heartbeat: Heartbeat): Promise<void>;
}

export interface MessagesOptions extends MessagesHandlers {
  /** From the admission, with seat and generation in its query, so that the front can ask about them. */
  url: string;
  token: string;
  /** A fresh token for the same seat, asked for before the first one ends. */
  renew(): Promise<string>;
  signal: AbortSignal;
}

const CONNECT_WITHIN_MS = 5_000;

/**
 * Connects once. It does not come back by itself: whoever opened it opens another with fresh tokens.
 *
 * @throws {RoomError} "unreachable" when the engine does not let us in
 */
export async function openMessages({ url, token, renew, signal, ...handlers }: MessagesOptions): Promise<MessagesLine> {
  const client = new Centrifuge(url, { token, getToken: renew, timeout: CONNECT_WITHIN_MS, maxServerPingDelay: 10_000 });
  const close = () => client.disconnect();
  let isOpen = false;

  const lost = new Promise<void>((resolve) => {
    // The client reports a lost line as "connecting" again; that is where ours takes over.
    client.on("connecting", () => isOpen && (close(), resolve()));
    client.on("disconnected", () => resolve());
  });
  client.on("publication", ({ channel, data }) => route(channel, data as RoomMessage | ReactionsNotice | SeatNotice, handlers));

  await new Promise<void>((resolve, reject) => {
    const fail = () => {
      close();
      reject(new RoomError("unreachable"));
    };
    signal.addEventListener("abort", fail, { once: true });
    client.once("connected", () => {
      isOpen = true;
      signal.removeEventListener("abort", fail);
      resolve();
    });
    client.once("error", fail);
    client.once("disconnected", fail);
    client.connect();
  });

  const call = async (method: string, data: unknown) => {
    try {
      await client.rpc(method, data);
    } catch {
      throw new RoomError("unreachable");
    }
  };
  return {
    lost,
    close,
    react: (reaction) => call("react", { reaction }),
    heartbeat: (heartbeat) => call("heartbeat", heartbeat),
  };
}

function route(channel: string, data: RoomMessage | ReactionsNotice | SeatNotice, handlers: MessagesHandlers): void {
  if (channel.startsWith("seat:")) handlers.onNotice(data as SeatNotice);
  else if (data.kind === "reactions") handlers.onReactions(data);
  else if ("number" in data) handlers.onMessage(data);
}
