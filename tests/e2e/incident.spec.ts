/** Incidents: found, read, worked by keyboard, opened from alerts; what the server refuses is said where it was asked. */
import AxeBuilder from "@axe-core/playwright";
import { type Browser, expect, type Page, test } from "@playwright/test";
import { address, openDesk, password, queueAddress, rows } from "./desk";

const TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];
const LEAD = "irt.shift_lead.2";
// A notice of a grave case that goes outside is the leader's to send (response design, section 16).
const LEADER = "irt.leader";

async function findings(page: Page): Promise<readonly string[]> {
  const { violations } = await new AxeBuilder({ page }).withTags(TAGS).analyze();
  return violations.map((found) => `${found.id}: ${found.nodes.map((node) => node.target.join(" ")).slice(0, 3).join(" | ")}`);
}

async function deskOf(browser: Browser, account: string) {
  const desk = await openDesk(browser, { isLoggedIn: false });
  const answer = await desk.context.request.post(`${address()}/api/v1/session`, {
    data: { account, password: password() },
    headers: { Origin: address() },
  });
  expect(answer.status()).toBe(200);
  const { csrf } = await answer.json();
  return { ...desk, csrf: String(csrf) };
}

test("the list filters by its address, opens an incident, and an act is done by keyboard with who and why", async ({ browser }) => {
  const { page, context } = await deskOf(browser, LEADER);
  await page.goto(queueAddress());
  await expect(rows(page).first()).toBeVisible();
  await page.keyboard.press("g");
  await page.keyboard.press("i");
  await expect(page).toHaveURL(/\/incidents$/);
  await expect(page.getByRole("dialog")).toHaveCount(0);
  await expect(page.getByRole("table").first()).toBeVisible();
  expect(await findings(page), "list").toEqual([]);

  await page.getByLabel("Mức", { exact: true }).selectOption("M2");
  await expect(page).toHaveURL(/severity=M2/);
  await expect(page.getByRole("cell", { name: /M[134]/ })).toHaveCount(0);
  const shown = await page.getByRole("cell", { name: "M2 nghiêm trọng" }).count();
  expect(shown).toBeGreaterThan(0);
  await expect(page.getByRole("status").filter({ hasText: "sự cố phù hợp" })).toHaveText(`${shown} sự cố phù hợp`);
  await page.getByRole("link", { name: /webshell/ }).press("Enter");
  await expect(page.getByRole("heading", { level: 1 })).toBeFocused();
  await expect(page.getByRole("heading", { name: "Phải thông báo cho ai" })).toBeVisible();
  await expect(page.getByText("Căn cứ: điểm d khoản 2 Điều 31 Nghị định 331/2026").first()).toBeVisible();
  expect(await findings(page), "incident").toEqual([]);

  const told = page.getByRole("button", { name: /^Đã báo: Thông báo ban đầu/ }).first();
  await told.press("Enter");
  await expect(page.getByRole("dialog")).toBeVisible();
  expect(await findings(page), "dialog").toEqual([]);
  await expect(page.getByRole("textbox")).toBeFocused();
  await page.keyboard.insertText("Trực ban PA05, công văn 12/ĐƯC");
  await page.getByRole("dialog").getByRole("button", { name: "Đã báo" }).press("Enter");
  await expect(page.getByRole("dialog")).toHaveCount(0);
  await expect(page.getByText("Trực ban PA05, công văn 12/ĐƯC")).toBeVisible();
  await context.close();
});

test("a graver class follows from answers, previewed by the rules; a grave case is not one person's to close or lower", async ({ browser }) => {
  const { page, context, csrf } = await deskOf(browser, LEAD);
  const opened = await context.request.post(`${address()}/api/v1/incidents`, {
    data: { title: "Máy trạm có dấu hiệu bị mã hóa", assets: ["lan-p-tan-hoa"], facts: { malware: true } },
    headers: { Origin: address(), "X-CSRF-Token": csrf },
  });
  expect(opened.status(), await opened.text()).toBe(201);
  await page.goto(`${address()}/incidents?words=dau+hieu+bi+ma+hoa`);
  await page.getByRole("link", { name: /dấu hiệu bị mã hóa/ }).first().click();
  await page.getByRole("button", { name: "Câu trả lời và dấu hiệu" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Dữ liệu bị mã hóa").selectOption("true");
  await expect(dialog.getByRole("region", { name: /Quy chế nói gì/ })).toContainText("M2 nghiêm trọng");
  await dialog.getByLabel("Lý do").fill("Hai máy có tệp bị mã hóa");
  await dialog.getByRole("button", { name: "Ghi bản đánh giá" }).click();
  await expect(dialog).toHaveCount(0);
  await expect(page.locator("header").filter({ has: page.getByRole("heading", { level: 1 }) })).toContainText("M2 nghiêm trọng");

  // A shift lead is no party of this act: the button says so before anything is filled in.
  await page.getByRole("button", { name: /^Trả lại/ }).click();
  await expect(dialog.getByRole("alert")).toBeVisible();
  await expect(dialog.getByRole("button", { name: "Đề nghị phê duyệt" })).toBeDisabled();
  await page.keyboard.press("Escape");
  await expect(dialog).toHaveCount(0);
  await context.close();
});

test("key I puts an alert into a new incident, and the incident shows it", async ({ browser }) => {
  const { page, context } = await deskOf(browser, LEAD);
  await page.goto(`${address()}/queue?dataset=live&sort=newest`);
  await expect(rows(page).first()).toBeVisible();
  await page.keyboard.press("i");
  const dialog = page.getByRole("dialog");
  await expect(dialog.getByLabel("Tên sự cố")).toBeFocused();
  await expect(dialog.getByRole("region", { name: /Quy chế nói gì/ })).toContainText(/M[1-4]/);
  await dialog.getByLabel("Tên sự cố").fill("Sự cố mở từ hàng đợi");
  await dialog.getByRole("button", { name: "Mở sự cố" }).press("Enter");
  await expect(page).toHaveURL(/\/incidents\/SC-\d{4}-\d{4}/);
  await expect(page.getByRole("heading", { level: 1 })).toContainText("Sự cố mở từ hàng đợi");
  await expect(page.locator("#groups").locator("xpath=ancestor::section").getByRole("link")).toHaveCount(1);
  await context.close();
});
