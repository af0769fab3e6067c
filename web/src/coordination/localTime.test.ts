import { describe, expect, it } from "vitest";
import { localField, readLocalField } from "./localTime";

describe("a time field in Vietnam's time", () => {
  it("reads 10/11/2026 09:00 as 02:00 UTC and writes it back", () => {
    const us = Date.UTC(2026, 10, 10, 2, 0) * 1000;
    expect(readLocalField("2026-11-10T09:00")).toBe(us);
    expect(localField(us)).toBe("2026-11-10T09:00");
  });

  it("reads nothing from an empty or half-typed field", () => {
    expect(readLocalField("")).toBeUndefined();
    expect(readLocalField("2026-11")).toBeUndefined();
  });
});
