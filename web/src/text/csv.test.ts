import { expect, test } from "vitest";
import { toCsv } from "./csv";

test("cells are quoted and lines end as RFC 4180 says", () => {
  expect(toCsv(["a", "b"], [['x "y"', "1,2\n3"]])).toBe('\ufeff"a","b"\r\n"x ""y""","1,2\n3"\r\n');
});

test.each(["=1+1", "+1", "-1", "@SUM(A1)", "\tx"])("%j is text in a spreadsheet and no formula", (value) => {
  expect(toCsv([value], [])).toBe(`\ufeff"'${value}"\r\n`);
});
