/**
 * The whole path of a case, as people go it: the recorded lab day came through the real sensor and correlator; an analyst reads why
 * an alert fired, takes it and opens an incident; whoever leads tells everybody the rules name, reports, and asks to close; a person
 * of the other side agrees; the auditor finds every act in a log that holds. Once in each language, with other people and another alert.
 */
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { type Browser, expect as soon, type Locator, type Page, test } from "@playwright/test";
import { address, dataset, type Language, openDesk, queueAddress, rows } from "./desk";
import { answerPrompt, openWithFactor } from "./second_factor";
import { type Owed, owedAtOnce, owedInTheEnd, WORDS, type Words } from "./whole_path_words";

const ROOT = join(__dirname, "../..");
const HOUR_MS = 3_600_000;
// A report's first file, and a walk over the audit log, may take a busy machine half a minute.
const expect = soon.configure({ timeout: 30_000 });
test.use({ actionTimeout: 30_000 });

interface Case {
  readonly language: Language;
  readonly rule: string;
  readonly title: string;
  /** What "why" shows of the recording (lab/expected.yaml): fields of the rule with what the events had in them. */
  readonly why: readonly RegExp[];
  readonly lead: string;
  readonly leadName: string;
  readonly second: string;
  readonly secondName: string;
}

const CASES: readonly Case[] = [
  {
    language: "vi",
    // Two rules in their order: the fields that tie them together are the matched ones.
    rule: "web_shell_called",
    title: "Mã độc webshell đã tải lên và đang được gọi",
    why: [/destination\.ip\s+10\.10\.10\.10/, /file\.name\s+anh-the\.php/, /Tải chương trình PHP lên máy chủ web/],
    lead: "irt.leader",
    leadName: "Đội trưởng ứng cứu sự cố",
    second: "owner.approver",
    secondName: "Người phê duyệt của chủ quản",
  },
  {
    language: "en",
    // One rule upon one event: its comparisons are the matched ones.
    rule: "web_shell_command",
    title: "System command in a request to a script",
    why: [/script\s+url\.path\s+.*\s+\/tai-len\/anh-the\.php/, /upload_folder\s+url\.path/, /system_command\s+url\.query\s+.*=(id|whoami)/],
    lead: "irt.deputy",
    leadName: "Response team deputy",
    second: "police.duty",
    secondName: "City Police duty officer",
  },
];

for (const given of CASES) {
  test(`the whole path in ${given.language}: alert, why, taken, incident, obligations, report, closed by two, audit`, async ({ browser }, info) => {
    test.setTimeout(240_000);
    const words = WORDS[given.language];
    const { language } = given;

    const analyst = await openDesk(browser, { account: await holder(browser, given.rule), language });
    await findAndRead(analyst.page, given, words);
    const number = await openIncident(analyst.page, words);
    await analyst.context.close();

    const lead = await openWithFactor(browser, given.lead, language);
    const { page } = lead;
    await page.goto(`${address()}/incidents/${number}`);
    const owed = owedAtOnce(language);
    await readOwed(page, owed, words);
    await move(page, words.confirm, words.states.confirmed, words, async (dialog) => {
      await dialog.getByLabel(words.type).selectOption({ label: words.systemCompromise });
    });
    const [first, ...others] = owed;
    if (!first) throw new Error("nothing is owed");
    const row = owedRow(page, first, words);
    await settle(page, row, words.tell, words.toldTo, `Trực ban, 0900 000 001, ${number}`);
    await expect(row).toContainText(words.awaited);
    await settle(page, row, words.receiptCame, words.receipt, "12/BB-ĐƯC");
    await expect(row).toContainText(words.done);
    await expect(row).toContainText("12/BB-ĐƯC");

    await move(page, words.contain, words.states.contained, words, async (dialog) => {
      await dialog.getByLabel(words.evidence).fill("Ảnh đĩa cong-tt, SHA-256 trong biên bản 07");
      await dialog.getByLabel(words.what).fill("Cô lập cong-tt lúc 12 giờ");
    });
    await move(page, words.eradicate, words.states.eradicated, words, async (dialog) => {
      await dialog.getByLabel(words.rootCause).fill("Biểu mẫu nộp hồ sơ nhận tệp PHP");
    });
    const report = await makeReport(page, words.detailed, number, words);
    for (const form of ["DOCX", "PDF"] as const) {
      const text = await download(page, report, form, info.outputPath(`report.${form.toLowerCase()}`));
      for (const fact of [words.nation, words.detailed, number, "cong-tt", "Biểu mẫu nộp hồ sơ nhận tệp PHP", "Cô lập cong-tt lúc 12 giờ"])
        expect(text, `${form}: ${fact}`).toContain(fact);
    }

    await page.getByRole("navigation", { name: words.parts }).getByRole("link", { name: words.overview }).click();
    for (const each of others) await confirmReceipt(page, each, words);
    await move(page, words.recover, words.states.recovered, words, async (dialog) => {
      await dialog.getByLabel(words.checked).fill("Quét lại, đổi mật khẩu, theo dõi 24 giờ");
      await dialog.getByLabel(words.operator).selectOption({ label: words.operatorName });
    });
    for (const each of owedInTheEnd(language)) {
      await expect(owedRow(page, each, words)).toContainText(each.basis);
      await confirmReceipt(page, each, words);
    }

    await page.getByRole("toolbar", { name: words.acts }).getByRole("button", { name: words.close }).click();
    const dialog = page.getByRole("dialog", { name: words.close });
    await dialog.getByLabel(words.resolution).fill("Đã gỡ tệp, vá biểu mẫu");
    await dialog.getByLabel(words.impact).fill("Cổng tạm dừng 40 phút");
    await dialog.getByLabel(words.lessons).fill("Chỉ nhận PDF và ảnh");
    await dialog.getByRole("button", { name: words.askApproval }).press("Enter");
    await answerPrompt(page, lead.secret, language);
    await expect(dialog).toHaveCount(0);
    await expect(page.getByRole("region", { name: words.approvals })).toContainText(words.waits);
    await expect(heading(page)).toContainText(words.states.recovered);
    await lead.context.close();

    const second = await openWithFactor(browser, given.second, language);
    await second.page.goto(`${address()}/incidents/${number}`);
    const approvals = second.page.getByRole("region", { name: words.approvals });
    await expect(approvals).toContainText(given.leadName);
    await expect(approvals).toContainText("Chỉ nhận PDF và ảnh");
    await approvals.getByRole("button", { name: words.approve }).press("Enter");
    await second.page.getByRole("dialog").getByRole("button", { name: words.carryOut }).press("Enter");
    await answerPrompt(second.page, second.secret, language);
    await expect(heading(second.page)).toContainText(words.states.closed);
    await expect(approvals).toContainText(words.granted);
    await expect(second.page.getByRole("region", { name: words.moves })).toContainText(given.secondName);
    await second.context.close();

    await verify(browser, number, given, words);
  });
}

