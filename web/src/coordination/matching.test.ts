import { describe, expect, it } from "vitest";
import { matching } from "./matching";

const ROWS = [
  {
    code: "TL",
    text: { vi: "Báo đội trưởng và trực ban công an", en: "Tell the leader" },
    due: [{ text: { vi: "30 phút", en: "30 minutes" } }],
  },
  { code: "DP", text: { vi: "Báo cán bộ bảo vệ dữ liệu cá nhân", en: "Tell the officer" }, due: [] },
];

describe("search in the rules", () => {
  it("finds words without their marks, đ as d, in either language and at any depth", () => {
    expect(matching(ROWS, "doi truong").map((row) => row.code)).toEqual(["TL"]);
    expect(matching(ROWS, "du lieu").map((row) => row.code)).toEqual(["DP"]);
    expect(matching(ROWS, "30 minutes").map((row) => row.code)).toEqual(["TL"]);
    expect(matching(ROWS, "bao").length).toBe(2);
  });

  it("shows everything when nothing is asked, and nothing when nothing fits", () => {
    expect(matching(ROWS, "  ")).toEqual(ROWS);
    expect(matching(ROWS, "đội dữ")).toEqual([]);
  });
});
