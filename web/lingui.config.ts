import { defineConfig } from "@lingui/cli";
import { formatter } from "@lingui/format-po";

/** Code holds the English source text; Vietnamese is what people see first. */
export default defineConfig({
  sourceLocale: "en",
  locales: ["vi", "en"],
  catalogs: [{ path: "<rootDir>/src/locales/{locale}", include: ["src"] }],
  // Line numbers would make every edit a catalogue change.
  format: formatter({ lineNumbers: false }),
  orderBy: "origin",
});
