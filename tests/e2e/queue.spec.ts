/** The queue acts on many at once, is found again by its address, and says what it would do before it does it. */
import { expect, type Page, test } from "@playwright/test";
import { address, arrive, canArrive, cursorId, cursorRow, dataset, type Desk, group, openDesk, openQueue, rows } from "./desk";

let desk: Desk;
test.beforeEach(async ({ browser }) => {
  desk = await openDesk(browser);
});
test.afterEach(async () => {
  await desk.context.close();
});

/** How many groups the server finds, asked past the page. */
async function total(search: string): Promise<number> {
  const answer = await desk.context.request.get(`${address()}/api/v1/alerts?dataset=${dataset()}&limit=1&${search}`);
  expect(answer.status(), await answer.text()).toBe(200);
  return (await answer.json()).total;
}

async function press(page: Page, ...keys: readonly string[]): Promise<void> {
  for (const key of keys) await page.keyboard.press(key);
}

test("test_preview_equals_applied: everything in view, the exact number first, Enter, and all of it undone", async () => {
  test.skip(!canArrive(), "KHIEN_E2E_ARRIVE is not set: nothing can arrive at this server");
  const { page } = desk;
  arrive(20);
  await openQueue(page, "&filter=state:new");
  const before = await total("state=new");
  const taken = await total("state=taken");
  expect(before).toBeGreaterThan(50);
  await press(page, "Shift+*", "a");
  await expect(page.getByText(`Toàn bộ chế độ xem này: ${before} nhóm cảnh báo`)).toBeVisible();
  await press(page, "e");
  await expect(page.getByText(`Sẽ thay đổi đúng ${before} nhóm cảnh báo.`)).toBeVisible();
  expect(await total("state=new")).toBe(before);
  await press(page, "Escape");
  await expect(page.getByText(/Sẽ thay đổi đúng/)).toHaveCount(0);
  await expect(page.getByRole("grid")).toBeFocused();

  await press(page, "Shift+*", "a", "e");
  await expect(page.getByRole("button", { name: /Thực hiện/ })).toBeFocused();
  await press(page, "Enter");
  await expect(page.getByText(`Đã tiếp nhận: ${before} nhóm cảnh báo`).first()).toBeVisible({ timeout: 30_000 });
  expect(await total("state=new")).toBe(0);
  expect(await total("state=taken")).toBe(taken + before);
  await press(page, "z");
  await expect.poll(() => total("state=new"), { timeout: 30_000 }).toBe(before);
});

test("everything of one rule in this view is done at once, with undo, and nothing else is touched", async () => {
  const { page } = desk;
  await openQueue(page, "&filter=state:new");
  const rule = (await cursorRow(page).locator("strong").textContent()) ?? "";
  await press(page, "Shift+*", "r");
  const chosen = await rows(page).and(page.locator('[aria-selected="true"]')).locator("strong").allTextContents();
  expect(new Set(chosen)).toEqual(new Set([rule]));
  await press(page, "Shift+*", "n");
  await expect(page.locator('[role="row"][aria-selected="true"]')).toHaveCount(0);
});

test("Shift+J selects on, Shift+N goes to what nobody holds, and the menu and the palette do what they list", async () => {
  const { page } = desk;
  await openQueue(page, "&filter=state:new");
  await press(page, "Shift+J", "Shift+J");
  await expect(page.locator('[role="row"][aria-selected="true"]')).toHaveCount(3);
  await press(page, "Control+k");
  await expect(page.getByRole("combobox", { name: "Lệnh" })).toBeFocused();
  await page.keyboard.insertText("bo chon tat ca");
  await expect(page.getByRole("dialog").getByRole("option").first()).toContainText("Bỏ chọn tất cả");
  await press(page, "Enter");
  await expect(page.locator('[role="row"][aria-selected="true"]')).toHaveCount(0);
  await expect(page.getByRole("grid")).toBeFocused();
  await press(page, ".");
  await page.keyboard.insertText("ghi chu");
  await press(page, "Enter");
  await expect(page.getByRole("dialog")).toContainText("Ghi chú");
});