/** Who has the alert: the rules gave it to them when it came. */
async function holder(browser: Browser, rule: string): Promise<string> {
  const { context } = await openDesk(browser, { account: "irt.shift_lead.2" });
  const answer = await context.request.get(`${address()}/api/v1/alerts?tab=team&limit=200&dataset=${dataset()}`);
  const found: { rows: { rule_name: string; assignee: { id: string } }[] } = await answer.json();
  await context.close();
  const row = found.rows.find((each) => each.rule_name === rule);
  if (!row) throw new Error(`the lab day made no alert of ${rule}`);
  return row.assignee.id;
}

async function findAndRead(page: Page, { rule, title, why }: Case, words: Words): Promise<void> {
  await page.goto(queueAddress());
  await expect(page.getByRole("grid")).toBeFocused();
  await page.keyboard.press("/");
  await page.keyboard.type(`rule:${rule}`);
  await page.keyboard.press("Enter");
  await expect(rows(page)).toHaveCount(1);
  await page.getByRole("grid").focus();
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { level: 1, name: title })).toBeFocused();
  const fired = page.getByRole("region", { name: words.why });
  await expect(fired).toContainText(rule);
  const shown = await fired.innerText();
  for (const each of why) expect(shown).toMatch(each);
  await expect(page.getByRole("region", { name: words.whoAndWhy })).toContainText("vn-2026");
  await page.keyboard.press("e");
  await expect(page.locator("header").filter({ has: page.locator("#alert-title") })).toContainText(words.taken);
}

async function openIncident(page: Page, words: Words): Promise<string> {
  await page.keyboard.press("i");
  const dialog = page.getByRole("dialog");
  await expect(dialog.getByLabel(words.title, { exact: true })).toBeFocused();
  await dialog.getByLabel(words.webShell).selectOption({ label: words.yes });
  const preview = dialog.getByRole("region", { name: words.preview });
  await expect(preview).toContainText(words.grave);
  await expect(preview).toContainText(words.reason);
  await dialog.getByRole("button", { name: words.open }).press("Enter");
  await expect(page).toHaveURL(/\/incidents\/SC-\d{4}-\d{4}/);
  await expect(heading(page)).toContainText(words.grave);
  await expect(heading(page)).toContainText(words.reason);
  return /SC-\d{4}-\d{4}/.exec(page.url())?.[0] ?? "";
}

