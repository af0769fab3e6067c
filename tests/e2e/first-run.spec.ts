/** The first run: from a server without an administrator and without systems, by the page and the one command that it names. */
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "@playwright/test";
import { findings } from "./axe";
import { address, openDesk, password } from "./desk";

const ROOT = join(__dirname, "../..");
const EXAMPLE = join(ROOT, "coordination/example/organisation.yaml");

/** `khien user add sysadmin`, as the log-in page says it, for this server. */
function addAdministrator(): void {
  const [command = "", ...words] = (process.env["KHIEN_E2E_ADMINISTRATOR"] ?? "").split(" ");
  execFileSync(command, words, { cwd: ROOT, input: `${password()}\n`, stdio: ["pipe", "ignore", "inherit"] });
}

test("an empty system leads its first administrator from the log-in page to an organisation that is in force", async ({ browser }) => {
  const { page, context } = await openDesk(browser, { isLoggedIn: false });
  await page.goto(`${address()}/`);
  await expect(page.getByText("khien user add sysadmin")).toBeVisible();
  expect(await findings(page), "log-in, hint").toEqual([]);
  addAdministrator();
  await page.reload();
  await expect(page.getByLabel("Tài khoản")).toBeVisible();
  await page.waitForLoadState("networkidle");
  await expect(page.getByText("khien user add sysadmin")).toHaveCount(0);
  await page.getByLabel("Tài khoản").fill("sysadmin");
  await page.getByLabel("Mật khẩu", { exact: true }).fill(password());
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/\/first-run$/);

  const step = (name: string) => page.locator(`[data-step=${name}]`);
  await expect(page.getByRole("heading", { level: 1, name: "Thiết lập ban đầu" })).toBeVisible();
  await expect(step("administrator")).toContainText("Chưa xong, làm tiếp theo");
  await expect(step("policy")).toContainText("Xong");
  await expect(step("sensor")).toContainText("khien setup --sensor gateway1");
  await expect(step("organisation")).toHaveAttribute("data-state", "open");
  expect(await findings(page), "vi, light").toEqual([]);
  await page.setViewportSize({ width: 390, height: 844 });
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
  await page.setViewportSize({ width: 1280, height: 800 });

  await step("organisation").getByRole("link").press("Enter");
  await page.getByLabel(/^Nhập: tệp organisation.yaml/).setInputFiles(EXAMPLE);
  await page.getByRole("button", { name: "Áp dụng" }).press("Enter");
  await expect(page.getByRole("button", { name: "Áp dụng" })).toHaveCount(0);
  // Led once: the first page is free now, and the menu of the person still knows the way.
  await page.goto(`${address()}/`);
  await expect(page).not.toHaveURL(/\/(first-run)?$/);
  await page.getByRole("button", { name: /^Tài khoản của/ }).press("Enter");
  await page.getByRole("menuitem", { name: "Thiết lập ban đầu" }).click();
  await expect(step("organisation")).toHaveAttribute("data-state", "done");
  await expect(step("organisation")).toContainText("21 hệ thống");
  await context.close();

  const dark = await openDesk(browser, { account: "sysadmin", language: "en", theme: "dark" });
  await dark.page.goto(`${address()}/first-run`);
  await expect(dark.page.getByRole("heading", { level: 1, name: "First run" })).toBeVisible();
  await expect(dark.page.locator("[data-step=organisation]")).toContainText("Done");
  expect(await findings(dark.page), "en, dark").toEqual([]);
  await dark.context.close();
});
