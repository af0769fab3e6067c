/** The coordination rules: read, asked, drafted, refused; as the officer who has a case, and as the leader who changes them. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import AxeBuilder from "@axe-core/playwright";
import { type Browser, expect, type Page, test } from "@playwright/test";
import { address, type Desk, openDesk, password } from "./desk";

const TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];
const LEADER = "irt.leader";
const SHIPPED = join(__dirname, "../../coordination/vn-2026");

async function clean(page: Page, what: string): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).withTags(TAGS).analyze();
  expect(violations.map((found) => `${found.id}: ${found.nodes.map((node) => node.target.join(" ")).slice(0, 3).join(" | ")}`), what).toEqual([]);
}

async function asLeader(browser: Browser): Promise<Desk> {
  const desk = await openDesk(browser, { isLoggedIn: false });
  const data = { account: LEADER, password: password() };
  const answer = await desk.context.request.post(`${address()}/api/v1/session`, { data, headers: { Origin: address() } });
  expect(answer.status(), await answer.text()).toBe(200);
  return desk;
}

/** The shipped files as one text, each below its name. */
function pasted(change: (name: string, text: string) => string): string {
  const names = readdirSync(SHIPPED, { recursive: true, encoding: "utf-8" }).filter((name) => name.endsWith(".yaml") && name !== "signatures.yaml");
  return names.map((name) => `### ${name}\n${change(name, readFileSync(join(SHIPPED, name), "utf-8"))}`).join("\n");
}

test("the rules are found by keyboard and read without marks: G C, / and two words", async ({ browser }) => {
  const { page, context } = await openDesk(browser);
  await page.goto(`${address()}/queue`);
  await expect(page.getByRole("grid")).toBeFocused();
  await page.keyboard.press("g");
  await page.keyboard.press("c");
  await expect(page.getByRole("heading", { level: 1, name: "Quy chế phối hợp" })).toBeVisible();
  await expect(page.getByRole("region", { name: "Mức độ sự cố" }).last()).toBeVisible();
  await clean(page, "rules");

  await page.keyboard.press("/");
  await expect(page.getByRole("searchbox", { name: "Tìm trong quy chế" })).toBeFocused();
  await page.keyboard.type("bao ho so vi pham");
  await expect(page.getByRole("row", { name: /Biên bản vi phạm dữ liệu cá nhân/ })).toBeVisible();
  await expect(page.getByRole("row", { name: /Báo điều tra viên/ })).toHaveCount(0);
  await page.keyboard.press("Escape");
  await expect(page.getByRole("row", { name: /Báo điều tra viên/ })).toBeVisible();
  // Whoever may not change the rules is not offered to simulate or draft them.
  await expect(page.getByRole("link", { name: "Chạy thử" })).toHaveCount(0);
  await context.close();
});

test("a case from an address is answered: class, lead, deadlines and basis; an answer more makes it graver", async ({ browser }) => {
  const { page, context } = await openDesk(browser);
  const at = Date.parse("2026-11-10T09:00:00+07:00") * 1000;
  const facts = encodeURIComponent(JSON.stringify({ data_leaked: true }));
  const flags = encodeURIComponent(JSON.stringify(["pd"]));
  const systems = encodeURIComponent(JSON.stringify(["dvc"]));
  await page.goto(`${address()}/coordination/who?systems=${systems}&flags=${flags}&facts=${facts}&detected=${at}`);
  const verdict = page.getByRole("region", { name: "Mức độ và chủ trì" });
  await expect(verdict).toContainText("M3");
  // G12 of the signed worked cases becomes G19 when 2,400 persons are known.
  await page.getByLabel("Số chủ thể dữ liệu").fill("2400");
  await expect(verdict).toContainText("M2");
  await expect(verdict).toContainText("s205");
  const owed = page.getByRole("region", { name: "Phải báo cho ai, trước thời điểm nào" }).last();
  await expect(owed.getByRole("row", { name: /Thông báo ban đầu/ }).first()).toContainText("11/11/2026 09:00:00");
  await expect(owed).toContainText("Nghị định 331/2026/NĐ-CP");
  await expect(page).toHaveURL(/subjects/);
  await clean(page, "who would get this");
  await context.close();
});

test("a leader's draft is checked with file and line, and its differences are told in words", async ({ browser }) => {
  test.setTimeout(120_000);
  const { page, context } = await asLeader(browser);
  await page.goto(`${address()}/coordination/draft`);
  const field = page.getByRole("textbox", { name: /hoặc dán vào đây/ });
  await field.fill(pasted((name, text) => (name === "requests.yaml" ? text.replace("urgent_hours: 3", "urgent_hours: ba") : text)));
  await page.getByRole("button", { name: "Kiểm tra nội dung đã dán" }).click();
  const faults = page.getByRole("region", { name: "Cần sửa" });
  await expect(faults).toContainText("requests.yaml");
  await expect(faults).toContainText("dòng 4");
  await clean(page, "draft with a fault");

  await field.fill(pasted((name, text) => (name === "policy.yaml" ? text.replace('version: "2026.1"', 'version: "2028.1"') : text)));
  await page.getByRole("button", { name: "Kiểm tra nội dung đã dán" }).click();
  await expect(page.getByRole("button", { name: "Lưu làm dự thảo" })).toBeVisible();
  await expect(page.getByRole("region", { name: "Thay đổi so với phiên bản đang có hiệu lực" })).toContainText("2026.1 → 2028.1");
  await context.close();
});

test("a version shows its steps, what it changes, and who may sign; it is simulated over past incidents", async ({ browser }) => {
  const { page, context } = await asLeader(browser);
  await page.goto(`${address()}/coordination/versions`);
  await clean(page, "versions");
  await page.getByRole("link", { name: "vn-2026 2027.1" }).click();
  await expect(page.getByText("Dự thảo, chưa ai ký")).toBeVisible();
  await expect(page.getByRole("region", { name: "Thay đổi so với phiên bản đang có hiệu lực" })).toContainText("4 → 3");
  // The leader drafts; signing is for one person of each side.
  await expect(page.getByText(/Mỗi bên một người ký/)).toBeVisible();
  await expect(page.getByRole("button", { name: "Nộp chữ ký" })).toHaveCount(0);
  await clean(page, "version");

  await page.getByRole("link", { name: "Chạy thử" }).last().click();
  await page.getByRole("button", { name: "Xét lại sự cố đã qua" }).click();
  await expect(page.getByText(/Đã xét \d+ trên \d+ sự cố/)).toBeVisible();
  await page.getByRole("button", { name: "Phân công lại cảnh báo đã qua" }).click();
  await expect(page.getByText(/Giả định: người được gọi/)).toBeVisible();
  await clean(page, "simulation");
  await context.close();
});

test("a version that is not there is said so", async ({ browser }) => {
  const { page, context } = await asLeader(browser);
  await page.goto(`${address()}/coordination/versions/${"0".repeat(64)}`);
  await expect(page.getByRole("alert").filter({ hasText: /./ }).first()).toContainText("0000-0000-0000-0000");
  await context.close();
});
