import { describe, expect, it } from "vitest";
import { nameInside, readPasted } from "./filesOf";

describe("the files of a draft", () => {
  it("are named as they lie in their folder", () => {
    expect(nameInside("vn-2026-2/severity.yaml")).toBe("severity.yaml");
    expect(nameInside("vn-2026-2/calendar/2027.yaml")).toBe("calendar/2027.yaml");
    expect(nameInside("2027.yaml")).toBe("calendar/2027.yaml");
  });

  it("are split where a pasted text names them", () => {
    const text = "### severity.yaml\nclasses: {}\n# a remark\n### calendar/2027.yaml\nyear: 2027\n";
    expect(readPasted(text)).toEqual({
      "severity.yaml": "classes: {}\n# a remark\n",
      "calendar/2027.yaml": "year: 2027\n\n",
    });
    expect(readPasted("classes: {}")).toEqual({});
  });
});
