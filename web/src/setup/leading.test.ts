import { QueryClient } from "@tanstack/react-query";
import { afterEach, expect, test, vi } from "vitest";
import type { SessionView, SetupAnswer, SetupStep } from "../api/names";
import { concernsReader, isLedToFirstRun } from "./leading";
import { setupQuery } from "./queries";

afterEach(() => {
  localStorage.clear();
  vi.restoreAllMocks();
});

const STEP: SetupStep = { name: "sensor", state: "open", count: null, may_act: true, by: [] };
const OPEN: SetupAnswer = { is_complete: false, steps: [STEP] };
const DONE: SetupAnswer = { is_complete: true, steps: [{ ...STEP, state: "done" }] };

/** Of a session only this is looked at. */
function session(account: string, rights: readonly string[]): SessionView {
  return { person: { account }, rights } as unknown as SessionView;
}

function knowing(setup: SetupAnswer): QueryClient {
  const queries = new QueryClient();
  vi.spyOn(queries, "fetchQuery").mockImplementation(async (asked) => {
    expect(asked.queryKey).toEqual(setupQuery.queryKey);
    return setup;
  });
  return queries;
}

test("the first run concerns only who can take a step that is open", () => {
  expect(concernsReader(OPEN)).toBe(true);
  expect(concernsReader(DONE)).toBe(false);
  expect(
    concernsReader({
      is_complete: false,
      steps: [
        { ...STEP, may_act: false },
        { ...STEP, state: "done" },
      ],
    }),
  ).toBe(false);
});

test("an administrator is led there once, and not again on the same browser", async () => {
  const administrator = session("sysadmin", ["people.change"]);
  expect(await isLedToFirstRun(knowing(OPEN), administrator)).toBe(true);
  expect(await isLedToFirstRun(knowing(OPEN), administrator)).toBe(false);
  expect(await isLedToFirstRun(knowing(OPEN), session("second.admin", ["people.change"]))).toBe(true);
});

test("nobody else is led, nor an administrator when all is done or the server does not say", async () => {
  expect(await isLedToFirstRun(knowing(OPEN), session("irt.analyst.1", ["alerts.read"]))).toBe(false);
  const administrator = session("sysadmin", ["people.change"]);
  expect(await isLedToFirstRun(knowing(DONE), administrator)).toBe(false);
  const silent = new QueryClient();
  vi.spyOn(silent, "fetchQuery").mockRejectedValue(new Error("no answer"));
  expect(await isLedToFirstRun(silent, administrator)).toBe(false);
  expect(localStorage.length).toBe(0);
});
