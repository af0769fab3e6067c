// Weighs the build against the budgets of first load and of each lazy chunk; gzip level 9, as a server would store it.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

const web = dirname(dirname(fileURLToPath(import.meta.url)));
const dist = join(web, "dist");
const KB = 1000;
const BOUNDS = { js: 260 * KB, css: 45 * KB, fonts: 110 * KB, lazy: 210 * KB };

const manifest = JSON.parse(readFileSync(join(dist, ".vite/manifest.json"), "utf8"));
const entry = Object.values(manifest).find((chunk) => chunk.isEntry);
const size = (file) => gzipSync(readFileSync(join(dist, file)), { level: 9 }).length;

const first = new Set();
const collect = (chunk) => {
  if (first.has(chunk.file)) return;
  first.add(chunk.file);
  for (const name of chunk.imports ?? []) collect(manifest[name]);
};
collect(entry);
const lazy = Object.values(manifest).filter((chunk) => chunk.file.endsWith(".js") && !first.has(chunk.file));
// Exactly one language is loaded at start, with the words of the shell and the queue: the larger one counts.
const languages = lazy.filter((chunk) => /locales\/.*\?first$/.test(chunk.src ?? ""));
const others = lazy.filter((chunk) => !languages.includes(chunk));
const fonts = readdirSync(join(dist, "assets")).filter((file) => file.endsWith(".woff2"));

const js =
  [...first].reduce((sum, file) => sum + size(file), 0) + Math.max(0, ...languages.map((chunk) => size(chunk.file)));
const rows = [
  ["web-first-load-js", js, BOUNDS.js],
  ["web-first-load-css", (entry.css ?? []).reduce((sum, file) => sum + size(file), 0), BOUNDS.css],
  [
    "web-first-load-fonts",
    fonts.reduce((sum, file) => sum + readFileSync(join(dist, "assets", file)).length, 0),
    BOUNDS.fonts,
  ],
  ...others.map((chunk) => [`web-lazy-${chunk.name ?? chunk.file}`, size(chunk.file), BOUNDS.lazy]),
].map(([name, value, bound]) => ({ name, value, unit: "B", bound, passed: value <= bound, command: "npm run budget" }));

const report = join(web, "../build");
mkdirSync(report, { recursive: true });
writeFileSync(join(report, "web-budget.json"), `${JSON.stringify(rows, undefined, 1)}\n`);
for (const row of rows) {
  const line = `${row.name}: ${(row.value / KB).toFixed(1)} kB of ${row.bound / KB} kB`;
  if (row.passed) console.log(line);
  else console.error(`error: ${line}`);
}
process.exit(rows.every((row) => row.passed) ? 0 : 1);
