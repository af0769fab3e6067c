// The browser's part of `make bench-triage`: five planted alerts judged by keyboard alone, by what the page says and nothing else.
// Prints for each: the verdict, keys pressed, letters typed, and seconds from the queue to the verdict on the screen.
import { chromium } from "@playwright/test";

const { KHIEN_E2E_URL: url, KHIEN_E2E_DATASET: dataset, KHIEN_E2E_PASSWORD: password } = process.env;
const {
  KHIEN_TRIAGE_LANGUAGE: language = "vi",
  KHIEN_TRIAGE_ACCOUNT: account,
  KHIEN_TRIAGE_PLANTED: planted,
} = process.env;
const MINUTE = 60_000;
const MOST_ROWS = 60;

const WORDS = {
  vi: {
    similar: "Cảnh báo tương tự",
    why: "Vì sao có cảnh báo",
    todo: "Việc cần làm",
    true: "Cảnh báo đúng",
    expected: "Đúng nhưng được phép",
    // What the rule's author says a false alarm is, and what the system on the screen is called.
    innocent: [[/lọc thư/, /^mail\b/]],
    machine: /tìm máy và người dùng/i,
    lead: "truong ca 2",
    asset: "Tài sản",
    unit: "Đơn vị",
    last: "Lần cuối",
    notes: {
      true: "Tệp PHP đã tải lên và trả lời; báo đội trưởng",
      expected: "Máy quét của Trung tâm dữ liệu, đã được phép",
      false_positive: "Máy chủ thư hỏi dịch vụ uy tín",
      duplicate: "Cùng sự việc với máy trạm",
      hand_over: "Cần hỏi phường về máy này",
    },
  },
  en: {
    similar: "Similar alerts",
    why: "Why it fired",
    todo: "What to do",
    true: "True positive",
    expected: "Expected",
    innocent: [[/mail filter/, /^mail\b/]],
    machine: /find the machine and its user/i,
    lead: "shift lead 2",
    asset: "Asset",
    unit: "Unit",
    last: "Last seen",
    notes: {
      true: "A PHP file was uploaded and answers; leader told",
      expected: "The data center's scanner, allowed",
      false_positive: "The mail server asks a reputation service",
      duplicate: "The same matter as the workstation's",
      hand_over: "The ward has to be asked about this machine",
    },
  },
}[language];

const KEYS = { true: "1", expected: "2", false_positive: "3", duplicate: "4", hand_over: "a" };

/** What the reader decides, told by the page alone; the same procedure for all five. */
function judge(screen) {
  const alike = screen.similar.filter((each) => each.text.includes(screen.title));
  const atOnce = alike.find((each) => each.text.includes(WORDS.true) && Math.abs(each.at - screen.at) < MINUTE);
  if (atOnce) return "duplicate";
  if (alike.some((each) => each.text.includes(WORDS.expected))) return "expected";
  if (WORDS.innocent.some(([said, system]) => said.test(screen.todo) && system.test(screen.asset)))
    return "false_positive";
  // A machine of a ward or commune, and the first step is to ask its people.
  if (/^[px]-/.test(screen.unit) && WORDS.machine.test(screen.todo)) return "hand_over";
  return "true";
}

async function read(page) {
  // The parts of the page come with two answers; a reader waits for both.
  for (const part of ["#why-fired", "#what-to-do", "#similar"]) await page.locator(part).waitFor();
  return page.evaluate(
    (words) => {
      const section = (title) =>
        [...document.querySelectorAll("main section")].find((each) => each.querySelector("h2")?.innerText === title);
      const fact = (name) =>
        [...document.querySelectorAll("header dl > div")].find((each) => each.querySelector("dt")?.innerText === name);
      const timeOf = (element) => Date.parse(element?.querySelector("time")?.getAttribute("datetime") ?? "");
      return {
        title: document.querySelector("h1").innerText,
        asset: fact(words.asset)?.querySelector("dd").innerText ?? "",
        unit: fact(words.unit)?.querySelector("dd").innerText ?? "",
        at: timeOf(fact(words.last)),
        todo: section(words.todo)?.innerText ?? "",
        why: section(words.why)?.innerText ?? "",
        similar: [...(section(words.similar)?.querySelectorAll("li") ?? [])].map((each) => ({
          text: each.innerText,
          at: timeOf(each),
        })),
        words: document.querySelector("main").innerText.split(/\s+/).length,
      };
    },
    {
      asset: WORDS.asset,
      unit: WORDS.unit,
      last: WORDS.last,
      todo: WORDS.todo,
      why: WORDS.why,
      similar: WORDS.similar,
    },
  );
}

const browser = await chromium.launch({
  executablePath: process.env.KHIEN_CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu"],
});
const context = await browser.newContext({
  ignoreHTTPSErrors: true,
  viewport: { width: 1440, height: 900 },
  timezoneId: "Asia/Ho_Chi_Minh",
});
await context.addInitScript((chosen) => {
  localStorage.setItem("khien.language", chosen);
  window.mouse = 0;
  for (const kind of ["mousedown", "pointerdown"]) addEventListener(kind, () => window.mouse++, true);
}, language);
const answer = await context.request.post(`${url}/api/v1/session`, {
  data: { account, password },
  headers: { Origin: url },
});
if (!answer.ok()) throw new Error(`log-in answered ${answer.status()}`);
const page = await context.newPage();
page.setDefaultTimeout(30_000);

const found = [];
for (const { id, row, title } of JSON.parse(planted)) {
  let keys = 0;
  let letters = 0;
  const press = async (key) => {
    keys++;
    await page.keyboard.press(key);
  };
  const type = async (text) => {
    letters += text.length;
    await page.keyboard.insertText(text);
  };
  await page.goto(`${url}/queue?tab=team&dataset=${dataset}`);
  await page.locator('[role="row"][data-cursor]').waitFor();
  const started = Date.now();
  // The eye finds the row; J goes there.
  const isThere = async () => (await page.locator('[role="row"][data-cursor]').innerText()).replaceAll("\n", " ");
  const wanted = [title[language], ...row];
  for (let text = await isThere(); !wanted.every((part) => text.includes(part)); text = await isThere()) {
    if (keys === MOST_ROWS) throw new Error(`no row says ${wanted.join(", ")}`);
    await press("j");
  }
  await press("Enter");
  const screen = await read(page);
  const verdict = judge(screen);
  await press(KEYS[verdict]);
  const dialog = page.getByRole("dialog");
  if (verdict === "hand_over") {
    await dialog.waitFor();
    await type(WORDS.lead);
    await page.getByRole("option").first().waitFor();
    await press("ArrowDown");
    await press("Enter");
    while (!(await page.evaluate(() => document.activeElement?.tagName === "TEXTAREA"))) await press("Tab");
    await type(WORDS.notes[verdict]);
    await press("Enter");
  } else {
    const asks = await dialog.waitFor({ timeout: 1_500 }).then(
      () => true,
      () => false,
    );
    if (asks) {
      await type(WORDS.notes[verdict]);
      await press("Enter");
    }
  }
  await dialog.waitFor({ state: "detached" });
  const seconds = (Date.now() - started) / 1_000;
  found.push({
    scenario: id,
    verdict,
    keys,
    letters,
    seconds: Math.round(seconds * 10) / 10,
    words: screen.words,
    mouse: await page.evaluate(() => window.mouse),
    url: page.url(),
  });
  // What is on its way is there before the next page is opened.
  await page.waitForTimeout(1_000);
}
await browser.close();
process.stdout.write(JSON.stringify(found));
