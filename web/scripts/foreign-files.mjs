// The tree holds our own source only: no minified, generated or third-party file, no package address in the lock file.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const web = dirname(dirname(fileURLToPath(import.meta.url)));
const LONGEST_LINE = 500;
const faults = [];
const files = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard", "."], {
  cwd: web,
  encoding: "utf8",
});
for (const file of files.split("\n").filter(Boolean)) {
  if (/\.(woff2?|ttf|otf|min\.(js|css)|map)$/.test(file))
    faults.push(`${file}: fonts, maps and minified files are not committed`);
  if (!/\.(tsx?|mjs|js|css|html|json)$/.test(file) || file === "package-lock.json") continue;
  const longest = Math.max(
    ...readFileSync(join(web, file), "utf8")
      .split("\n")
      .map((line) => line.length),
  );
  if (longest > LONGEST_LINE) faults.push(`${file}: a line of ${longest} characters looks generated`);
  if (/eval\(|new Function\(|innerHTML/.test(readFileSync(join(web, file), "utf8")) && !file.startsWith("scripts/")) {
    faults.push(`${file}: text must never become code or markup`);
  }
}
if (readFileSync(join(web, "package-lock.json"), "utf8").includes('"resolved"')) {
  faults.push("package-lock.json: holds addresses; install with the .npmrc of this folder");
}
for (const fault of faults) console.error(`error: ${fault}`);
process.exit(faults.length === 0 ? 0 : 1);
