import { describe, expect, it } from "vitest";
import { answered, readCaseSearch, toggled } from "./caseSearch";

describe("a case in the address", () => {
  it("keeps systems, flags, answers and the time, each once", () => {
    const raw = {
      systems: ["dvc", "dvc", "mail"],
      flags: ["pd"],
      facts: { data_leaked: true, subjects: 2400, intrusion: "succeeded" },
      detected: 1_794_276_000_000_000,
    };
    expect(readCaseSearch(raw)).toEqual({ ...raw, systems: ["dvc", "mail"], version: undefined });
  });

  it("leaves out what is no case", () => {
    const raw = {
      systems: { a: 1 },
      flags: [7, "a\u0000b"],
      facts: { down: -1, list: [1], none: null },
      detected: "soon",
      version: "abc",
    };
    expect(readCaseSearch(raw)).toEqual({
      systems: undefined,
      flags: undefined,
      facts: undefined,
      detected: undefined,
      version: undefined,
    });
  });

  it("takes a single system from an address that somebody typed", () => {
    expect(readCaseSearch({ systems: "dvc" }).systems).toEqual(["dvc"]);
  });

  it("forgets an answer that was taken back", () => {
    const search = answered(answered({}, "malware", true), "contained", false);
    expect(search.facts).toEqual({ malware: true, contained: false });
    expect(answered(answered(search, "malware", undefined), "contained", undefined).facts).toBeUndefined();
  });

  it("sets and unsets a flag", () => {
    expect(toggled(["pd"], "crime")).toEqual(["pd", "crime"]);
    expect(toggled(["pd"], "pd")).toBeUndefined();
  });
});
