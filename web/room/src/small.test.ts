import { expect, test } from "vitest";
import { type Corner, cornerAt, nextCorner } from "./corners";
import { troubleOf } from "./capture";
import { barsOf, LEVEL_BARS } from "./level";
import { createReactionWindow } from "./reactions";
import { messagesUrl } from "./session";
import { shortcutOf } from "./shortcuts";

const press = (key: string, part: object = {}) => shortcutOf({ key, ctrlKey: false, metaKey: false, altKey: false, repeat: false, target: null, ...part });

test("single keys work, but never while writing or with another key held", () => {
  expect([press("m"), press("V"), press("h"), press("x")]).toEqual(["microphone", "camera", "hand", null]);
  expect(press("m", { ctrlKey: true })).toBeNull();
  expect(press("m", { repeat: true })).toBeNull();
  expect(press("m", { target: { tagName: "INPUT" } })).toBeNull();
});

test("what the browser says about a device becomes one of our words", () => {
  const errors = ["NotAllowedError", "NotFoundError", "OverconstrainedError", "NotReadableError", "TypeError"].map((name) => troubleOf({ name }));

  expect(errors).toEqual(["blocked", "absent", "absent", "busy", "unsupported"]);
});

test("silence has no bar and a shout has all", () => {
  expect(barsOf(new Float32Array(64))).toBe(0);
  expect(barsOf(new Float32Array(64).fill(0.9))).toBe(LEVEL_BARS);
  expect(barsOf(new Float32Array(64).fill(0.03))).toBeGreaterThan(3);
});

test("reactions are counted for a minute", () => {
  const window = createReactionWindow();
  window.add({ heart: 2 }, 0);
  window.add({ heart: 1, clap: 4 }, 30_000);

  expect(window.counts(31_000)).toEqual({ heart: 3, clap: 4 });
  expect(window.counts(61_000)).toEqual({ heart: 1, clap: 4 });
  expect(window.counts(91_000)).toEqual({});
});

test("the address of messages carries seat and generation, and nothing is lost from it", () => {
  expect(messagesUrl("https://salle.example/connection/websocket?v=1", "s", 3)).toBe("wss://salle.example/connection/websocket?v=1&seat=s&generation=3");
});

test("a picture goes round the corners, and is dropped into the nearest one", () => {
  const frame = { left: 100, top: 50, width: 400, height: 200 };
  let corner: Corner = "bottom-right";
  const seen = [0, 1, 2, 3].map(() => (corner = nextCorner(corner)));

  expect(seen).toEqual(["bottom-left", "top-left", "top-right", "bottom-right"]);
  expect([cornerAt(110, 60, frame), cornerAt(490, 60, frame), cornerAt(110, 240, frame), cornerAt(490, 900, frame)]).toEqual(["top-left", "top-right", "bottom-left", "bottom-right"]);
});
