/** The detection rules: found without marks, why one does not run, what a rule says, needs and made; its text is text. */
import { expect, test } from "@playwright/test";
import { findings } from "./axe";
import { address, openDesk, openQueue } from "./desk";

test("a rule is found by keyboard without tone marks and read whole", async ({ browser }) => {
  const { page, context } = await openDesk(browser);
  await openQueue(page);
  await page.keyboard.press("g");
  await page.keyboard.press("r");
  await expect(page.getByRole("heading", { level: 1, name: "Luật phát hiện" })).toBeVisible();
  const list = page.getByRole("region", { name: "Danh sách luật" }).getByRole("table");
  await expect(list.getByRole("row").nth(1)).toBeVisible();
  expect(await findings(page), "the list").toEqual([]);

  await page.getByLabel("Từ trong tiêu đề, tên, tệp hoặc nhãn").fill("do trang quan tri");
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/words=/);
  await expect(page.getByText("1 luật phù hợp")).toBeVisible();
  await page.getByLabel("Cảnh báo được đếm").selectOption("import");
  await expect(list.getByRole("cell", { name: "2 / 3" })).toBeVisible();
  await list.getByRole("link", { name: "Dò trang quản trị của nhiều sản phẩm" }).press("Enter");
  await expect(page.getByRole("heading", { level: 2, name: "Nội dung phát hiện" })).toBeVisible();
  const needs = page.getByRole("region", { name: "Điều kiện để hoạt động" });
  await expect(needs.getByText("value_count gte 3 within 600 s")).toBeVisible();
  // Three alerts about one system are one group of the queue.
  await expect(page.getByRole("region", { name: "Cảnh báo của luật" }).first().getByRole("row")).toHaveCount(2);
  await expect(page.getByRole("cell", { name: "3 cảnh báo" })).toBeVisible();
  await expect(page.getByRole("region", { name: "Nội dung tệp" }).last().getByText("type: value_count")).toBeVisible();
  expect(await findings(page), "one rule").toEqual([]);
  await needs.getByRole("link", { name: "Gọi trang quản trị không tồn tại" }).press("Enter");
  await expect(page.getByText("Luật không tự sinh cảnh báo: các tương quan dưới đây đếm kết quả của luật.")).toBeVisible();
  await context.close();
});

test("a refused rule says where and why, a hostile one is text, and nothing matches in words", async ({ browser }) => {
  const { page, context } = await openDesk(browser);
  await page.goto(`${address()}/rules?state=rejected&pack=quy-tac-don-vi`);
  await page.getByRole("link", { name: "Điều kiện sai" }).press("Enter");
  await expect(page.getByRole("note")).toContainText("khong_co");
  await expect(page.locator("li[data-here]")).toHaveText("detection:");
  expect(await findings(page), "refused").toEqual([]);

  await page.goto(`${address()}/rules/00000000-0000-4000-8000-000000000001`);
  await expect(page.getByRole("heading", { level: 1 })).toContainText("<script>alert(1)</script>");
  await expect(page.getByText("javascript:alert(1)").first()).toBeVisible();
  expect(await page.locator('main a[href^="javascript"], main a[href^="http"], main img').count()).toBe(0);

  await page.goto(`${address()}/rules?words=khongcoluatnao`);
  await expect(page.getByText("Không có luật nào khớp bộ lọc này.")).toBeVisible();
  expect(await findings(page), "nothing").toEqual([]);
  await page.getByRole("button", { name: "Hiện mọi luật" }).press("Enter");
  await expect(page.getByRole("link", { name: /Tất cả|All/ }).first()).toHaveAttribute("aria-current", "page");
  await context.close();
});

test("the auditor reads rules and no numbers of alerts; a head of the office has no such page", async ({ browser }) => {
  const auditor = await openDesk(browser, { account: "auditor" });
  await auditor.page.goto(`${address()}/rules`);
  await expect(auditor.page.getByRole("columnheader", { name: "Kỹ thuật, nguồn nhật ký" })).toBeVisible();
  await expect(auditor.page.getByRole("columnheader", { name: "Cảnh báo sai" })).toHaveCount(0);
  await auditor.context.close();
  const head = await openDesk(browser, { account: "pc_office.head" });
  await head.page.goto(`${address()}/rules`);
  await expect(head.page.getByRole("main").getByRole("alert")).not.toBeEmpty();
  await expect(head.page.getByRole("link", { name: "Luật", exact: true })).toHaveCount(0);
  await head.context.close();
});
