import type { SeatNotice } from "@estrade/protocol";
import { afterEach, expect, test } from "vitest";
import type { Api } from "./api";
import { createCapture } from "./capture";
import { admissionOf, fakeClock, fakeNetwork, roomState } from "./fakes";
import type { MessagesOptions } from "./messages";
import { openSession, type Session } from "./session";

let session: Session | null = null;
afterEach(() => session?.close());

const never = () => new Promise<never>(() => undefined);

/** Somebody in a room whose engine never answers; what the server tells their seat is said with `notice`. */
async function inRoom(me: Parameters<typeof roomState>[1], kind: "stage" | "class" = "stage") {
  const clock = fakeClock();
  let line: MessagesOptions | undefined;
  const api = { people: async () => [], messagesAfter: async () => ({ messages: [], last_number: 0 }), tokens: never } as unknown as Api;
  session = openSession({
    admission: admissionOf(roomState({ kind }, me)), api, capture: createCapture(undefined, undefined), clock, network: fakeNetwork(),
    openEngine: never,
    openMessages: async (options) => {
      line = options;
      return { lost: never(), close: () => undefined, react: async () => undefined, heartbeat: async () => undefined };
    },
    sounds: {} as never, isHidden: () => false, random: () => 0.5,
  });
  await clock.pass(1_000);
  const { state } = session;
  return {
    me: () => state.get().room.me,
    notice: (said: SeatNotice["kind"]) => line?.onNotice({ kind: said, generation: 1 }),
  };
}

test.each([
  ["attendee", false],
  ["moderator", false],
  ["speaker", true],
  ["cohost", true],
] as const)("a %s who was promoted and sent back may publish on stage: %s", async (role, expected) => {
  const they = await inRoom({ role, may_publish: expected });

  they.notice("promoted");
  expect(they.me()).toMatchObject({ is_on_stage: true, may_publish: true });
  they.notice("sent_back");

  expect(they.me()).toMatchObject({ is_on_stage: false, may_publish: expected });
});
