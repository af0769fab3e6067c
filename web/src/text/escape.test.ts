import { expect, test } from "vitest";
import { inertSegments, inertText } from "./escape";

test("a right-to-left override is shown as an escape, so exe.gpj cannot pose as jpg", () => {
  expect(inertText("invoice\u202egpj.exe")).toBe("invoice\\u{202e}gpj.exe");
});

test("zero-width characters inside a domain are visible", () => {
  expect(inertText("da\u200bnang.gov.vn")).toBe("da\\u{200b}nang.gov.vn");
});

test("terminal control sequences and line breaks are written out", () => {
  expect(inertText("\u001b[31mred\nnext\t\0")).toBe("\\u{1b}[31mred\\nnext\\t\\0");
});

test("Vietnamese in NFD reads as NFC and keeps every mark", () => {
  expect(inertSegments("Sở Y tế quận".normalize("NFD"))).toEqual([{ kind: "text", text: "Sở Y tế quận" }]);
});

test("a tower of combining marks is cut into escapes", () => {
  expect(inertText(`a${"\u0489".repeat(6)}`)).toBe(`a${"\u0489".repeat(4)}\\u{489}\\u{489}`);
});

test("a lone surrogate and a tag character do not disappear", () => {
  expect(inertText("x\ud800y\u{e0041}")).toBe("x\\u{d800}y\\u{e0041}");
});

test("markup is text like any other", () => {
  expect(inertText("<img src=x onerror=alert(1)>")).toBe("<img src=x onerror=alert(1)>");
});
