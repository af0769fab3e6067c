/** What every test of the page needs: a logged-in desk, its queue, and the server's own word on what happened. */
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { type APIResponse, type Browser, type BrowserContext, expect, type Locator, type Page } from "@playwright/test";

export type Language = "vi" | "en";
export type Theme = "light" | "dark";

export interface Desk {
  readonly context: BrowserContext;
  readonly page: Page;
}

interface Options {
  readonly language?: Language;
  readonly theme?: Theme;
  readonly width?: number;
  readonly isLoggedIn?: boolean;
  /** Somebody else than the analyst who has most of the scene. */
  readonly account?: string;
}

function required(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set; run through \`npm run e2e\``);
  return value;
}

export const address = (): string => required("KHIEN_E2E_URL");
export const account = (): string => required("KHIEN_E2E_ACCOUNT");
export const password = (): string => required("KHIEN_E2E_PASSWORD");
export const dataset = (): string => process.env["KHIEN_E2E_DATASET"] ?? "exercise:lab";
export const queueAddress = (search = ""): string => `${address()}/queue?dataset=${dataset()}${search}`;

export async function openDesk(browser: Browser, options: Options = {}): Promise<Desk> {
  const { language = "vi", theme = "light", width = 1440, isLoggedIn = true } = options;
  const context = await browser.newContext({
    ignoreHTTPSErrors: true,
    viewport: { width, height: 900 },
    locale: "vi-VN",
    timezoneId: "Asia/Ho_Chi_Minh",
  });
  await context.addInitScript(
    ([chosenLanguage, chosenTheme]) => {
      if (!localStorage.getItem("khien.language")) localStorage.setItem("khien.language", chosenLanguage);
      if (!localStorage.getItem("khien.theme")) localStorage.setItem("khien.theme", chosenTheme);
    },
    [language, theme] as const,
  );
  if (isLoggedIn) {
    const answer = await context.request.post(`${address()}/api/v1/session`, {
      data: { account: options.account ?? account(), password: password() },
      headers: { Origin: address() },
    });
    expect(answer.status(), await answer.text()).toBe(200);
  }
  return { context, page: await context.newPage() };
}

export function rows(page: Page): Locator {
  return page.getByRole("grid").locator('[role="row"][id^="row-"]');
}

export function cursorRow(page: Page): Locator {
  return rows(page).and(page.locator("[data-cursor]"));
}

export async function cursorId(page: Page): Promise<string> {
  return ((await cursorRow(page).getAttribute("id")) ?? "").replace("row-", "");
}

export async function openQueue(page: Page, search = ""): Promise<void> {
  await page.goto(queueAddress(search));
  await expect(rows(page).first()).toBeVisible();
  await expect(page.getByRole("grid")).toBeFocused();
}

/** What the server holds, asked past the page. */
export async function group(desk: Desk, id: string): Promise<{ state: string; verdict: string | null; assignee: string }> {
  const answer: APIResponse = await desk.context.request.get(`${address()}/api/v1/groups/${id}`);
  expect(answer.status()).toBe(200);
  const { row } = await answer.json();
  return { state: row.state, verdict: row.verdict, assignee: row.assignee?.id ?? "" };
}

export const canArrive = (): boolean => Boolean(process.env["KHIEN_E2E_ARRIVE"]);

/** Lets new alerts come in through the same door as the correlator's. */
export function arrive(count: number): void {
  const [command = "", ...words] = required("KHIEN_E2E_ARRIVE").split(" ");
  execFileSync(command, [...words, String(count)], { cwd: join(__dirname, "../..") });
}
