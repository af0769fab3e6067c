/** Help: reached by its keys, true to the registry, found in both languages, and accessible in each language and theme. */
import { expect, test } from "@playwright/test";
import { SHORTCUTS } from "../../web/src/keyboard/registry";
import { findings } from "./axe";
import { openDesk, openQueue } from "./desk";

test("help opens by its keys, lists the whole registry, and has no accessibility finding in either language or theme", async ({ browser }) => {
  const { page, context } = await openDesk(browser);
  await openQueue(page);
  await page.keyboard.press("g");
  await page.keyboard.press("?");
  await expect(page.getByRole("heading", { level: 1, name: "Trợ giúp" })).toBeVisible();
  await expect(page.getByRole("dialog")).toHaveCount(0);
  const listed = await page.locator("[data-shortcut]").evaluateAll((all) => all.map((each) => each.getAttribute("data-shortcut")));
  expect([...listed].sort()).toEqual(Object.keys(SHORTCUTS).sort());
  await expect(page.getByRole("heading", { name: "Đang trực" }).locator("xpath=following-sibling::ul/li").first()).toBeVisible();
  expect(await findings(page), "vi, light").toEqual([]);

  const theme = page.getByRole("banner").getByRole("button", { name: /giao diện|nền/i });
  await theme.click();
  await expect(page.locator("html")).toHaveAttribute("data-mantine-color-scheme", "dark");
  expect(await findings(page), "vi, dark").toEqual([]);
  await page.getByRole("button", { name: "English" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Help" })).toBeVisible();
  expect(await findings(page), "en, dark").toEqual([]);
  await page.getByRole("button", { name: "Tiếng Việt" }).click();
  await context.close();
});

test("a word is found without marks, by keyboard, and one that is not there is said", async ({ browser }) => {
  const { page, context } = await openDesk(browser);
  await openQueue(page);
  await page.keyboard.press("?");
  await page.getByRole("dialog").getByRole("link", { name: /^Trợ giúp/ }).press("Enter");
  await expect(page.getByRole("dialog")).toHaveCount(0);
  const search = page.getByLabel("Tìm thuật ngữ bằng tiếng Việt hoặc tiếng Anh");
  await search.fill("ban giao");
  const words = page.locator("section[aria-labelledby=help-words]").getByRole("row");
  await expect(words.filter({ hasText: "bàn giao ca trực" })).toContainText("shift hand-over");
  await expect(words.filter({ hasText: "phishing" })).toHaveCount(0);
  await search.fill("khongcotunay");
  await expect(page.getByText("Không có thuật ngữ này.")).toBeVisible();
  await context.close();
});
