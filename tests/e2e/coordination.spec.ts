/** The coordination rules: read, asked, drafted, refused; as the officer who has a case, and as the leader who changes them. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type Browser, expect, type Page, test } from "@playwright/test";
import { code } from "./authenticator";
import { findings } from "./axe";
import { address, type Desk, openDesk, password } from "./desk";

const LEADER = "irt.leader";
const SHIPPED = join(__dirname, "../../coordination/vn-2026");

async function clean(page: Page, what: string): Promise<void> {
  expect(await findings(page), what).toEqual([]);
}

const asLeader = (browser: Browser): Promise<Desk> => openDesk(browser, { account: LEADER });

/** A desk whose second factor is set up and was just shown, past the page. */
async function asSigner(browser: Browser, account: string): Promise<Desk> {
  const desk = await openDesk(browser, { account });
  const { csrf } = await (await desk.context.request.get(`${address()}/api/v1/session`)).json();
  const headers = { Origin: address(), "X-CSRF-Token": csrf };
  const url = `${address()}/api/v1/session/second-factor`;
  const begun = await desk.context.request.post(url, { headers, data: { password: password() } });
  expect(begun.status(), await begun.text()).toBeLessThan(300);
  const confirmed = await desk.context.request.put(url, { headers, data: { code: code((await begun.json()).secret) } });
  expect(confirmed.status(), await confirmed.text()).toBeLessThan(300);
  return desk;
}

/** What somebody reads from the signed paper and types. */
async function enterPaper(page: Page, typed: string): Promise<void> {
  await page.getByLabel("Bên đã ký").selectOption("city_police");
  await page.getByLabel("Người ký (tài khoản)").fill("police.investigator.1");
  await page.getByLabel("Ngày ghi trên văn bản").fill("2026-11-20");
  await page.getByRole("textbox", { name: "Số văn bản" }).fill("45/QC-CATP");
  await page.getByLabel(/^Bản quét văn bản/).setInputFiles({ name: "scan.pdf", mimeType: "application/pdf", buffer: Buffer.from("abc") });
  // SHA-256 of "abc" (FIPS 180-4, appendix).
  await expect(page.getByLabel("SHA-256 của bản quét")).toHaveValue("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  await page.getByLabel(/^Giá trị băm rút gọn/).fill(typed);
  await page.getByRole("button", { name: "Nhập", exact: true }).click();
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
  test.setTimeout(240_000);
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

test("a signature on paper counts when two persons of different homes entered the same; then the leader withdraws the version", async ({ browser }) => {
  test.setTimeout(240_000);
  const head = await asSigner(browser, "pc_office.head");
  await head.page.goto(`${address()}/coordination/versions`);
  await head.page.getByRole("link", { name: "vn-2026 2027.1" }).click();
  const short = (await head.page.getByRole("region", { name: "Trạng thái" }).getByRole("code").textContent()) ?? "";
  await clean(head.page, "signing");
  await enterPaper(head.page, "0000-0000-0000-0000");
  await expect(head.page.getByRole("alert").filter({ hasText: /băm/ }).first()).toBeVisible();
  await enterPaper(head.page, short);
  await expect(head.page.getByText(/Đã nhập một lần, chờ người thứ hai/)).toBeVisible();
  await expect(head.page.getByText("Dự thảo, chưa ai ký")).toBeVisible();
  const where = head.page.url();
  await head.context.close();

  const investigator = await asSigner(browser, "police.investigator.1");
  await investigator.page.goto(where);
  await enterPaper(investigator.page, short.toUpperCase());
  await expect(investigator.page.getByText("Bên B đã ký, bên A chưa ký")).toBeVisible();
  await expect(investigator.page.getByRole("region", { name: "Chữ ký", exact: true })).toContainText("45/QC-CATP");
  await investigator.context.close();

  const leader = await asLeader(browser);
  await leader.page.goto(where);
  await leader.page.getByLabel("Lý do").fill("Hai bên thống nhất soạn lại");
  await leader.page.getByRole("button", { name: "Rút phiên bản" }).click();
  await expect(leader.page.getByRole("region", { name: "Trạng thái" })).toContainText("Đã rút");
  await expect(leader.page.getByRole("region", { name: "Diễn biến" }).last()).toContainText("Hai bên thống nhất soạn lại");
  await leader.context.close();
});

test("a version that is not there is said so", async ({ browser }) => {
  const { page, context } = await asLeader(browser);
  await page.goto(`${address()}/coordination/versions/${"0".repeat(64)}`);
  await expect(page.getByRole("alert").filter({ hasText: /./ }).first()).toContainText("0000-0000-0000-0000");
  await context.close();
});
