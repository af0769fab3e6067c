import { relative } from "node:path";
import { createCompiledCatalog, getCatalogForFile, getCatalogs } from "@lingui/cli/api";
import { getConfig } from "@lingui/conf";
import type { Plugin } from "vite";

/** What is on screen before any page is chosen; the words of every other folder can come a moment later. */
const FIRST = /^src\/(act|api|keyboard|language|live|queue|session|shell|table|text|theme|time|triage)\//;
const PART = /\.po\?(first|later)$/;

/**
 * One catalogue, read in two parts: `vi.po?first` with the words of the shell and the queue, `vi.po?later` with all others.
 * The catalogue says of each sentence which files it stands in; one that stands on both sides belongs to the first.
 */
export function catalogueParts(): Plugin {
  const config = getConfig();
  const root = config.rootDir ?? process.cwd();
  const sourceLocale = config.sourceLocale ?? "en";
  return {
    name: "khien-catalogue-parts",
    async transform(_source, id) {
      const part = PART.exec(id)?.[1];
      if (!part) return null;
      const path = id.split("?")[0] ?? id;
      this.addWatchFile(path);
      const found = getCatalogForFile(relative(root, path), await getCatalogs(config));
      if (!found) throw new Error(`${path} is no catalogue`);
      const { locale, catalog } = found;
      const { messages } = await catalog.getTranslations(locale, {
        fallbackLocales: config.fallbackLocales || {},
        sourceLocale,
      });
      const entries = await catalog.read(locale);
      const isFirst = (key: string): boolean => (entries[key]?.origin ?? []).some(([file]) => FIRST.test(file));
      const ours = Object.fromEntries(Object.entries(messages).filter(([key]) => isFirst(key) === (part === "first")));
      const { source, errors } = createCompiledCatalog(locale, ours, { namespace: "es" });
      if (errors.length > 0)
        throw new Error(`${path}: ${errors.map(({ id: key }) => key).join(", ")} cannot be compiled`);
      return { code: source, map: null, moduleType: "js" };
    },
  };
}
