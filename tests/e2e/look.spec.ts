/** How the queue stands on a screen: its columns, its groups on a narrow one, and a focus that is always there and always seen. */
import { expect, type Page, test } from "@playwright/test";
import { cursorId, type Desk, openDesk, openQueue, queueAddress, rows } from "./desk";

let desk: Desk;
test.beforeEach(async ({ browser }) => {
  desk = await openDesk(browser);
});
test.afterEach(async () => {
  await desk.context.close();
});

async function press(page: Page, ...keys: readonly string[]): Promise<void> {
  for (const key of keys) await page.keyboard.press(key);
}

test("columns can be chosen, and the browser keeps them", async () => {
  const { page } = desk;
  await openQueue(page);
  await page.getByRole("button", { name: "Bố cục" }).press("Enter");
  await page.getByRole("menuitemcheckbox", { name: "Tài sản, đơn vị" }).press("Enter");
  await page.keyboard.press("Escape");
  await page.reload();
  await expect(rows(page).first()).toBeVisible();
  await expect(rows(page).first().locator('[data-column="where"]')).toBeHidden();
  await expect(rows(page).first().locator('[data-column="who"]')).toBeVisible();
  await expect(page.getByRole("columnheader")).toHaveCount(6);
});

test("on a narrow screen the groups are a drawer above the list", async ({ browser }) => {
  const narrow = await openDesk(browser, { width: 390 });
  await narrow.page.goto(queueAddress("&group=rule"));
  const drawer = narrow.page.getByRole("complementary").getByRole("button");
  await expect(narrow.page.getByRole("treeitem").first()).toBeHidden();
  const [above, list] = [await drawer.boundingBox(), await narrow.page.getByRole("grid").boundingBox()];
  if (!above || !list) throw new Error("the drawer or the list is not on screen");
  expect([above.width, list.width], "both as wide as the screen").toEqual([390, 390]);
  expect(list.y).toBeGreaterThanOrEqual(above.y + above.height);
  await drawer.click();
  await narrow.page.getByRole("treeitem").first().click();
  await expect(narrow.page).toHaveURL(/at=/);
  await expect(narrow.page.getByRole("treeitem").first()).toBeHidden();
  await expect(rows(narrow.page).first()).toBeVisible();
  expect(await narrow.page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
  await narrow.context.close();
});

test("test_focus_never_lost_or_covered: by J and K, by Tab, through dialogs and when the row under it goes", async () => {
  const { page } = desk;
  await openQueue(page);
  // 2.4.11: at every step the cursor's row is on screen, and nothing lies over its edges.
  const covered = () =>
    page.evaluate(() => {
      const row = document.querySelector("[role=row][data-cursor]");
      const grid = document.querySelector("[role=grid]");
      if (!row || document.activeElement !== grid) return "no cursor, or the focus is elsewhere";
      const box = row.getBoundingClientRect();
      for (const y of [box.top + 2, box.bottom - 3]) {
        const over = document.elementFromPoint(box.left + box.width / 2, y);
        if (!over || !row.contains(over)) return `${row.id} is covered at ${y} by ${over?.outerHTML.slice(0, 80)}`;
      }
      return "";
    });
  for (const key of ["j", "k"]) {
    for (let step = 0; step < 25; step++) {
      await press(page, key);
      expect(await covered()).toBe("");
    }
  }
  for (const key of ["a", "c", "m", "s", "?", "Control+k", ".", "2", "i"]) {
    await press(page, key);
    await expect(page.getByRole("dialog"), key).toBeVisible();
    expect(await page.evaluate(() => document.activeElement?.closest("[role=dialog]") !== null), key).toBe(true);
    await press(page, "Escape");
    // In the field for a person the first Esc closes its list.
    if (key === "a") await press(page, "Escape");
    await expect(page.getByRole("dialog"), key).toHaveCount(0);
    await expect(page.getByRole("grid"), key).toBeFocused();
  }
  const id = await cursorId(page);
  await press(page, "4");
  await expect(page.locator(`#row-${id}`)).toHaveCount(0);
  expect(await covered()).toBe("");
  await press(page, "z");
  await expect(page.locator(`#row-${id}`)).toHaveCount(1);
  await expect(page.getByRole("grid")).toBeFocused();
  // Once around the page by Tab: whatever has the focus can be seen, and there is a way on from everywhere.
  const seen = new Set<string>();
  for (let step = 0; step < 60; step++) {
    await press(page, "Tab");
    const here = await page.evaluate(() => {
      const element = document.activeElement;
      if (!element || element === document.body) return { name: "", problem: "" }; // the browser's own bar
      const box = element.getBoundingClientRect();
      const over = document.elementFromPoint(
        Math.min(innerWidth - 2, Math.max(1, box.left + Math.min(box.width / 2, 20))),
        Math.min(innerHeight - 2, Math.max(1, box.top + Math.min(box.height / 2, 20))),
      );
      const isSeen = box.width > 0 && over !== null && (element.contains(over) || over.contains(element));
      const name = `${element.tagName} ${element.getAttribute("aria-label") ?? element.textContent?.slice(0, 30)} ${Math.round(box.left)}`;
      return { name, problem: isSeen ? "" : `${name} is covered by ${over?.outerHTML.slice(0, 80)}` };
    });
    expect(here.problem).toBe("");
    if (seen.has(here.name)) break;
    seen.add(here.name);
  }
  expect(seen.size).toBeGreaterThan(15);
  expect(seen.size).toBeLessThan(60);
});
