import { expect, test } from "vitest";
import { createApi } from "./api";
import { RoomError } from "./errors";

function apiAnswering(answer: () => Response | Promise<Response>) {
  const calls: { url: string; init: RequestInit }[] = [];
  const fetch = async (url: string | URL | Request, init: RequestInit = {}) => {
    calls.push({ url: String(url), init });
    return answer();
  };
  return { api: createApi({ fetch, apiBase: "/api/v1", roomId: "r", language: "fr" }), calls };
}

const problem = (status: number, code: string, facts = {}) =>
  new Response(JSON.stringify({ type: `/problems/${code}`, title: "No.", status, ...facts }), { status, headers: { "Content-Type": "application/problem+json" } });

test.each([
  [409, "seat_taken", "seat_taken"],
  [403, "room_not_open", "room_not_open"],
  [403, "room_locked", "room_locked"],
  [403, "seat_removed", "seat_removed"],
  [403, "banned", "banned"],
  [409, "room_ended", "room_ended"],
  [409, "seat_lost", "seat_lost"],
  [403, "something_new", "not_yours"],
  [404, "not_found", "not_yours"],
  [429, "limited", "too_often"],
  [422, "invalid", "refused"],
  [503, "engine_unavailable", "unreachable"],
] as const)("%s %s is %s", async (status, code, reason) => {
  const { api } = apiAnswering(() => problem(status, code));

  await expect(api.takeSeat(false)).rejects.toMatchObject({ name: "RoomError", reason });
});

test("the facts of a refusal come along", async () => {
  const { api } = apiAnswering(() => problem(409, "seat_taken", { since: "2026-11-29T19:00:00Z" }));

  await expect(api.takeSeat(false)).rejects.toMatchObject({ facts: { since: "2026-11-29T19:00:00Z", status: 409 } });
});

test("no answer, and an error page of something in between, are trouble", async () => {
  const cut = apiAnswering(() => Promise.reject(new TypeError("network")));
  const page = apiAnswering(() => new Response("<h1>Bad gateway</h1>", { status: 502 }));

  await expect(cut.api.state()).rejects.toMatchObject({ reason: "unreachable" });
  await expect(page.api.state()).rejects.toMatchObject({ reason: "unreachable" });
});

test("an abort is passed on as it is", async () => {
  const stop = new AbortController();
  const { api } = apiAnswering(() => Promise.reject(new TypeError("network")));
  stop.abort(new Error("left"));

  await expect(api.state(stop.signal)).rejects.toThrow("left");
  await expect(api.state(stop.signal)).rejects.not.toBeInstanceOf(RoomError);
});

test("an answer without a body is an answer", async () => {
  const { api } = apiAnswering(() => new Response(null, { status: 204 }));

  await expect(api.leave()).resolves.toBeUndefined();
});
