import { i18n } from "@lingui/core";
import { afterEach, expect, test } from "vitest";
import { SHORTCUTS } from "../keyboard/registry";
import { PAGES } from "../shell/pages";
import { activate, wholeLanguage } from "./language";

afterEach(() => localStorage.clear());

test("the shell and the keys have their words with the first part, the pages with the second", async () => {
  await activate("vi");
  for (const { text } of [...PAGES, ...Object.values(SHORTCUTS)])
    expect(i18n.messages, text.id).toHaveProperty([text.id]);
  const atFirst = Object.keys(i18n.messages).length;
  await wholeLanguage();
  expect(Object.keys(i18n.messages).length).toBeGreaterThan(atFirst * 1.5);
});

test("a change of language on any page brings all words of the other at once", async () => {
  await activate("vi");
  await wholeLanguage();
  const words = Object.keys(i18n.messages).sort();
  await activate("en");
  expect(Object.keys(i18n.messages).sort()).toEqual(words);
});
