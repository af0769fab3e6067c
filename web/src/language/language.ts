import { i18n } from "@lingui/core";

export const LANGUAGES = ["vi", "en"] as const;
export type Language = (typeof LANGUAGES)[number];

const STORED = "khien.language";

/** Vietnamese unless the reader chose English on this browser. */
export function storedLanguage(): Language {
  return localStorage.getItem(STORED) === "en" ? "en" : "vi";
}

async function firstPart(language: Language) {
  switch (language) {
    case "vi":
      return (await import("../locales/vi.po?first")).messages;
    case "en":
      return (await import("../locales/en.po?first")).messages;
  }
}

async function laterPart(language: Language) {
  switch (language) {
    case "vi":
      return (await import("../locales/vi.po?later")).messages;
    case "en":
      return (await import("../locales/en.po?later")).messages;
  }
}

const whole = new Set<Language>();

/** The words of every page, not only of the shell and the queue; asked before any other page is shown. */
export async function wholeLanguage(): Promise<void> {
  const language = currentLanguage();
  if (whole.has(language)) return;
  i18n.load(language, await laterPart(language));
  whole.add(language);
}

export async function activate(language: Language): Promise<void> {
  const isSwitch = i18n.locale !== "";
  const [first, later] = await Promise.all([firstPart(language), isSwitch ? laterPart(language) : undefined]);
  i18n.load(language, { ...first, ...later });
  if (later) whole.add(language);
  i18n.activate(language);
  localStorage.setItem(STORED, language);
  document.documentElement.lang = language;
}

/** The language on screen; requests say the same in Accept-Language. */
export function currentLanguage(): Language {
  return i18n.locale === "en" ? "en" : "vi";
}

/** The reader's half of a text that rules and policies carry in both languages. */
export function inLanguage<T>(text: Readonly<Record<string, T>> | undefined, language: string): T | undefined {
  return language === "en" ? (text?.en ?? text?.vi) : (text?.vi ?? text?.en);
}
