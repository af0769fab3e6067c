/** People whose second factor is set up, and the question for a code answered in the page. */
import { type Browser, expect, type Page } from "@playwright/test";
import { code } from "./authenticator";
import { address, type Desk, type Language, openDesk, password } from "./desk";

const WORDS = {
  vi: { title: "Xác thực lớp thứ hai", code: "Mã trên ứng dụng xác thực" },
  en: { title: "Second factor", code: "Code of your authenticator" },
} as const;

/** Sets up the second factor past the page, in a session that ends with it: the next one has to show a code. */
export async function setUp(browser: Browser, account: string): Promise<string> {
  const { context } = await openDesk(browser, { account });
  const { csrf } = await (await context.request.get(`${address()}/api/v1/session`)).json();
  const headers = { Origin: address(), "X-CSRF-Token": csrf };
  const url = `${address()}/api/v1/session/second-factor`;
  const begun = await context.request.post(url, { headers, data: { password: password() } });
  expect(begun.status(), await begun.text()).toBeLessThan(300);
  const { secret } = await begun.json();
  // A code counts once: the one of the step before is used here, so that the present one is still good.
  const confirmed = await context.request.put(url, { headers, data: { code: code(secret, -1) } });
  expect(confirmed.status(), await confirmed.text()).toBeLessThan(300);
  await context.close();
  return secret;
}

/** A desk whose second factor is set up and was not shown in this session. */
export async function openWithFactor(browser: Browser, account: string, language: Language): Promise<Desk & { secret: string }> {
  const secret = await setUp(browser, account);
  return { ...(await openDesk(browser, { account, language })), secret };
}

/** Types the code that the telephone shows into the question of the page. */
export async function answerPrompt(page: Page, secret: string, language: Language): Promise<void> {
  const prompt = page.getByRole("dialog", { name: WORDS[language].title });
  const field = prompt.getByLabel(WORDS[language].code);
  await expect(field).toBeFocused();
  await page.keyboard.type(code(secret));
  await page.keyboard.press("Enter");
  await expect(prompt).toHaveCount(0);
}
