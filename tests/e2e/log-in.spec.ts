import { expect, test } from "@playwright/test";
import { account, address, dataset, openDesk, password, queueAddress, rows } from "./desk";

test("a wrong password is refused in words, and the right one leads to the page that was asked for", async ({ browser }) => {
  const { page, context } = await openDesk(browser, { isLoggedIn: false });
  await page.goto(queueAddress("&sort=newest"));
  await expect(page).toHaveURL(/\/login\?next=/);
  await expect(page.getByLabel("Tài khoản")).toBeFocused();
  await page.keyboard.type(account());
  await page.keyboard.press("Tab");
  await page.keyboard.type("không phải mật khẩu này");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("alert").filter({ hasText: /\S/ })).toBeVisible();
  await page.keyboard.insertText(password());
  await page.keyboard.press("Enter");
  await expect(rows(page).first()).toBeVisible();
  const url = new URL(page.url());
  expect(url.searchParams.get("sort")).toBe("newest");
  expect(url.searchParams.get("dataset")).toBe(dataset());
  await context.close();
});

test("the session is a cookie that scripts cannot read, and nothing of it is in storage", async ({ browser }) => {
  const { page, context } = await openDesk(browser);
  await page.goto(queueAddress());
  await expect(rows(page).first()).toBeVisible();
  const cookies = await context.cookies();
  expect(cookies.every((cookie) => cookie.httpOnly && cookie.secure && cookie.sameSite === "Strict")).toBe(true);
  expect(await page.evaluate(() => document.cookie)).toBe("");
  const stored = await page.evaluate(() => JSON.stringify({ ...localStorage, ...sessionStorage }));
  for (const cookie of cookies) expect(stored).not.toContain(cookie.value);
  await context.close();
});

test("a link to the log-in page cannot lead to another host", async ({ browser }) => {
  const { page, context } = await openDesk(browser, { isLoggedIn: false });
  await page.goto(`${address()}/login?next=//evil.example/`);
  await page.getByLabel("Tài khoản").fill(account());
  await page.getByLabel("Mật khẩu", { exact: true }).fill(password());
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/\/queue/);
  expect(new URL(page.url()).origin).toBe(address());
  await context.close();
});

test("logging out ends the session on the server", async ({ browser }) => {
  const { page, context } = await openDesk(browser);
  await page.goto(queueAddress());
  await page.getByRole("button", { name: /Tài khoản của/ }).click();
  await page.getByRole("menuitem", { name: "Đăng xuất" }).click();
  await expect(page).toHaveURL(/\/login/);
  const answer = await context.request.get(`${address()}/api/v1/session`);
  expect(answer.status()).toBe(401);
  await context.close();
});
