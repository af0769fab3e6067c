import { expect, test } from "vitest";
import { fold, foldedIncludes } from "./fold";

test.each([
  ["Đà Nẵng", "da nang"],
  ["sự cố", "su co"],
  ["Đội ứng cứu", "doi ung cuu"],
  ["ĐƯỜNG Nguyễn Tất Thành".normalize("NFD"), "duong nguyen tat thanh"],
])("%s folds to %s", (text, folded) => {
  expect(fold(text)).toBe(folded);
});

test("a search without marks finds text with them, in any word order", () => {
  expect(foldedIncludes("Công an thành phố Đà Nẵng", "nang cong")).toBe(true);
  expect(foldedIncludes("Công an thành phố", "da nang")).toBe(false);
});
