import { lingui } from "@lingui/vite-plugin";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";
import { catalogueParts } from "./catalogues.ts";
import { linguiMacros } from "./macros.ts";

const api = process.env.KHIEN_E2E_URL ?? "http://127.0.0.1:8000";

export default defineConfig({
  plugins: [linguiMacros(), react(), lingui(), catalogueParts()],
  // The server replaces the placeholder in index.html with the nonce of each response.
  html: { cspNonce: "__CSP_NONCE__" },
  build: {
    target: "es2022",
    outDir: "dist",
    emptyOutDir: true,
    // A font or picture as a data: address would not pass `default-src 'self'`.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    manifest: true,
  },
  server: { proxy: { "/api": { target: api, changeOrigin: false, secure: false } } },
  test: {
    environment: "jsdom",
    include: ["src/**/*.test.{ts,tsx}"],
    setupFiles: ["src/test/setup.ts"],
    restoreMocks: true,
    testTimeout: 10_000,
  },
});
