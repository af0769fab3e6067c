// Holds the catalogues to the source: every sentence is in both languages, none is unused, and no placeholder is lost.
import { execFileSync } from "node:child_process";
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const web = dirname(dirname(fileURLToPath(import.meta.url)));
const folder = join(web, "src/locales");
const LANGUAGES = ["vi", "en"];
const faults = [];

/** Entries of a catalogue: key (context and id) → translation. */
function read(path) {
  const entries = new Map();
  for (const block of readFileSync(path, "utf8").split(/\n\n+/)) {
    const parts = {};
    let name;
    for (const line of block.split("\n")) {
      const match = /^(msgctxt|msgid|msgstr) (".*")$/.exec(line);
      if (match) [, name] = match;
      const text = match?.[2] ?? (/^".*"$/.test(line) ? line : undefined);
      if (name && text) parts[name] = (parts[name] ?? "") + JSON.parse(text);
    }
    if (parts.msgid) entries.set(`${parts.msgctxt ?? ""}|${parts.msgid}`, parts.msgstr ?? "");
  }
  return entries;
}

/** Names between braces that stand for a value; the branches of a plural are not names. */
function placeholders(text) {
  return [...new Set([...text.matchAll(/\{\s*([A-Za-z0-9_]+)\s*(?=[,}])/g)].map((match) => match[1]))].sort().join();
}

const kept = mkdtempSync(join(tmpdir(), "khien-catalogues-"));
for (const language of LANGUAGES) copyFileSync(join(folder, `${language}.po`), join(kept, `${language}.po`));
try {
  execFileSync(join(web, "node_modules/.bin/lingui"), ["extract", "--clean"], { cwd: web, stdio: "ignore" });
  for (const language of LANGUAGES) {
    const committed = read(join(kept, `${language}.po`));
    const extracted = read(join(folder, `${language}.po`));
    for (const key of extracted.keys())
      if (!committed.has(key)) faults.push(`${language}: not in the catalogue: ${key}`);
    for (const key of committed.keys()) if (!extracted.has(key)) faults.push(`${language}: unused: ${key}`);
  }
} finally {
  for (const language of LANGUAGES) copyFileSync(join(kept, `${language}.po`), join(folder, `${language}.po`));
  rmSync(kept, { recursive: true });
}
// Text in an attribute escapes the linter's rule on bare strings, so it is looked for here.
for (const file of readdirSync(join(web, "src"), { recursive: true, encoding: "utf8" })) {
  if (!file.endsWith(".tsx") || file.endsWith(".test.tsx")) continue;
  const source = readFileSync(join(web, "src", file), "utf8");
  for (const [whole] of source.matchAll(/\b(?:aria-label|title|placeholder|label|alt|description)="[^"]+"/g)) {
    faults.push(`${file}: bare text in an attribute: ${whole}`);
  }
}
const [vietnamese, english] = LANGUAGES.map((language) => read(join(folder, `${language}.po`)));
for (const [key, text] of vietnamese) {
  if (text === "") faults.push(`vi: no translation: ${key}`);
  else if (placeholders(text) !== placeholders(english.get(key) ?? "")) faults.push(`vi: placeholders differ: ${key}`);
  if (text !== text.normalize("NFC")) faults.push(`vi: not NFC: ${key}`);
}
for (const [key, text] of english) if (text === "") faults.push(`en: no text: ${key}`);
for (const fault of faults) console.error(`error: ${fault}`);
if (faults.length === 0) console.log(`${vietnamese.size} sentences in ${LANGUAGES.join(" and ")}`);
process.exit(faults.length === 0 ? 0 : 1);
