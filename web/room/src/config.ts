/** What the page tells the room: the JSON in `<script type="application/json" id="room-config">`. */

export interface RoomConfig {
  roomId: string;
  language: "en" | "fr";
  leaveUrl: string;
  apiBase: string;
  isDemo: boolean;
}

export function readConfig(page: Document): RoomConfig {
  const written = JSON.parse(page.getElementById("room-config")?.textContent ?? "{}") as Partial<RoomConfig>;
  if (!written.roomId) throw new TypeError("room-config names no room");
  return {
    roomId: written.roomId,
    language: written.language?.startsWith("fr") ? "fr" : "en",
    leaveUrl: written.leaveUrl ?? "/",
    apiBase: written.apiBase ?? "/api/v1",
    isDemo: written.isDemo ?? false,
  };
}