function heading(page: Page): Locator {
  return page.locator("header").filter({ has: page.locator("#incident-title") });
}

function owedRow(page: Page, { code, recipient }: Owed, words: Words): Locator {
  const row = page.getByRole("region", { name: words.owed }).getByRole("row");
  return row.filter({ has: page.locator("code", { hasText: code }) }).filter({ hasText: recipient });
}

/** Each with its recipient, its basis and the deadline that the signed rules give. */
async function readOwed(page: Page, owed: readonly Owed[], words: Words): Promise<void> {
  await expect(page.getByRole("region", { name: words.owed }).getByRole("row")).toHaveCount(owed.length + 1);
  const detected = heading(page).locator("dl > div").filter({ hasText: words.detected }).locator("time");
  const from = Date.parse((await detected.getAttribute("datetime")) ?? "");
  for (const each of owed) {
    const row = owedRow(page, each, words);
    await expect(row, `${each.code} ${each.recipient}`).toContainText(each.basis);
    if (each.hours === undefined) continue;
    const due = Date.parse((await row.locator("time").first().getAttribute("datetime")) ?? "");
    expect(due - from, `${each.code} ${each.recipient}`).toBe(each.hours * HOUR_MS);
  }
}

/** One step of the table; what it asks is filled in by `fill`. */
async function move(page: Page, act: string, state: string, words: Words, fill: (dialog: Locator) => Promise<void>): Promise<void> {
  await page.getByRole("toolbar", { name: words.acts }).getByRole("button", { name: act, exact: true }).click();
  const dialog = page.getByRole("dialog", { name: act });
  await fill(dialog);
  await dialog.getByRole("button", { name: act, exact: true }).press("Enter");
  await expect(dialog).toHaveCount(0);
  await expect(heading(page)).toContainText(state);
}

async function settle(page: Page, row: Locator, act: string, label: string, text: string): Promise<void> {
  await row.getByRole("button", { name: new RegExp(`^${act}: `) }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel(label).fill(text);
  await dialog.getByRole("button", { name: act, exact: true }).press("Enter");
  await expect(dialog).toHaveCount(0);
}

async function confirmReceipt(page: Page, each: Owed, words: Words): Promise<void> {
  const row = owedRow(page, each, words);
  if ((await row.innerText()).includes(words.cancelled)) return;
  await settle(page, row, words.receiptCame, words.receipt, `Xác nhận ${each.code}`);
  await expect(row).toContainText(words.done);
}

async function makeReport(page: Page, title: string, number: string, words: Words): Promise<Locator> {
  await page.getByRole("navigation", { name: words.parts }).getByRole("link", { name: words.reports }).click();
  await page.getByRole("region", { name: title }).getByRole("button", { name: words.make }).press("Enter");
  await page.getByRole("dialog").getByRole("button", { name: words.makeIt }).press("Enter");
  const row = page.getByRole("row").filter({ hasText: title }).first();
  await expect(row, number).toBeVisible();
  return row;
}

/** The words of the file that the person saved. */
async function download(page: Page, row: Locator, form: string, path: string): Promise<string> {
  const saved = page.waitForEvent("download", { timeout: 60_000 });
  await row.getByRole("button", { name: new RegExp(`^${form} `) }).click();
  await (await saved).saveAs(path);
  return execFileSync(process.env["KHIEN_PYTHON"] ?? "python3", ["-m", "tests.e2e.words_of", path], { cwd: ROOT, encoding: "utf-8" });
}

/** The auditor walks the chain, and finds who did what to this incident. */
async function verify(browser: Browser, number: string, { language, lead, second }: Case, words: Words): Promise<void> {
  const { page, context } = await openDesk(browser, { account: "auditor", language });
  await page.goto(`${address()}/audit`);
  await page.getByRole("button", { name: words.verify }).press("Enter");
  const result = page.getByText(words.whole);
  await expect(result).toBeVisible();
  expect(Number(words.whole.exec((await result.textContent()) ?? "")?.[1])).toBeGreaterThan(50);
  await page.getByLabel(words.subject, { exact: true }).fill(`incident/${number}`);
  await page.getByRole("button", { name: words.filter, exact: true }).press("Enter");
  await expect(page).toHaveURL(new RegExp(number));
  const records = page.getByRole("region", { name: words.records }).last();
  for (const [who, act] of [
    [lead, "incident.confirm"],
    [lead, "incident.fulfil"],
    [lead, "report.read"],
    [lead, "approval.asked"],
    [second, "approval.granted"],
    [lead, "incident.close"],
  ] as const)
    await expect(records.getByRole("row").filter({ hasText: who }).filter({ hasText: act }).first(), `${who} ${act}`).toBeVisible();
  await context.close();
}
