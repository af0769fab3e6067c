/** Administration: people and log-ins, the table of rights, the organisation, jobs, health and notices. */
import { expect, test } from "@playwright/test";
import { findings } from "./axe";
import { address, openDesk } from "./desk";

test("every part opens for the administrator, tells the truth of the server and is accessible", async ({ browser }) => {
  const { page, context } = await openDesk(browser, { account: "sysadmin" });
  const open = async (part: string): Promise<void> => {
    await page.goto(`${address()}/administration?part=${part}`);
    await expect(page.getByRole("table").first()).toBeVisible();
    expect(await findings(page), part).toEqual([]);
  };
  await open("roles");
  const { roles } = await (await context.request.get(`${address()}/api/v1/roles`)).json();
  const given = roles.reduce((sum: number, role: { rights: unknown[] }) => sum + role.rights.length, 0);
  await expect(page.locator("td").getByText("có", { exact: true })).toHaveCount(given);

  await open("organisation");
  const units = page.getByRole("region", { name: "Đơn vị", exact: true }).getByRole("rowheader");
  await page.getByLabel("Tìm đơn vị, hệ thống, địa chỉ hoặc đầu mối").fill("cong an thanh pho");
  await expect(units).toHaveCount(1);
  await expect(units).toContainText("Công an thành phố");

  await open("jobs");
  await page.getByRole("button", { name: "Chạy ngay audit", exact: true }).press("Enter");
  await expect(page.getByRole("row").filter({ hasText: "audit" }).getByText(/ms$/).first()).toBeVisible();

  await page.goto(`${address()}/administration?part=health`);
  await expect(page.getByRole("row").filter({ hasText: "database" }).getByText("tốt")).toBeVisible();
  await page.goto(`${address()}/administration?part=notices`);
  await page.getByRole("button", { name: /^không đến được ai/ }).press("Enter");
  await expect(page.getByText("Không có thông báo nào ở trạng thái này.")).toBeVisible();
  await context.close();
});

test("an import with a fault is refused with its file and line, and changes nothing", async ({ browser }) => {
  const { page, context } = await openDesk(browser, { account: "sysadmin" });
  await page.goto(`${address()}/administration?part=organisation`);
  const choose = page.getByLabel(/^Nhập: tệp organisation.yaml/);
  await choose.setInputFiles({ name: "units.csv", mimeType: "text/csv", buffer: Buffer.from("id,name_vi\nx") });
  await expect(page.getByRole("alert").filter({ hasText: "units.csv" })).toBeVisible();
  await expect(page.getByRole("button", { name: "Áp dụng" })).toHaveCount(0);
  await context.close();
});

test("an analyst finds people and changes none; giving a log-in asks the administrator for the second factor", async ({ browser }) => {
  const analyst = await openDesk(browser);
  await analyst.page.goto(`${address()}/administration`);
  await analyst.page.getByLabel("Tìm theo tên, tài khoản, vai trò hoặc đơn vị").fill("truong ca shift");
  await expect(analyst.page.getByRole("rowheader").filter({ hasNotText: "Trưởng ca" })).toHaveCount(0);
  await expect(analyst.page.getByRole("rowheader")).not.toHaveCount(0);
  await expect(analyst.page.getByRole("button", { name: /^Mật khẩu mới/ })).toHaveCount(0);
  await analyst.context.close();

  const { page, context } = await openDesk(browser, { account: "sysadmin" });
  await page.goto(`${address()}/administration`);
  await page.getByRole("button", { name: "Mật khẩu mới irt.analyst.1", exact: true }).press("Enter");
  await expect(page.getByRole("link", { name: "Thiết lập ngay" })).toBeVisible();
  expect(await findings(page), "people, second factor").toEqual([]);
  await context.close();
});
