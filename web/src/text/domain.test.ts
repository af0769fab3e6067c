import { expect, test } from "vitest";
import { lookAlike } from "./domain";

// Vectors: RFC 3492 section 7.1 (E, Czech), and registered look-alikes of the wild.
test.each([
  ["xn--mnchen-3ya.de", "münchen.de", "xn--mnchen-3ya.de"],
  ["xn--proprostnemluvesky-uyb24dma41a", "pročprostěnemluvíčesky", "xn--proprostnemluvesky-uyb24dma41a"],
  ["bücher.example", "bücher.example", "xn--bcher-kva.example"],
  ["xn--80ak6aa92e.com", "аррӏе.com", "xn--80ak6aa92e.com"],
])("%s shows both forms", (domain, unicode, ascii) => {
  expect(lookAlike(domain)).toEqual({ unicode, ascii });
});

test("a plain name has one form", () => {
  expect(lookAlike("danang.gov.vn")).toBeUndefined();
});

test("broken punycode is left as it is", () => {
  expect(lookAlike("xn--!!.example")).toEqual({ unicode: "xn--!!.example", ascii: "xn--!!.example" });
});