test("a key on a focused group acts on all of it and on nothing else, and Z gives all of it back", async () => {
  const { page } = desk;
  await openQueue(page, "&filter=state:new&group=asset");
  const item = page.getByRole("treeitem").first();
  await item.focus();
  const count = Number(/(\d+) nhóm/.exec((await item.textContent()) ?? "")?.[1]);
  expect(count).toBeGreaterThan(1);
  await expect(page.getByText(new RegExp(`Toàn bộ nhóm “.*”: ${count} nhóm cảnh báo`))).toBeVisible();
  const [fresh, taken] = [await total("state=new"), await total("state=taken")];
  await press(page, "e");
  await expect.poll(() => total("state=taken")).toBe(taken + count);
  expect(await total("state=new")).toBe(fresh - count);
  await press(page, "z");
  await expect.poll(() => total("state=new")).toBe(fresh);
  // A note is for rows that were seen: it is said why not, and nothing is asked.
  await item.focus();
  await press(page, "c");
  await expect(page.getByRole("alert").filter({ hasText: "Ghi chú được ghi vào từng nhóm" })).toBeVisible();
  await expect(page.getByRole("dialog")).toHaveCount(0);
});

test("M suppresses for a time with a reason, and Z takes it back", async () => {
  const { page } = desk;
  await openQueue(page, "&filter=state:new severity:<critical");
  const id = await cursorId(page);
  await press(page, "m");
  await expect(page.getByRole("dialog").getByLabel("Lý do")).toBeFocused();
  await page.keyboard.insertText("Bảo trì theo kế hoạch đã báo");
  await press(page, "Enter");
  await expect.poll(async () => (await group(desk, id)).state).toBe("suppressed");
  await press(page, "z");
  await expect.poll(async () => (await group(desk, id)).state).toBe("new");
});

test("a stretch of the strip chosen by the arrows is the list, the address keeps it, and a view of a name brings it back", async () => {
  const { page } = desk;
  await openQueue(page);
  const all = await total("");
  const strip = page.getByRole("slider");
  await strip.focus();
  await press(page, "End", "Shift+ArrowLeft", "Shift+ArrowLeft");
  const said = (await strip.getAttribute("aria-valuetext")) ?? "";
  const count = Number(/: (\d+) nhóm/.exec(said)?.[1]);
  expect(count).toBeGreaterThan(0);
  expect(count).toBeLessThan(all);
  await press(page, "Enter");
  await expect(page).toHaveURL(/since=\d+.*before=\d+|before=\d+.*since=\d+/);
  await expect(page.getByRole("grid")).toHaveAttribute("aria-rowcount", String(count + 1));
  const kept = page.url();

  const name = `Cuối ca ${Date.now()}`;
  await page.getByRole("button", { name: "Chế độ xem" }).focus();
  await press(page, "Enter");
  await page.getByRole("menuitem", { name: "Lưu chế độ xem này" }).press("Enter");
  await expect(page.getByRole("dialog").getByLabel("Tên")).toBeFocused();
  await page.keyboard.insertText(name);
  await press(page, "Enter");
  await expect(page.getByRole("dialog")).toHaveCount(0);
  await openQueue(page);
  await page.getByRole("button", { name: "Chế độ xem" }).click();
  await page.getByRole("menuitem", { name }).first().click();
  await expect(page).toHaveURL(kept);
  await page.getByRole("button", { name: "Mọi thời điểm" }).click();
  await expect(page.getByRole("grid")).toHaveAttribute("aria-rowcount", String(all + 1));
});

test("test_group_by_three_levels_exact_counts: each level's numbers are those of the list it narrows to", async () => {
  const { page } = desk;
  await openQueue(page, "&group=rule.asset.unit");
  const items = page.getByRole("treeitem");
  await expect(items.first()).toBeVisible();
  // One reading of all levels at once: live updates of what an earlier test did may put them in another order.
  const sum = async (): Promise<number> =>
    (await items.allTextContents()).reduce((counted, text) => counted + Number(/(\d+) nhóm/.exec(text)?.[1]), 0);
  await expect.poll(async () => (await sum()) - (await total(""))).toBe(0);
  for (const level of [1, 2, 3]) {
    const here = page.locator(`[role=treeitem][aria-level="${level}"]`).first();
    await here.focus();
    const expected = Number(/(\d+) nhóm/.exec((await here.textContent()) ?? "")?.[1]);
    await press(page, "ArrowRight");
    await expect(page.locator(`[role=treeitem][aria-level="${level}"]`).first()).toHaveAttribute("aria-selected", "true");
    await expect(page.getByRole("grid")).toHaveAttribute("aria-rowcount", String(expected + 1));
  }
  await expect(page).toHaveURL(/at=/);
});
