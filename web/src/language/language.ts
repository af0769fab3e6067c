import { i18n } from "@lingui/core";

export const LANGUAGES = ["vi", "en"] as const;
export type Language = (typeof LANGUAGES)[number];

const STORED = "khien.language";

/** Vietnamese unless the reader chose English on this browser. */
export function storedLanguage(): Language {
  return localStorage.getItem(STORED) === "en" ? "en" : "vi";
}

async function catalogue(language: Language) {
  switch (language) {
    case "vi":
      return (await import("../locales/vi.po")).messages;
    case "en":
      return (await import("../locales/en.po")).messages;
  }
}

export async function activate(language: Language): Promise<void> {
  i18n.load(language, await catalogue(language));
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
