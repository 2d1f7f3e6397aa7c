// The client that browsers run, told by its arguments where to connect and as whom. It prints what happens, a JSON line each.
import { createRequire } from "node:module";

const [modules, address, seat, token] = process.argv.slice(2);
const { Centrifuge } = createRequire(`${modules}/`)("centrifuge");

// Stands in for front, which tells the engine whose seat this is.
class SeatedSocket extends WebSocket {
  constructor(url) {
    super(url, { headers: { "X-Seat": seat } });
  }
}

const say = (what, facts = {}) => console.log(JSON.stringify({ what, ...facts }));
const client = new Centrifuge(`ws://${address}/connection/websocket`, {
  websocket: SeatedSocket, token, getToken: async () => token, minReconnectDelay: 50, maxReconnectDelay: 200,
});
client.on("connecting", ({ code }) => say("connecting", { code }));
client.on("connected", () => say("connected"));
client.on("disconnected", ({ code, reason }) => say("disconnected", { code, reason }));
client.on("subscribed", ({ channel, wasRecovering, recovered }) => say("subscribed", { channel, wasRecovering, recovered }));
client.on("publication", ({ channel, data }) => say("publication", { channel, text: data.text }));
client.connect();

process.stdin.on("end", () => process.exit()).resume(); // whoever started this is gone
