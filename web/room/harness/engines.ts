/** The real engines for the harness, as children of it: LiveKit and `messages`. */
import { type ChildProcess, spawn } from "node:child_process";
import { createHmac } from "node:crypto";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export const PORTS = { house: 18_890, engine: 18_880, media: 18_882, stun: 18_883, messages: 18_885 };
const SECRET = "a-secret-of-the-harness-and-of-nothing-else";
const API_KEY = "harness-api-key-0123456789";

const config = `
port: ${PORTS.engine}
bind_addresses: [127.0.0.1]
rtc:
  use_external_ip: false
  node_ip: 127.0.0.1
  enable_loopback_candidate: true
  interfaces: { includes: [lo] }
  udp_port: ${PORTS.media}
  tcp_port: 0
  stun_servers: ["127.0.0.1:${PORTS.stun}"]
turn: { enabled: true, udp_port: ${PORTS.stun}, bind_addresses: [127.0.0.1], allow_restricted_peer_cidrs: ["127.0.0.0/8"] }
keys: { harness: "${SECRET}" }
room: { auto_create: false, empty_timeout: 3600, departure_timeout: 3600, max_participants: 1000 }
logging: { level: warn }
`;

const children = new Map<string, ChildProcess>();

function start(name: string, program: string, args: string[], env: Record<string, string> = {}): void {
  children.set(name, spawn(program, args, { stdio: ["ignore", "inherit", "inherit"], env: { ...process.env, ...env } }));
}

export function startLiveKit(program: string): void {
  const file = join(mkdtempSync(join(tmpdir(), "harness-")), "livekit.yaml");
  writeFileSync(file, config);
  start("livekit", program, ["--config", file]);
}

export function startMessages(program: string): void {
  start("messages", program, [], {
    MESSAGES_LISTEN: `127.0.0.1:${PORTS.messages}`, MESSAGES_TOKEN_SECRET: SECRET, MESSAGES_API_KEY: API_KEY,
    MESSAGES_CALLBACK_URL: `http://127.0.0.1:${PORTS.house}`, INTERNAL_KEY: API_KEY,
  });
}

export function stop(name: string, signal: NodeJS.Signals = "SIGKILL"): void {
  children.get(name)?.kill(signal);
}

process.on("exit", () => children.forEach((child) => child.kill()));
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => process.exit());

function sign(claims: object): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const body = `${part({ alg: "HS256", typ: "JWT" })}.${part(claims)}`;
  return `${body}.${createHmac("sha256", SECRET).update(body).digest("base64url")}`;
}

const inTwoMinutes = () => Math.floor(Date.now() / 1000) + 120;

export function engineToken(seatId: string, name: string, room: string, attributes: Record<string, string>, canPublish: boolean): string {
  const video = {
    room, roomJoin: true, canPublish, canSubscribe: true, canPublishData: false,
    canPublishSources: ["camera", "microphone", "screen_share", "screen_share_audio"],
  };
  return sign({ iss: "harness", sub: seatId, name, exp: inTwoMinutes(), nbf: 0, video, attributes });
}

export function messagesToken(seatId: string, generation: number, room: string): string {
  return sign({ sub: `${seatId}.${generation}`, aud: "messages", exp: inTwoMinutes(), room, channels: [`room:${room}`, `seat:${seatId}`], info: {} });
}

/** Calls LiveKit's room service. */
export async function roomService(method: string, body: object): Promise<void> {
  const video = { roomAdmin: true, roomCreate: true, room: (body as { room?: string; name?: string }).room ?? (body as { name?: string }).name };
  const token = sign({ iss: "harness", sub: "house", exp: inTwoMinutes(), nbf: 0, video });
  const answer = await fetch(`http://127.0.0.1:${PORTS.engine}/twirp/livekit.RoomService/${method}`, {
    method: "POST", headers: { "Content-Type": "application/json", Authorization: `Bearer ${token}` }, body: JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(`${method}: ${await answer.text()}`);
}

export async function messagesCall(method: string, body: object): Promise<void> {
  await fetch(`http://127.0.0.1:${PORTS.messages}/api/${method}`, {
    method: "POST", headers: { "Content-Type": "application/json", "X-API-Key": API_KEY }, body: JSON.stringify(body),
  });
}
