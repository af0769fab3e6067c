import { i18n } from "@lingui/core";
import { I18nProvider } from "@lingui/react";
import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeAll, expect, test } from "vitest";
import { messages } from "../locales/vi.po?first";
import { Inert } from "./Inert";

beforeAll(() => {
  i18n.loadAndActivate({ locale: "vi", messages });
});

function show(value: string, limit?: number) {
  return render(
    <I18nProvider i18n={i18n}>
      <Inert value={value} {...(limit === undefined ? {} : { limit })} isExpandable />
    </I18nProvider>,
  );
}

test("markup and links in a value stay text", () => {
  const { container } = show('<img src=x onerror="alert(1)"> http://evil.example/');
  expect(container.querySelector("img, a, script")).toBeNull();
  expect(container.textContent).toBe('<img src=x onerror="alert(1)"> http://evil.example/');
});

test("a hidden character is written out and says what it is", () => {
  show("a\u202eb");
  expect(screen.getByTitle("Ký tự ẩn, được viết ra").textContent).toBe("\\u{202e}");
});

test("a long value is cut at a character, never inside one, and opens on request", async () => {
  const { container } = show("🛡".repeat(30), 10);
  expect(container.textContent).toContain(`${"🛡".repeat(10)}…`);
  await userEvent.click(screen.getByRole("button", { name: "Hiện cả 30 ký tự" }));
  expect(container.textContent).toBe("🛡".repeat(30));
});
