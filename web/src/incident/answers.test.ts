import { expect, test } from "vitest";
import { changes, completed, understood } from "./answers";

const COUNT = { type: "count" as const, choices: [] };
const YES_OR_NO = { type: "boolean" as const, choices: [] };

test.each([
  ["1200", 1200],
  [" 7 ", 7],
  ["", undefined],
  ["-1", undefined],
  ["1e3", undefined],
])("a count of %j is %j", (text, answer) => {
  expect(understood(COUNT, text)).toBe(answer);
});

test("a question that is not answered is neither yes nor no", () => {
  expect(understood(YES_OR_NO, "")).toBeUndefined();
  expect(understood(YES_OR_NO, "false")).toBe(false);
});

test("a choice that the policy does not know is no answer", () => {
  const question = { type: "choice" as const, choices: [{ id: "none", text: { vi: "Không", en: "No" } }] };
  expect(understood(question, "none")).toBe("none");
  expect(understood(question, "domain")).toBeUndefined();
});

test("only what changed is sent, and an answer that was taken back is null", () => {
  expect(changes({ scan: true, subjects: 3 }, { scan: true, malware: false })).toEqual({
    malware: false,
    subjects: null,
  });
});

test("a flag brings what it implies, and a circle ends", () => {
  const known = [
    { id: "pd_fin", implies: ["pd"] },
    { id: "pd", implies: ["pd_fin"] },
  ];
  expect([...completed(["pd_fin"], known)].sort()).toEqual(["pd", "pd_fin"]);
});
