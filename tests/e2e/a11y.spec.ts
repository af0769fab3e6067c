/**
 * The accessibility gate: every page × {vi, en} × {light, dark} × {loaded, error, whatever opens}, no rule of WCAG 2.2 AA switched off.
 * On a server without any data (`KHIEN_E2E_EMPTY`) the same walk is the state "empty". Nothing is changed on the server: whatever the
 * page would write is answered with an error, which the page then has to tell, too.
 */
import { type BrowserContext, expect, type Page, type Route, test } from "@playwright/test";
import { findings } from "./axe";
import { address, type Language, openDesk, type Theme } from "./desk";
import { EVERY_PAGE, type EveryPage, keysOf } from "./every_page";

const IS_EMPTY = Boolean(process.env["KHIEN_E2E_EMPTY"]);
const OPEN = "[role=dialog], [role=menu], .mantine-Popover-dropdown";
type Note = (what: string, within?: string) => Promise<void>;
const REFUSAL = {
  status: 503,
  contentType: "application/problem+json",
  body: JSON.stringify({ type: "about:blank", title: "x", status: 503, code: "server.unavailable", detail: "Thử: máy chủ không trả lời." }),
};

for (const language of ["vi", "en"] as const satisfies readonly Language[]) {
  for (const theme of ["light", "dark"] as const satisfies readonly Theme[]) {
    for (const account of ["nobody", "irt.leader", "auditor", "sysadmin"] as const) {
      test(`axe finds nothing for ${account} in ${language}, ${theme}`, async ({ browser }) => {
        test.setTimeout(1_200_000);
        const { page, context } = await openDesk(browser, { language, theme, account, isLoggedIn: account !== "nobody" });
        await context.route("**/api/v1/**", neverWrite);
        const found: string[] = [];
        const note: Note = async (what, within) => {
          found.push(...(await findings(page, within)).map((each) => `${what}: ${each}`));
        };
        if (account !== "nobody") {
          await page.goto(`${address()}/help`);
          await page.locator("header [aria-haspopup=menu]").last().click();
          await expect(page.getByRole("menu")).toBeVisible();
          await note("menu of the person", "[role=menu]");
        }
        for (const each of EVERY_PAGE.filter((one) => one.account === account && !(IS_EMPTY && one.isOfOne && account !== "nobody"))) {
          await test.step(each.name, async () => {
            const isShown = await show(page, each).then(
              () => true,
              () => false,
            );
            if (!isShown) found.push(`${each.name}: is not shown`);
            await note(each.name);
            if (await isWiderThanItsWindow(page)) found.push(`${each.name}: the page scrolls sideways with the text spacing of 1.4.12`);
            if (!each.isVariant) await openEverything(page, each, note, found);
            if (account === "nobody" || each.follow || each.path.startsWith("/board")) return;
            await failing(context, async () => {
              await page.goto(`${address()}${each.path}`);
              const said = page.getByRole("alert").filter({ hasText: /\S/ }).filter({ visible: true });
              await said.first().waitFor({ timeout: 5_000 }).catch(() => found.push(`${each.name}: does not say that it failed`));
              await note(`${each.name}, failed`);
            });
          });
        }
        expect(found).toEqual([]);
        await context.close();
      });
    }
  }
}

async function show(page: Page, each: EveryPage): Promise<void> {
  await page.goto(`${address()}${each.path}`);
  if (IS_EMPTY) await expect(page.locator("h1, main").first()).toBeVisible();
  else if (each.follow) await page.locator(each.follow).first().click();
  if (!IS_EMPTY) await expect(page.locator(each.loaded).first(), each.name).toBeVisible();
  await settled(page);
}

/** Answers that are still on their way would change the page under the reader. */
async function settled(page: Page): Promise<void> {
  await expect(page.getByText(/^(…|Đang chờ máy chủ|Waiting for the server)$/)).toHaveCount(0);
  await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
}

