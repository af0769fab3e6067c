import { expect, test } from "vitest";
import type { GroupRow, QueueAnswer } from "../api/names";
import { belongs, followCursor, nextAfter, waitingIds } from "./rows";

function row(id: string, over: Partial<GroupRow> = {}): GroupRow {
  return {
    id,
    version: 1,
    event_seq: 1,
    dataset: "live",
    dataset_kind: "live",
    title: { vi: id, en: id },
    rule_name: "a",
    severity: 2,
    state: "new",
    verdict: null,
    assignee: { id: "lan", name: { vi: "Lan", en: "Lan" }, home: "irt" },
    is_unattended: false,
    came_back: null,
    is_returned: false,
    alerts: 1,
    hits: 1,
    withdrawn: 0,
    superseded: 0,
    folded: 0,
    stands: true,
    first_us: 0,
    last_us: 0,
    received_us: 0,
    source: { values: [], more: 0 },
    destination: { values: [], more: 0 },
    asset: null,
    unit: null,
    acknowledge_due_us: null,
    acknowledge_overdue: false,
    ...over,
  };
}

function answer(rows: readonly GroupRow[], streamSeq: number): QueueAnswer {
  return {
    rows: [...rows],
    total: rows.length,
    tabs: { mine: 0, team: 0, unattended: 0, critical: 0, linked: 0, suppressed: 0, closed: 0 },
    buckets: [],
    buckets_omitted: 0,
    next: null,
    outside_window: 0,
    stream_seq: streamSeq,
    now_us: 0,
  };
}

test("the cursor stays on its row wherever the row moves", () => {
  expect(followCursor("b", ["a", "b", "c"], ["x", "c", "y", "b"])).toBe("b");
});

test("a removed row hands the cursor to the nearest below, then above", () => {
  expect(followCursor("b", ["a", "b", "c"], ["a", "c"])).toBe("c");
  expect(followCursor("c", ["a", "b", "c"], ["a", "b"])).toBe("b");
  expect(followCursor("c", ["a", "b", "c"], [])).toBeUndefined();
});

test("without a cursor the first row has it", () => {
  expect(followCursor(undefined, [], ["a"])).toBe("a");
  expect(followCursor("gone", [], ["a"])).toBe("a");
});

test("after a verdict the rows of the same rule come first, below and then above; then the next, then the one above", () => {
  const rows = [row("1"), row("2", { rule_name: "b" }), row("3", { rule_name: "b" }), row("4")];
  expect(nextAfter(rows, "1", new Set(["1"]))).toBe("4");
  expect(nextAfter(rows, "3", new Set(["3"]))).toBe("2");
  expect(nextAfter(rows, "2", new Set(["2", "3"]))).toBe("4");
  expect(nextAfter(rows, "4", new Set(["4"]))).toBe("1");
  expect(nextAfter(rows, "4", new Set(["4", "1"]))).toBe("3");
  expect(nextAfter([row("1")], "1", new Set(["1"]))).toBeUndefined();
});

test("where the list is grouped, the next row is one that shares every level of the groups", () => {
  const rows = [
    row("1", { asset: "mail" }),
    row("2", { asset: "portal" }),
    row("3", { asset: "mail", rule_name: "b" }),
    row("4", { asset: "mail" }),
  ];
  expect(nextAfter(rows, "1", new Set(["1"]), ["asset"])).toBe("3");
  expect(nextAfter(rows, "1", new Set(["1"]), ["asset", "rule"])).toBe("4");
  expect(nextAfter(rows, "2", new Set(["2"]), ["asset"])).toBe("3");
});

test("a row waits when it came after the list was read and is not in it", () => {
  const pages = { pages: [answer([row("old", { event_seq: 3 })], 5)], pageParams: [undefined] };
  const pulse = answer(
    [row("old", { event_seq: 9 }), row("new", { event_seq: 6 }), row("unloaded", { event_seq: 5 })],
    9,
  );
  expect(waitingIds(pulse, pages)).toEqual(["new"]);
});

test.each([
  ["mine", { assignee: null }, false],
  ["mine", {}, true],
  ["mine", { state: "closed" }, false],
  ["team", { state: "taken" }, true],
  ["unattended", { is_unattended: true }, true],
  ["unattended", { is_unattended: true, state: "closed" }, false],
  ["critical", { severity: 4 }, true],
  ["critical", { severity: 3 }, false],
  ["closed", { state: "closed" }, true],
] as const)("under %s a row with %j belongs: %s", (tab, over, expected) => {
  expect(belongs(row("a", over), tab, "lan")).toBe(expected);
});
