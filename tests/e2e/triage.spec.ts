import { expect, test } from "@playwright/test";
import { account, address, type Desk, cursorId, cursorRow, group, openDesk, openQueue, rows } from "./desk";

// Each test works on groups that nobody has touched yet.
const FRESH = "&tab=mine&filter=state:new";
let desk: Desk;
test.beforeEach(async ({ browser }) => {
  desk = await openDesk(browser);
  await openQueue(desk.page, FRESH);
});
test.afterEach(async () => {
  await desk.context.close();
});

test("test_no_mouse_triage: find, open, take, close with a note, undo and come back by keys alone", async () => {
  const { page } = desk;
  await page.evaluate(() => {
    const used = window as unknown as { mouse: number };
    used.mouse = 0;
    for (const kind of ["mousedown", "pointerdown", "click"]) {
      addEventListener(kind, (event) => {
        if ((event as PointerEvent).detail !== 0 || kind !== "click") used.mouse += 1;
      }, true);
    }
  });
  await page.keyboard.press("j");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("k");
  const id = await cursorId(page);
  expect((await group(desk, id)).state).toBe("new");

  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(new RegExp(`/alerts/${id}`));
  await expect(page.getByRole("heading", { level: 1 })).toBeFocused();
  await expect(page.getByRole("heading", { name: "Vì sao có cảnh báo" })).toBeVisible();
  await expect(page.getByRole("heading", { name: "Vì sao giao cho người này" })).toBeVisible();

  await page.keyboard.press("e");
  await expect.poll(async () => (await group(desk, id)).state).toBe("taken");
  expect((await group(desk, id)).assignee).toBe(account());

  await page.keyboard.press("1");
  await expect(page.getByRole("dialog")).toBeVisible();
  await page.keyboard.insertText("Đã đối chiếu với nhật ký của đơn vị vận hành");
  await page.keyboard.press("Enter");
  await expect.poll(async () => (await group(desk, id)).verdict).toBe("true");
  await expect(page.getByText("Đã đối chiếu với nhật ký của đơn vị vận hành")).toBeVisible();

  await page.keyboard.press("z");
  await expect.poll(async () => (await group(desk, id)).state).toBe("taken");

  await page.keyboard.press("Escape");
  await expect(page).toHaveURL(/\/queue/);
  await expect(page.getByRole("grid")).toBeFocused();
  expect(await cursorId(page)).toBe(id);
  expect(await page.evaluate(() => (window as unknown as { mouse: number }).mouse)).toBe(0);
});

test("test_group_then_ack_removes_rows: a closed row leaves at once and the cursor goes to the same rule", async () => {
  const { page } = desk;
  await page.keyboard.press("j");
  const id = await cursorId(page);
  const total = Number(await page.getByRole("grid").getAttribute("aria-rowcount"));
  await page.keyboard.press("4");
  await expect(page.locator(`#row-${id}`)).toHaveCount(0);
  expect(await cursorId(page)).not.toBe(id);
  await expect.poll(async () => (await group(desk, id)).verdict).toBe("duplicate");
  await expect.poll(async () => Number(await page.getByRole("grid").getAttribute("aria-rowcount"))).toBe(total - 1);
  await page.keyboard.press("z");
  await expect(page.locator(`#row-${id}`)).toHaveCount(1);
  // Closing takes first, in one act of one person: undo gives back what was before the act.
  await expect.poll(async () => (await group(desk, id)).state).toBe("new");
});

test("several selected rows are taken at once and undone at once", async () => {
  const { page } = desk;
  const ids: string[] = [];
  for (let count = 0; count < 3; count++) {
    ids.push(await cursorId(page));
    await page.keyboard.press("x");
    await page.keyboard.press("j");
  }
  await expect(page.getByText("Đã chọn 3 dòng")).toBeVisible();
  await page.keyboard.press("e");
  for (const id of ids) await expect.poll(async () => (await group(desk, id)).state).toBe("taken");
  await page.keyboard.press("z");
  for (const id of ids) await expect.poll(async () => (await group(desk, id)).state).toBe("new");
});