/** Every button of a page (those of one name are one) and every key: what opens is read, and closing it gives the focus back. */
async function openEverything(page: Page, each: EveryPage, note: Note, found: string[]): Promise<void> {
  const names = await page.evaluate(namesOfButtons);
  for (const name of names) {
    const button = (await page.evaluateHandle(buttonNamed, name)).asElement();
    if (button === null) continue;
    const before = await page.evaluateHandle(() => document.activeElement);
    await button.click({ timeout: 5_000 }).catch(() => found.push(`${each.name}: "${name}" cannot be pressed`));
    if (await isOpen(page)) {
      await note(`${each.name}, "${name}"`, OPEN);
      await close(page, `${each.name}, "${name}"`, found);
      const isBack = await page.evaluate(
        ([pressed, held]) => !pressed?.isConnected || [pressed, held].includes(document.activeElement ?? document.body),
        [button, before.asElement() ?? button] as const,
      );
      if (!isBack) found.push(`${each.name}: closing "${name}" loses the focus`);
    }
    if (new URL(page.url()).pathname !== new URL(each.path, address()).pathname && !each.follow) await show(page, each);
  }
  if (names.length > 0) await note(`${each.name}, with everything pressed`);
  const keys = keysOf(each.path, each.follow !== undefined);
  if (keys.length === 0) return;
  await show(page, each);
  for (const key of keys) {
    await page.keyboard.press(key);
    if (!(await isOpen(page))) continue;
    await note(`${each.name}, key ${key}`, OPEN);
    await close(page, `${each.name}, key ${key}`, found);
  }
}

async function isOpen(page: Page): Promise<boolean> {
  const opened = page.locator(OPEN).filter({ visible: true }).first();
  return opened.waitFor({ timeout: 300 }).then(
    () => true,
    () => false,
  );
}

async function close(page: Page, what: string, found: string[]): Promise<void> {
  for (let step = 0; step < 3 && (await page.locator(OPEN).filter({ visible: true }).count()) > 0; step++) {
    await page.keyboard.press("Escape");
    await page.waitForTimeout(150);
  }
  if ((await page.locator(OPEN).filter({ visible: true }).count()) > 0) found.push(`${what}: Escape does not close it`);
}

// These two run in the page, so that they can use nothing from here.
function namesOfButtons(): string[] {
  const all = document.querySelectorAll<HTMLElement>("main button:enabled, main summary");
  const shown = [...all].filter((one) => one.checkVisibility());
  const name = (one: Element) => (one.getAttribute("aria-label") ?? one.textContent ?? "").replace(/[\d:.,/]+/g, "#").trim();
  return [...new Set(shown.map(name))];
}
function buttonNamed(wanted: string): Element | undefined {
  const all = document.querySelectorAll<HTMLElement>("main button:enabled, main summary");
  const name = (one: Element) => (one.getAttribute("aria-label") ?? one.textContent ?? "").replace(/[\d:.,/]+/g, "#").trim();
  return [...all].find((one) => one.checkVisibility() && name(one) === wanted);
}

/** Questions that are too long for an address are asked with POST and change nothing. */
const ASKS = /\/(explain|preview|check|simulate|session)(\?|$)/;

async function neverWrite(route: Route): Promise<void> {
  if (["GET", "HEAD"].includes(route.request().method()) || ASKS.test(route.request().url())) return route.continue();
  return route.fulfill(REFUSAL);
}

async function failing(context: BrowserContext, act: () => Promise<void>): Promise<void> {
  const refuse = (route: Route): Promise<void> => (/\/session(\?|$)/.test(route.request().url()) ? route.continue() : route.fulfill(REFUSAL));
  await context.route("**/api/v1/**", refuse);
  await act();
  await context.unroute("**/api/v1/**", refuse);
}

/** 1.4.12: with the spacing that a reader may set nothing is pushed out of the window. */
async function isWiderThanItsWindow(page: Page): Promise<boolean> {
  return page.evaluate(() => {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync("* { line-height: 1.5 !important; letter-spacing: 0.12em !important; word-spacing: 0.16em !important } p { margin-bottom: 2em !important }");
    document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
    const isWider = document.documentElement.scrollWidth > document.documentElement.clientWidth;
    document.adoptedStyleSheets = document.adoptedStyleSheets.filter((one) => one !== sheet);
    return isWider;
  });
}
