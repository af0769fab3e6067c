import { describe, expect, it } from "vitest";
import { isNarrowed, readRulesSearch, techniqueOf, toRulesQuery } from "./search";

describe("the address of the list of rules", () => {
  it("keeps what it understands and forgets the rest", () => {
    const found = readRulesSearch({
      words: "dò mật khẩu",
      state: "rejected",
      level: "wild",
      technique: "t1110.001",
      sort: 7,
    });
    expect(found).toEqual({
      words: "dò mật khẩu",
      state: "rejected",
      level: undefined,
      technique: "T1110.001",
      pack: undefined,
      sort: undefined,
      kind: undefined,
    });
  });

  it("asks the server for the noisiest of live first", () => {
    expect(toRulesQuery({})).toEqual({ sort: "noise", dataset_kind: "live" });
    expect(toRulesQuery({ state: "kept", kind: "import" })).toEqual({
      sort: "noise",
      dataset_kind: "import",
      state: ["kept"],
    });
  });

  it("takes a technique as people write it, and no other word", () => {
    expect(techniqueOf(" t1190 ")).toBe("T1190");
    expect(techniqueOf("T11900")).toBeUndefined();
    expect(techniqueOf("T1190.1")).toBeUndefined();
  });

  it("is not narrowed by an order", () => {
    expect(isNarrowed({ sort: "title", kind: "exercise" })).toBe(false);
    expect(isNarrowed({ pack: "rules" })).toBe(true);
  });
});