test("a change that somebody else made first comes back with the reason", async ({ browser }) => {
  const { page } = desk;
  const id = await cursorId(page);
  await page.keyboard.press("Shift+P");
  const other = await openDesk(browser);
  await openQueue(other.page, FRESH);
  expect(await cursorId(other.page)).toBe(id);
  await other.page.keyboard.press("e");
  await expect.poll(async () => (await group(desk, id)).state).toBe("taken");
  await page.keyboard.press("e");
  await expect(page.getByRole("alert").filter({ hasText: /\S/ })).toBeVisible();
  await other.page.keyboard.press("z");
  await expect.poll(async () => (await group(desk, id)).state).toBe("new");
  await other.context.close();
});

test("handing over needs a reason and changes the assignee", async () => {
  const { page } = desk;
  const id = await cursorId(page);
  await page.keyboard.press("a");
  const dialog = page.getByRole("dialog");
  await expect(dialog.getByLabel("Giao cho")).toBeFocused();
  await page.keyboard.insertText("truong ca");
  await expect(page.getByRole("option", { name: /Trưởng ca/ }).first()).toBeVisible();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await expect(dialog.getByLabel("Giao cho")).toHaveValue(/Trưởng ca/);
  await page.keyboard.press("Tab");
  if (!(await dialog.getByLabel("Lý do").evaluate((field) => field === document.activeElement))) {
    await page.keyboard.press("Tab");
  }
  await page.keyboard.insertText("Cần trưởng ca xem");
  await page.keyboard.press("Enter");
  await expect.poll(async () => (await group(desk, id)).assignee).toMatch(/shift_lead/);
  await page.keyboard.press("z");
  await expect.poll(async () => (await group(desk, id)).assignee).not.toMatch(/shift_lead/);
});

test("S shows to whom and why, escalates with a reason, Z takes it back, and what is closed is refused in words", async () => {
  const { page } = desk;
  const id = await cursorId(page);
  await page.keyboard.press("s");
  const dialog = page.getByRole("dialog");
  await expect(dialog.getByLabel("Lý do")).toBeFocused();
  const answer = await desk.context.request.get(`${address()}/api/v1/groups/${id}/escalation`);
  const preview = await answer.json();
  for (const said of [preview.to.name.vi, preview.rule.text.vi, preview.rule.basis.text.vi, preview.notices[0].name.vi, preview.follows.vi]) {
    await expect(dialog).toContainText(said);
  }
  await page.keyboard.insertText("Vượt quá khả năng của ca này");
  await page.keyboard.press("Enter");
  await expect(dialog).toHaveCount(0);
  await expect.poll(async () => (await group(desk, id)).assignee).toBe(preview.to.id);
  expect(await cursorId(page)).not.toBe(id);
  await expect(page.getByText(`Đã chuyển cấp đến ${preview.to.name.vi}`).first()).toBeVisible();
  await page.keyboard.press("z");
  await expect.poll(async () => (await group(desk, id)).assignee).toBe(account());

  await page.goto(`${address()}/queue?tab=linked&dataset=live`);
  await expect(rows(page).first()).toBeVisible();
  await page.keyboard.press("s");
  await expect(page.getByRole("dialog").getByRole("alert")).toHaveText(/\S/);
  await expect(page.getByRole("dialog").getByLabel("Lý do")).toHaveCount(0);
});

test("test_every_change_shows_who_when_why", async () => {
  const { page } = desk;
  await page.keyboard.press("o");
  await expect(page.getByRole("heading", { level: 1 })).toBeFocused();
  await page.keyboard.press("c");
  const words = `Ghi chú ${Date.now()}`;
  await page.keyboard.insertText(words);
  await page.keyboard.press("Enter");
  const entry = page.getByRole("listitem").filter({ hasText: words });
  await expect(entry).toContainText(`Chuyên viên phân tích ${account().slice(-1)}`);
  await expect(entry.locator("time")).toHaveText(/^\d\d\/\d\d\/\d{4} \d\d:\d\d:\d\d$/);
  await expect(entry.locator("time")).toHaveAttribute("title", /UTC$/);
});

