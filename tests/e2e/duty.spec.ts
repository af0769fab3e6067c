/** Duty by keyboard, its refusals, the hand-over, the board without script, and the session that says before it ends. */
import AxeBuilder from "@axe-core/playwright";
import { expect, type Page, test } from "@playwright/test";
import { account, address, openDesk, openQueue } from "./desk";

const TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];
const DAY_MS = 86_400_000;
// axe looks at many states here; on a busy machine each look takes seconds.
test.describe.configure({ timeout: 180_000 });

async function findings(page: Page): Promise<readonly string[]> {
  const { violations } = await new AxeBuilder({ page }).withTags(TAGS).analyze();
  return violations.map((found) => `${found.id}: ${found.nodes.map((node) => node.target.join(" ")).slice(0, 3).join(" | ")}`);
}

/** For a field of day and hour, in Vietnam. */
const local = (ms: number): string => new Date(ms + 7 * 3_600_000).toISOString().slice(0, 16);

test("duty is read and changed by keyboard: week, shift, leave with its preview, and every part is accessible", async ({ browser }) => {
  const { page, context } = await openDesk(browser);
  await openQueue(page);
  await page.keyboard.press("g");
  await page.keyboard.press("d");
  await expect(page.getByRole("heading", { level: 1, name: "Trực ban" })).toBeVisible();
  const grid = page.getByRole("grid");
  await expect(grid.getByRole("gridcell").first()).toBeVisible();
  await expect(page.locator("#duty-now").locator("xpath=ancestor::section")).toContainText("+84");
  expect(await findings(page), "calendar").toEqual([]);

  // One stop for Tab, arrows inside.
  expect(await grid.locator('button[tabindex="0"]').count()).toBe(1);
  await grid.locator('button[tabindex="0"]').focus();
  const first = await page.evaluate(() => document.activeElement?.getAttribute("data-shift"));
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("ArrowDown");
  expect(await page.evaluate(() => document.activeElement?.getAttribute("data-shift"))).not.toBe(first);
  await page.keyboard.press("Enter");
  await expect(page.getByRole("dialog")).toContainText("Căn cứ xếp ca");
  await page.keyboard.press("Escape");
  await expect(page.getByRole("dialog")).toBeHidden();
  await page.keyboard.press("n");
  await expect(page).toHaveURL(/week=20\d\d-\d\d-\d\d/);
  await page.keyboard.press("t");
  await expect(page).not.toHaveURL(/week=/);

  await page.getByRole("button", { name: "Xin nghỉ" }).press("Enter");
  const dialog = page.getByRole("dialog");
  const reason = `Việc gia đình ${Date.now()}`;
  // What is over is refused in the server's words before anything is sent.
  await dialog.getByLabel("Từ (giờ Việt Nam)").fill("2026-01-05T07:00");
  await dialog.getByLabel("Đến (giờ Việt Nam)").fill("2026-01-05T19:00");
  await expect(dialog.getByRole("region", { name: "Những gì sẽ thay đổi" })).toContainText(/đã qua|kết thúc/);
  await dialog.getByLabel("Từ (giờ Việt Nam)").fill(local(Date.now() + 20 * DAY_MS));
  await dialog.getByLabel("Đến (giờ Việt Nam)").fill(local(Date.now() + 23 * DAY_MS));
  await expect(dialog.getByText("− bớt ca").first()).toBeVisible();
  await dialog.getByLabel("Lý do", { exact: true }).fill(reason);
  expect(await findings(page), "dialog").toEqual([]);
  await dialog.getByRole("button", { name: "Gửi đơn" }).press("Enter");
  await expect(dialog).toBeHidden();

  await page.getByRole("link", { name: "Đổi ca, nghỉ, trực thay" }).press("Enter");
  const row = page.getByRole("row").filter({ hasText: reason });
  await expect(row).toContainText("chờ phê duyệt");
  expect(await findings(page), "changes").toEqual([]);
  await row.getByRole("button", { name: "Rút" }).press("Enter");
  await page.getByRole("dialog").getByRole("button", { name: "Rút" }).press("Enter");
  await expect(row).toContainText("đã rút");
  await context.close();
});

