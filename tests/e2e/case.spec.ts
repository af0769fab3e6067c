/** The work of a case: comments and tasks, timeline and reports, by keyboard, against the real server. */
import { expect, test } from "@playwright/test";
import { findings } from "./axe";
import { address, type Desk, openDesk } from "./desk";

/** The gravest one is the first that the scene opened. */
async function firstIncident(desk: Desk): Promise<string> {
  const answer = await desk.context.request.get(`${address()}/api/v1/incidents?limit=200`);
  const { rows } = await answer.json();
  return rows.map((row: { id: string }) => row.id).sort()[0];
}

test("a comment is written by keyboard and withdrawn; it is never changed", async ({ browser }) => {
  const desk = await openDesk(browser);
  const { page, context } = desk;
  const incident = await firstIncident(desk);
  await page.goto(`${address()}/incidents/${incident}?part=work`);
  const field = page.getByRole("combobox", { name: "Viết trao đổi" });
  await field.focus();
  await page.keyboard.type("Đã gọi @irt.l");
  await expect(page.getByRole("option", { name: /irt\.leader/ })).toBeVisible();
  await page.keyboard.press("Enter");
  await expect(field).toHaveValue("Đã gọi @irt.leader ");
  await page.keyboard.type("lúc 21 giờ");
  expect(await findings(page)).toEqual([]);
  await page.keyboard.press("Control+Enter");
  const written = page.getByRole("listitem").filter({ hasText: "Đã gọi @irt.leader lúc 21 giờ" });
  await expect(written).toHaveCount(1);
  await expect(field).toHaveValue("");
  await written.getByRole("button", { name: "Rút lại" }).focus();
  await page.keyboard.press("Enter");
  await page.keyboard.type("gọi nhầm người");
  await page.keyboard.press("Enter");
  await expect(page.getByText("gọi nhầm người").first()).toBeVisible();
  await expect(written).toHaveCount(0);
  await context.close();
});

test("a task is given on the incident and found under one's own tasks; what is due in the past is refused", async ({ browser }) => {
  const desk = await openDesk(browser);
  const { page, context } = desk;
  const incident = await firstIncident(desk);
  await page.goto(`${address()}/incidents/${incident}?part=work`);
  const give = async (title: string, due?: string): Promise<void> => {
    await page.getByRole("button", { name: "Giao nhiệm vụ" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("Cần làm gì?").fill(title);
    if (due) await dialog.getByLabel("Thời hạn?").fill(due);
    await dialog.getByRole("button", { name: "Giao nhiệm vụ" }).press("Enter");
  };
  await give("Việc quá muộn", "2020-01-01T00:00");
  await expect(page.getByRole("alert").filter({ hasText: /thời hạn|hạn/i }).first()).toBeVisible();
  await give("Gửi mẫu mã độc cho đơn vị chuyên trách");
  await expect(page.getByText("Gửi mẫu mã độc cho đơn vị chuyên trách").first()).toBeVisible();
  await page.keyboard.press("g");
  await page.keyboard.press("t");
  await expect(page.getByRole("heading", { level: 1, name: "Nhiệm vụ của tôi" })).toBeVisible();
  expect(await findings(page)).toEqual([]);
  await context.close();
});

test("observables are defanged and hostile names inert; related incidents say why", async ({ browser }) => {
  const desk = await openDesk(browser);
  const { page, context } = desk;
  await page.goto(`${address()}/incidents/${await firstIncident(desk)}?part=traces`);
  await expect(page.getByText("203[.]0[.]113[.]9").first()).toBeVisible();
  await expect(page.getByText("\\u{202e}").first()).toBeVisible();
  expect(await page.locator("main").innerText()).not.toMatch(/[\u202a-\u202e]/);
  expect(await findings(page)).toEqual([]);
  await context.close();
});

test("the timeline is read by keyboard: zoom, pin, lanes, files, and back", async ({ browser }) => {
  const desk = await openDesk(browser);
  const { page, context } = desk;
  const incident = await firstIncident(desk);
  await page.goto(`${address()}/incidents/${incident}/timeline`);
  await expect(page.getByRole("img", { name: new RegExp(incident) })).toBeVisible();
  await page.keyboard.press("j");
  await expect(page.locator('tr[aria-current="true"]')).toHaveCount(1);
  await page.keyboard.press("p");
  await expect(page.getByRole("heading", { name: "Ghim" })).toBeVisible();
  await expect(page).toHaveURL(/pins=/);
  await page.keyboard.press("+");
  await expect(page).toHaveURL(/from=\d+/);
  await page.keyboard.press("0");
  await expect(page).not.toHaveURL(/from=\d+/);
  await page.keyboard.press("l");
  await expect(page).toHaveURL(/lanes=host/);
  expect(await findings(page)).toEqual([]);
  for (const [name, file] of [["SVG", `${incident}-timeline.svg`], ["CSV", `${incident}-timeline.csv`]] as const) {
    const saved = page.waitForEvent("download");
    await page.getByRole("button", { name, exact: true }).click();
    expect((await saved).suggestedFilename()).toBe(file);
  }
  await page.keyboard.press("Escape");
  await expect(page).toHaveURL(new RegExp(`/incidents/${incident}\\?part=timeline`));
  await context.close();
});

test("a report is made with what it lacks said before, and downloaded", async ({ browser }) => {
  const desk = await openDesk(browser);
  const { page, context } = desk;
  const incident = await firstIncident(desk);
  await page.goto(`${address()}/incidents/${incident}?part=reports`);
  const kind = page.getByRole("region", { name: "BÁO CÁO CẬP NHẬT" });
  await kind.getByRole("button", { name: /Lập báo cáo này/ }).press("Enter");
  await page.getByRole("dialog").getByRole("button", { name: "Lập báo cáo" }).press("Enter");
  const row = page.getByRole("row").filter({ hasText: "BÁO CÁO CẬP NHẬT" });
  await expect(row.first()).toBeVisible();
  const saved = page.waitForEvent("download");
  await row.first().getByRole("button", { name: /DOCX/ }).click();
  expect((await saved).suggestedFilename()).toMatch(new RegExp(`^${incident}-\\d+-interim\\.docx$`));
  expect(await findings(page)).toEqual([]);
  await page.goto(`${address()}/reports`);
  await expect(page.getByRole("heading", { name: "Thời gian ứng cứu" })).toBeVisible();
  expect(await findings(page)).toEqual([]);
  const list = page.waitForEvent("download");
  await page.getByRole("button", { name: "Tải danh sách sự cố" }).press("Enter");
  expect((await list).suggestedFilename()).toBe("incidents.csv");
  await context.close();
});
