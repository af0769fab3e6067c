/** The audit log: found by who and what, read as a difference, verified in a sentence. */
import { expect, test } from "@playwright/test";
import { findings } from "./axe";
import { address, openDesk, openQueue } from "./desk";

test("the auditor opens the log by keyboard, filters it, reads a change and verifies the chain", async ({ browser }) => {
  const { page, context } = await openDesk(browser, { account: "auditor" });
  await page.goto(`${address()}/audit`);
  const records = page.getByRole("region", { name: "Các bản ghi, mới nhất trước" });
  await expect(records.getByRole("row").nth(1)).toBeVisible();
  await page.getByRole("button", { name: "Kiểm tra toàn bộ chuỗi" }).press("Enter");
  await expect(page.getByText(/^Nhật ký toàn vẹn: \d+ bản ghi, không bản ghi nào bị sửa/)).toBeVisible();
  expect(await findings(page), "verified").toEqual([]);

  await page.getByLabel("Thao tác bắt đầu bằng").fill("person.");
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/act=person/);
  await expect(records.getByText("person.add_log_in").first()).toBeVisible();
  const acts = await records.locator("tbody > tr > td:nth-child(4)").allTextContents();
  expect(acts.every((act) => act.startsWith("person."))).toBe(true);
  await records.locator("summary").first().press("Enter");
  await expect(records.getByRole("cell", { name: "true" }).first()).toBeVisible();
  expect(await findings(page), "a change").toEqual([]);

  await page.getByLabel("Thao tác bắt đầu bằng").fill("khong.co");
  await page.keyboard.press("Enter");
  await expect(page.getByText("Không có bản ghi nào bạn được xem khớp với bộ lọc này.")).toBeVisible();
  expect(await findings(page), "empty").toEqual([]);
  await context.close();
});

test("an analyst sees their own acts and no chain to verify", async ({ browser }) => {
  const { page, context } = await openDesk(browser);
  await openQueue(page);
  await page.keyboard.press("g");
  await page.keyboard.press("l");
  await expect(page.getByText("Bạn xem được các thao tác của chính mình.")).toBeVisible();
  await expect(page.getByRole("button", { name: "Kiểm tra toàn bộ chuỗi" })).toHaveCount(0);
  await context.close();
});
