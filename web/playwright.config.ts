import { defineConfig } from "@playwright/test";

/** End-to-end tests against the real server; `KHIEN_E2E_URL` names a running one, otherwise the tests start their own. */
export default defineConfig({
  testDir: "../tests/e2e",
  testMatch: "*.spec.ts",
  outputDir: "../build/e2e",
  globalSetup: "../tests/e2e/global-setup.ts",
  // One server, one person, one queue: the tests change it in turn.
  workers: 1,
  fullyParallel: false,
  timeout: 60_000,
  expect: { timeout: 10_000 },
  forbidOnly: true,
  reporter: [["list"], ["json", { outputFile: "../build/e2e/report.json" }]],
  use: {
    // The server's certificate is of the installation's own CA.
    ignoreHTTPSErrors: true,
    locale: "vi-VN",
    timezoneId: "Asia/Ho_Chi_Minh",
    viewport: { width: 1440, height: 900 },
    trace: "retain-on-failure",
    launchOptions: {
      executablePath: process.env["KHIEN_CHROMIUM"] ?? "/usr/bin/chromium",
      args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"],
    },
  },
});
