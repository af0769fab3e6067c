import { expect, test } from "vitest";
import { GLOSSARY } from "./glossary";

const terms = Object.values(GLOSSARY).flat();

test("each English word has one Vietnamese one, in composed characters", () => {
  const english = terms.map(({ en }) => en);
  expect(new Set(english).size).toBe(english.length);
  for (const { vi, en } of terms) {
    expect(vi).toBe(vi.normalize("NFC"));
    expect(vi.trim(), en).not.toBe("");
  }
});
