// Takes the pictures of the docs from a running server: `KHIEN_E2E_URL=… KHIEN_E2E_ACCOUNT=… KHIEN_E2E_PASSWORD=… npm run pictures`.
import { mkdirSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "@playwright/test";

const web = dirname(dirname(fileURLToPath(import.meta.url)));
const folder = process.env.KHIEN_PICTURES ?? join(web, "../docs/pictures");
const { KHIEN_E2E_URL: address, KHIEN_E2E_ACCOUNT: account, KHIEN_E2E_PASSWORD: password } = process.env;
const dataset = process.env.KHIEN_E2E_DATASET ?? "exercise:lab";
const LARGEST_BYTES = 300_000;
const VIEWS = [
  { language: "vi", theme: "light" },
  { language: "en", theme: "dark" },
];

mkdirSync(folder, { recursive: true });
const browser = await chromium.launch({
  executablePath: process.env.KHIEN_CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
});
const take = async (page, name) => {
  const path = join(folder, `${name}.png`);
  await page.screenshot({ path });
  const { size } = statSync(path);
  console.log(`${name}.png ${size} B`);
  if (size > LARGEST_BYTES) throw new Error(`${name}.png is larger than ${LARGEST_BYTES} B`);
};
for (const { language, theme } of VIEWS) {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, ignoreHTTPSErrors: true });
  await context.addInitScript(
    ([chosenLanguage, chosenTheme]) => {
      localStorage.setItem("khien.language", chosenLanguage);
      localStorage.setItem("khien.theme", chosenTheme);
    },
    [language, theme],
  );
  await context.request.post(`${address}/api/v1/session`, {
    data: { account, password },
    headers: { Origin: address },
  });
  const page = await context.newPage();
  await page.goto(`${address}/queue?dataset=${dataset}`);
  const first = page.locator('[role="row"][id^="row-"]').first();
  await first.waitFor();
  await page.keyboard.press("j");
  await page.waitForTimeout(500);
  await take(page, `queue-${language}-${theme}`);
  // An alert of several comes with all its parts.
  const rows = page.locator('[role="row"][id^="row-"]');
  const many = rows.filter({ hasText: "×" });
  await ((await many.count()) > 0 ? many.first() : first).click();
  await page.locator("#events").waitFor();
  await page.waitForTimeout(1000);
  await take(page, `alert-${language}-${theme}`);
  await context.close();
}
await browser.close();
