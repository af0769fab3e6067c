/** One's own account: the second factor set up, used and asked for; a token made and revoked; a password that is refused. */
import { expect, type Page, test } from "@playwright/test";
import { code } from "./authenticator";
import { findings } from "./axe";
import { address, openDesk, password } from "./desk";

async function open(page: Page): Promise<void> {
  await page.goto(`${address()}/profile`);
  await expect(page.getByRole("heading", { level: 1, name: "Trang cá nhân" })).toBeVisible();
}

test("a second factor is set up by keyboard, and then a token is made, used and revoked", async ({ browser }) => {
  const { page, context } = await openDesk(browser, { account: "irt.analyst.5" });
  await open(page);
  expect(await findings(page), "profile").toEqual([]);

  // What needs the second factor leads to where it is set up.
  await page.getByRole("button", { name: "Tạo mã truy cập" }).press("Enter");
  await page.getByLabel("Dùng cho việc gì?").fill("sao lưu hằng đêm");
  await page.getByLabel("Xem cảnh báo").press("Space");
  await page.getByRole("button", { name: "Tạo", exact: true }).press("Enter");
  await page.getByRole("link", { name: "Thiết lập ngay" }).press("Enter");
  await expect(page).toHaveURL(/\/profile#second-factor$/);

  await page.getByLabel("Nhập lại mật khẩu của bạn").fill(password());
  await page.keyboard.press("Enter");
  await expect(page.getByRole("img", { name: /^Mã QR/ })).toBeVisible();
  expect(await findings(page), "secret").toEqual([]);
  const secret = ((await page.locator("[data-secret]").textContent()) ?? "").replaceAll(" ", "");
  await page.keyboard.insertText(code(secret));
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { name: /^Mã khôi phục của irt.analyst.5/ })).toBeVisible();
  await expect(page.locator("ol li")).toHaveCount(10);
  expect(await findings(page), "recovery codes").toEqual([]);
  await page.getByRole("button", { name: "Tôi đã cất giữ các mã" }).press("Enter");
  await expect(page.locator("ol li")).toHaveCount(0);

  await page.getByRole("button", { name: "Tạo mã truy cập" }).press("Enter");
  await page.getByLabel("Dùng cho việc gì?").fill("sao lưu hằng đêm");
  await page.getByLabel("Xem cảnh báo").check();
  await page.getByRole("button", { name: "Tạo", exact: true }).press("Enter");
  await expect(page.getByRole("heading", { name: /^Mã truy cập mới/ })).toBeVisible();
  const token = (await page.locator("[data-secret]").textContent()) ?? "";
  const asked = () => context.request.get(`${address()}/api/v1/alerts?limit=1`, { headers: { Authorization: `Bearer ${token}` } });
  expect((await asked()).status()).toBe(200);
  await page.getByRole("button", { name: "Thu hồi sao lưu hằng đêm" }).press("Enter");
  await expect(page.getByText("Bạn không có mã truy cập nào còn hiệu lực.")).toBeVisible();
  expect((await asked()).status()).toBe(401);
  await context.close();
});

test("a wrong old password is refused in words, and the sessions stay", async ({ browser }) => {
  const { page, context } = await openDesk(browser, { account: "irt.analyst.3" });
  await open(page);
  await page.getByLabel("Mật khẩu hiện tại").fill("không phải mật khẩu này");
  await page.getByLabel("Mật khẩu mới", { exact: true }).fill("một câu rất khác hẳn");
  await page.getByLabel("Nhập lại mật khẩu mới").fill("một câu rất khác hẳn");
  await page.keyboard.press("Enter");
  await expect(page.getByText("Mật khẩu hiện tại không đúng")).toBeVisible();
  expect((await context.request.get(`${address()}/api/v1/session`)).status()).toBe(200);
  await context.close();
});
