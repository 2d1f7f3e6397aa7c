/**
 * The room without the server: pages at /<room>/<name>, for example /stage-1/alice and /stage-1/bob.
 *
 *     HARNESS_LIVEKIT=<livekit-server> HARNESS_MESSAGES=<messages> npm run harness -w room
 */
import { randomUUID } from "node:crypto";
import { createReadStream } from "node:fs";
import { fileURLToPath } from "node:url";
import tailwindcss from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import { defineConfig, type Plugin } from "vite";
import { PORTS, startLiveKit, startMessages, stop } from "./engines.ts";
import { answer, houseOf, seatOf } from "./house.ts";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const { HARNESS_LIVEKIT: livekit, HARNESS_MESSAGES: messages } = process.env;

/** `?built` shows what `npm run build` made, as it is served. */
const BUILT = "../../../estrade/static/";
const page = (roomId: string, language: string, theme: string, isBuilt: boolean) => `<!doctype html>
<html lang="${language}" data-theme="estrade-${theme}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Room</title>${isBuilt ? '<link rel="stylesheet" href="/built/estrade.css"><link rel="stylesheet" href="/built/room/room.css">' : `<link rel="stylesheet" href="/@fs${here("../../pages/src/theme.css")}">`}</head>
<body><div id="room"></div>
<script type="application/json" id="room-config">${JSON.stringify({ roomId, language, leaveUrl: "/", apiBase: "/api/v1", isDemo: false })}</script>
<script type="module" src="${isBuilt ? "/built/room/room.js" : "/src/main.tsx"}"></script></body></html>`;

const house: Plugin = {
  name: "house",
  configureServer(server) {
    if (livekit) startLiveKit(livekit);
    if (messages) startMessages(messages);
    server.middlewares.use((request, response, next) => {
      const url = new URL(request.url ?? "/", "http://house");
      if (url.pathname.startsWith("/api/v1/rooms/")) return void answer(request, response);
      if (url.pathname.startsWith("/internal/")) return void response.end("{}");
      if (url.pathname.startsWith("/built/")) {
        response.setHeader("Content-Type", url.pathname.endsWith(".js") ? "text/javascript" : url.pathname.endsWith(".css") ? "text/css" : "font/woff2");
        return void createReadStream(here(BUILT + url.pathname.slice("/built/".length))).on("error", () => response.end()).pipe(response);
      }
      if (url.pathname.startsWith("/restart/")) {
        const name = url.pathname.slice("/restart/".length);
        stop(name);
        setTimeout(() => (name === "livekit" ? livekit && startLiveKit(livekit) : messages && startMessages(messages)), Number(url.searchParams.get("after") ?? 1000));
        return void response.end("restarting");
      }
      const [, room, name] = /^\/((?:stage|class)[\w-]*)\/([\w-]+)$/.exec(url.pathname) ?? [];
      if (!room || !name) return next();
      const made = houseOf(room);
      seatOf(made, name);
      for (const [key, value] of url.searchParams) {
        if (key === "phase") made.phase = value as typeof made.phase;
        if (key === "doors") made.doorsAt = Date.now() + Number(value) * 1000;
        if (key === "locked") made.isLocked = value === "1";
      }
      const cookies = [`as=${name}; Path=/`];
      if (!request.headers.cookie?.includes("device=")) cookies.push(`device=${randomUUID()}; Path=/`);
      response.setHeader("Set-Cookie", cookies);
      response.setHeader("Content-Type", "text/html");
      const isBuilt = url.searchParams.has("built");
      const html = page(made.id, url.searchParams.get("lang") ?? "en", url.searchParams.get("theme") ?? "light", isBuilt);
      if (isBuilt) {
        const engine = `127.0.0.1:${PORTS.engine}`;
        response.setHeader("Content-Security-Policy", `default-src 'self'; img-src 'self' data:; connect-src 'self' ws://${engine} http://${engine}; media-src 'self' blob: mediastream:; worker-src 'self' blob:`);
        return void response.end(html);
      }
      void server.transformIndexHtml(url.pathname, html).then((whole) => response.end(whole));
    });
  },
};

export default defineConfig({
  root: here(".."),
  appType: "custom",
  plugins: [react(), tailwindcss(), house],
  server: {
    host: "127.0.0.1",
    port: PORTS.house,
    strictPort: true,
    hmr: false,
    fs: { allow: [here("../..")] },
    proxy: {
      "/connection": {
        target: `http://127.0.0.1:${PORTS.messages}`, ws: true,
        configure: (proxy) => proxy.on("proxyReqWs", (outgoing, incoming) => {
          const { searchParams } = new URL(incoming.url ?? "/", "http://house");
          outgoing.setHeader("X-Seat", `${searchParams.get("seat")}.${searchParams.get("generation")}`);
        }),
      },
    },
  },
});
