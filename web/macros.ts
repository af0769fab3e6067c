import { transformAsync } from "@babel/core";
import type { Plugin } from "vite";

/** Expands Lingui's macros before anything else reads the file: plugin-react 6 runs no Babel of its own. */
export function linguiMacros(): Plugin {
  return {
    name: "khien-lingui-macros",
    enforce: "pre",
    async transform(code, id) {
      const path = id.split("?")[0] ?? id;
      if (!/\.tsx?$/.test(path) || path.includes("node_modules") || !code.includes("/macro")) return null;
      const result = await transformAsync(code, {
        filename: path,
        babelrc: false,
        configFile: false,
        sourceMaps: true,
        parserOpts: { plugins: ["typescript", "jsx"] },
        plugins: ["@lingui/babel-plugin-lingui-macro"],
      });
      return result?.code ? { code: result.code, map: JSON.stringify(result.map) } : null;
    },
  };
}
