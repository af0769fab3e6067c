/** What became of alerts after they were made, and what detection holds back: said on the page, in both languages. */
import { expect, type Page, test } from "@playwright/test";
import { address, type Language, openDesk, openQueue, queueAddress, rows } from "./desk";

const SAID: Readonly<Record<Language, Readonly<Record<string, string>>>> = {
  vi: {
    withdrawn: "Đã rút lại: sự kiện đến muộn cho thấy đây không phải cảnh báo",
    superseded: "Đã được thay bằng cảnh báo khác",
    supersedes: "Thay cho 1 cảnh báo trước đó",
    amended: "Đã điều chỉnh 1 lần theo sự kiện đến muộn",
    estimated: "Số đếm là ước tính",
    folded: "Đã gộp thêm 12 cảnh báo vào cảnh báo này",
  },
  en: {
    withdrawn: "Withdrawn: late events show that this was none",
    superseded: "Replaced by another alert",
    supersedes: "Takes the place of an earlier alert",
    amended: "Changed once by late events",
    estimated: "The count is an estimate",
    folded: "12 further alerts were counted into this one",
  },
};

test.describe.configure({ timeout: 120_000 });

async function openOnly(page: Page, life: string): Promise<void> {
  await page.goto(queueAddress(`&life=${life}`));
  await expect(rows(page).first()).toBeVisible();
  await rows(page).last().click();
  await expect(page.locator("#alert-title")).toBeVisible();
}

for (const language of ["vi", "en"] as const satisfies readonly Language[]) {
  test(`an alert says in ${language} what late events and suppressions made of it`, async ({ browser }) => {
    const { page, context } = await openDesk(browser, { language });
    for (const life of ["withdrawn", "estimated", "folded"]) {
      await openOnly(page, life);
      const note = page.locator(`section[data-life="${life}"]`);
      await expect(note.getByRole("heading")).toHaveText(SAID[language][life] ?? "?");
      await expect(page.locator("section[data-life]")).toHaveCount(1);
    }
    await context.close();
  });

  test(`a replaced alert leads to its successor and back, in ${language}`, async ({ browser }) => {
    const { page, context } = await openDesk(browser, { language });
    await openOnly(page, "superseded");
    const note = (life: string) => page.locator(`section[data-life="${life}"]`);
    await expect(page.locator("section[data-life]")).toHaveCount(1);
    const isOnSuccessor = (await note("supersedes").count()) === 1;
    if (isOnSuccessor) await note("supersedes").getByRole("link").click();
    await expect(note("superseded").getByRole("heading")).toHaveText(SAID[language]["superseded"] ?? "?");
    await note("superseded").getByRole("link").click();
    await expect(note("supersedes").getByRole("heading")).toHaveText(SAID[language]["supersedes"] ?? "?");
    await context.close();
  });
}

test("a withdrawn alert is marked in the queue, has no clock, and its history says when and in which audit record", async ({ browser }) => {
  const { page, context } = await openDesk(browser);
  await page.goto(queueAddress("&filter=is:rútlại"));
  await expect(rows(page)).toHaveCount(1);
  await expect(rows(page).locator('[data-life="withdrawn"]')).toHaveText("đã rút lại");
  await expect(page.locator("#filter-unknown")).toHaveCount(0);
  await rows(page).first().click();
  const history = page.locator('li[data-kind="withdrawn"]');
  await expect(history).toContainText("Rút lại theo sự kiện đến muộn");
  await expect(history).toContainText(/bản ghi nhật ký \d+/);
  await expect(page.locator("#deadline")).toHaveCount(1);
  await context.close();
});

test("what is changed by late events can be listed, and its history keeps the numbers of before", async ({ browser }) => {
  const { page, context } = await openDesk(browser);
  await page.goto(queueAddress("&filter=is:amended"));
  await expect(rows(page)).toHaveCount(3);
  await context.close();
});

test("officers read who silenced what, why, until when and how much it took away", async ({ browser }) => {
  const { page, context } = await openDesk(browser);
  await openQueue(page);
  await page.keyboard.press("g");
  await page.keyboard.press("b");
  await expect(page).toHaveURL(/\/held-back$/);
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Những gì hệ thống phát hiện giữ lại");
  const row = (name: string) => page.getByRole("row").filter({ hasText: name });
  await expect(row("T0001")).toContainText("irt.analyst.2");
  await expect(row("T0001")).toContainText("Máy quét định kỳ của phòng CNTT");
  await expect(row("T0001")).toContainText("source.ip = 10.1.2.3");
  await expect(row("T0001")).toContainText("1.204 sự kiện");
  await expect(row("T0001")).toContainText("còn 60 ngày");
  await expect(row("T0002")).toContainText("trong vòng 24 giờ");
  await expect(row("T0002")).toContainText("12 cảnh báo");
  await expect(row("T0003")).toContainText("irt.shift_lead.2");
  await expect(row("T0003")).toContainText("<script>");
  await expect(row("T0004")).toContainText("luật không còn");
  await expect(row("Chèn mã SQL")).toContainText("trang này");
  await page.getByRole("button", { name: "English" }).click();
  await expect(row("T0001")).toContainText("1,204 events");
  await expect(row("SQL injection")).toContainText("this page");
  await context.close();
});

test("what is held back reads at 320 px without scrolling the page sideways", async ({ browser }) => {
  const { page, context } = await openDesk(browser, { width: 320 });
  await page.goto(`${address()}/held-back`);
  await expect(page.getByRole("table").first()).toBeVisible();
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(320);
  await openOnly(page, "withdrawn");
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(320);
  await context.close();
});
