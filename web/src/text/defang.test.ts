import { expect, test } from "vitest";
import { defang } from "./defang";

test.each([
  ["http://evil.example/a.php?x=1", "hxxp[:]//evil[.]example/a[.]php?x=1"],
  ["HTTPS://Evil.example", "HxxPS[:]//Evil[.]example"],
  ["203.0.113.9", "203[.]0[.]113[.]9"],
  ["root@mail.example", "root[@]mail[.]example"],
  ["ftp://files.example", "fxp[:]//files[.]example"],
  ["no address here", "no address here"],
])("%s is copied as %s", (value, expected) => {
  expect(defang(value)).toBe(expected);
});