test("test_next_in_group: after an act the cursor goes on in its group, by the setting that is kept, and to another only when it is done", async () => {
  const { page } = desk;
  const ALL = "&filter=state:new";
  const rule = () => cursorRow(page).locator("strong").textContent();
  await openQueue(page, `${ALL}&sort=oldest`);
  // A row with another of its kind further down and one of another kind right below it.
  const place = (kinds: readonly string[]): number => {
    const at = kinds.findIndex((kind, index) => kinds[index + 1] !== kind && kinds.indexOf(kind, index + 1) > 0);
    expect(at).toBeGreaterThanOrEqual(0);
    return at;
  };
  const names = await rows(page).locator("strong").allTextContents();
  const at = place(names);
  for (let step = 0; step < at; step++) await page.keyboard.press("j");
  const first = await cursorId(page);
  await page.keyboard.press("4");
  await expect(page.locator(`#row-${first}`)).toHaveCount(0);
  expect(await rule()).toBe(names[at]);
  await page.keyboard.press("z");
  await expect(page.locator(`#row-${first}`)).toHaveCount(1);

  // Grouped by asset: the next is of the same asset, whatever its rule.
  await openQueue(page, `${ALL}&sort=oldest&group=asset`);
  const assets = await rows(page).locator('[data-column="where"]').allTextContents();
  const there = place(assets);
  for (let step = 0; step < there; step++) await page.keyboard.press("j");
  const second = await cursorId(page);
  await page.keyboard.press("4");
  await expect(page.locator(`#row-${second}`)).toHaveCount(0);
  expect(await cursorRow(page).locator('[data-column="where"]').textContent()).toBe(assets[there]);
  await page.keyboard.press("z");
  await expect(page.locator(`#row-${second}`)).toHaveCount(1);

  // Switched off, and kept by the browser: the nearest row, however it is called.
  await page.getByRole("button", { name: "Bố cục" }).press("Enter");
  await page.getByRole("menuitemcheckbox", { name: /Chuyển sang dòng sau cùng nhóm/ }).press("Enter");
  await page.keyboard.press("Escape");
  await openQueue(page, `${ALL}&sort=oldest`);
  for (let step = 0; step < at; step++) await page.keyboard.press("j");
  const third = await cursorId(page);
  const below = await rows(page).nth(at + 1).getAttribute("id");
  await page.keyboard.press("4");
  await expect(page.locator(`#row-${third}`)).toHaveCount(0);
  expect(`row-${await cursorId(page)}`).toBe(below);
  await page.keyboard.press("z");
  await expect.poll(async () => (await group(desk, third)).state).toBe("new");
});

test("N and P walk through the rows of one rule, and through the alerts of one group", async () => {
  const { page } = desk;
  const rule = await cursorRow(page).locator("strong").textContent();
  const first = await cursorId(page);
  await page.keyboard.press("n");
  expect(await cursorId(page)).not.toBe(first);
  expect(await cursorRow(page).locator("strong").textContent()).toBe(rule);
  await page.keyboard.press("p");
  expect(await cursorId(page)).toBe(first);

  await openQueue(page, "&tab=team&sort=oldest");
  const many = rows(page).filter({ hasText: "×" }).first();
  const id = ((await many.getAttribute("id")) ?? "").replace("row-", "");
  await page.goto(page.url().replace("/queue", `/alerts/${id}`));
  await expect(page.getByText(/^1 trên \d+$/)).toBeVisible();
  await page.keyboard.press("n");
  await expect(page.getByText(/^2 trên \d+$/)).toBeVisible();
  await page.keyboard.press("p");
  await expect(page.getByText(/^1 trên \d+$/)).toBeVisible();
});