test("a hand-over is drafted by the system, says what is missing, and is signed only with the second factor", async ({ browser }) => {
  const { page, context } = await openDesk(browser);
  await page.goto(`${address()}/duty?part=hand-over`);
  const seat = page.getByLabel("Vị trí trực");
  await expect(seat).toBeVisible();
  const answer = await context.request.get(`${address()}/api/v1/duty`);
  const own = (await answer.json()).now.find((each: { person: { id: string } }) => each.person.id === account());
  test.skip(own === undefined, "whoever is logged in has no seat at this hour");
  const note = `<b>Theo dõi máy 10.10.10.10</b> ${Date.now()}`;
  await seat.selectOption(own.seat);
  await page.getByLabel("Những điều khác mà người nhận ca cần biết").fill(note);
  await page.getByRole("button", { name: "Lập dự thảo" }).press("Enter");
  const draft = page.locator("details").filter({ hasText: note });
  await expect(draft).toContainText("Còn thiếu chữ ký của đồng chí");
  await expect(draft).toContainText(note);
  await expect(draft).toContainText("nhóm cảnh báo đang mở");
  expect(await findings(page), "hand-over").toEqual([]);
  await draft.getByRole("button", { name: "Ký đúng nội dung này" }).press("Enter");
  await expect(page.getByRole("dialog", { name: "Xác thực lớp thứ hai" })).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(draft).toContainText("Còn thiếu chữ ký của đồng chí");
  await context.close();
});

test("an address for the wall opens the board without script and without a log-in, until it is revoked", async ({ browser }) => {
  const { page, context } = await openDesk(browser);
  await page.goto(`${address()}/duty?part=rota`);
  const screen = `Màn hình ${Date.now()}`;
  await page.getByLabel("Dùng để").selectOption("board");
  await page.getByLabel("Tên gọi, để nhận ra về sau").fill(screen);
  await page.getByRole("button", { name: "Tạo địa chỉ" }).press("Enter");
  const made = await page.getByLabel("Địa chỉ; sẽ không hiện lại").inputValue();
  expect(made.startsWith(`${address()}/board/`)).toBe(true);
  expect(await findings(page), "rota").toEqual([]);

  for (const [width, height] of [
    [1920, 1080],
    [320, 640],
  ] as const) {
    const wall = await browser.newContext({ ignoreHTTPSErrors: true, javaScriptEnabled: false, viewport: { width, height } });
    const board = await wall.newPage();
    const asked: string[] = [];
    board.on("request", (request) => asked.push(request.url()));
    await board.goto(made);
    await expect(board.getByRole("heading", { level: 1 })).toContainText("Bảng trực ban");
    await expect(board.getByText("Tính đến")).toBeVisible();
    await expect(board.getByText("Trưởng ca", { exact: false }).first()).toBeVisible();
    expect(asked.filter((url) => url !== made && !url.endsWith("/favicon.ico"))).toEqual([]);
    const size = await board.evaluate(() => [document.documentElement.scrollWidth, document.documentElement.scrollHeight]);
    expect(size[0], `width at ${width}`).toBeLessThanOrEqual(width);
    if (width === 1920) expect(size[1], "the wall needs no scrolling").toBeLessThanOrEqual(height);
    await wall.close();
  }
  for (const colorScheme of ["light", "dark"] as const) {
    const seen = await browser.newContext({ ignoreHTTPSErrors: true, colorScheme });
    const board = await seen.newPage();
    await board.goto(`${made}?lang=en`);
    await expect(board.getByRole("heading", { level: 1 })).toContainText("Duty board");
    // axe is a script of the test: the page's own policy would not let it in.
    // A wall has nobody to reload it; whoever reads at a desk holds it still with a link (WCAG 2.2.1), and that is what axe asks for.
    expect(await findings(board), `board ${colorScheme}`).toEqual([expect.stringMatching(/^meta-refresh: /)]);
    await board.getByRole("link", { name: "hold still to read" }).press("Enter");
    await expect(board.getByText("held still")).toBeVisible();
    expect(await findings(board), `board ${colorScheme}, held still`).toEqual([]);
    await seen.close();
  }

  await page.getByRole("row").filter({ hasText: screen }).getByRole("button", { name: "Thu hồi" }).press("Enter");
  await expect(page.getByRole("row").filter({ hasText: screen }).first()).toContainText("đã thu hồi");
  const gone = await context.request.get(made);
  expect(gone.status()).toBe(401);
  await context.close();
});

test("before the session ends for want of use the page asks, and one key keeps it", async ({ browser }) => {
  const { page, context } = await openDesk(browser);
  await page.clock.install();
  await page.goto(`${address()}/duty`);
  await expect(page.getByRole("grid")).toBeVisible();
  await page.clock.fastForward("27:30");
  const dialog = page.getByRole("dialog", { name: "Phiên đăng nhập sắp hết hạn" });
  await expect(dialog).toBeVisible();
  await expect(dialog.getByRole("button", { name: "Tiếp tục đăng nhập" })).toBeFocused();
  expect(await findings(page), "session warning").toEqual([]);
  await page.keyboard.press("Enter");
  await expect(dialog).toBeHidden();
  await context.close();
});
