import { expect, test } from "vitest";
import { parseFilter, withToken } from "./filter";
import { readSearch, toQuery } from "./search";

test("the example of the design is understood", () => {
  expect(parseFilter('is:unattended severity:>=high unit:"Sở Y tế"')).toMatchObject({
    tab: "unattended",
    severities: ["high", "critical"],
    unit: "Sở Y tế",
    words: "",
    unknown: [],
  });
});

test.each([
  ["mức:>=cao", "severity:>=high"],
  ["muc:cao", "severity:high"],
  ['mức:"trung bình"', "severity:medium"],
  ["trạngthái:mới", "state:new"],
  ["đơnvị:so_y_te", "unit:so_y_te"],
  ["luật:port_scan tàisản:mail-01 người:p-lan", "rule:port_scan asset:mail-01 assignee:p-lan"],
])("%s says the same as %s", (vietnamese, english) => {
  expect(parseFilter(vietnamese)).toEqual(parseFilter(english));
});

test.each([
  ["severity:>medium", ["high", "critical"]],
  ["severity:<=medium", ["low", "medium"]],
  ["severity:<high", ["low", "medium"]],
])("%s names %j", (text, severities) => {
  expect(parseFilter(text).severities).toEqual(severities);
});

test("an unknown key is searched as words and told to the writer", () => {
  expect(parseFilter("colour:red dò quét")).toMatchObject({ words: "colour:red dò quét", unknown: ["colour:red"] });
  expect(parseFilter("severity:purple")).toMatchObject({ severities: [], unknown: ["severity:purple"] });
});

test("an address with colons is words, not a key", () => {
  expect(parseFilter("2001:db8::1")).toMatchObject({ words: "2001:db8::1", unknown: [] });
});

test("an open quote does not lose what follows", () => {
  expect(parseFilter('unit:"Sở Y')).toMatchObject({ words: expect.stringContaining("Y") });
});

test("a bucket's value replaces the earlier one of its key", () => {
  expect(withToken("rule:a dò quét", "rule", "b")).toBe("dò quét rule:b");
  expect(withToken("", "unit", 'Sở "Y" tế')).toBe('unit:"Sở Y tế"');
});

test("a link with nonsense in it opens the default view", () => {
  expect(toQuery(readSearch({ tab: "everything", sort: 7, dataset: "" }))).toEqual({
    tab: "team",
    dataset: ["live"],
    sort: "severity",
  });
});

test("the filter's tab wins over the link's", () => {
  expect(toQuery(readSearch({ tab: "team", filter: "is:critical", dataset: "exercise:lab" }))).toMatchObject({
    tab: "critical",
    dataset: ["exercise:lab"],
  });
});
