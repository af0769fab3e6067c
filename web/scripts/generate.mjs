// Writes src/api/schema.d.ts from the OpenAPI document, so that no answer's type is ever written by hand.
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const web = dirname(dirname(fileURLToPath(import.meta.url)));
const candidates = [process.env.KHIEN_OPENAPI, join(web, "../openapi.json"), join(web, "../incident_api/openapi.json")];
const document = candidates.find((path) => path && existsSync(path));
if (!document) {
  console.error("error: no openapi.json; write it with `python -m incident_api.openapi`");
  process.exit(1);
}
execFileSync(
  join(web, "node_modules/.bin/openapi-typescript"),
  [document, "--output", join(web, "src/api/schema.d.ts"), "--default-non-nullable=false"],
  { stdio: ["ignore", "ignore", "inherit"], cwd: web },
);
