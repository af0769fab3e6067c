import { createTheme, localStorageColorSchemeManager, Menu, Select } from "@mantine/core";

export const colorSchemes = localStorageColorSchemeManager({ key: "khien.theme" });

/** Mantine draws with our tokens, so that the two themes are defined in one file. */
export const theme = createTheme({
  fontFamily: "var(--font-text)",
  fontFamilyMonospace: "var(--font-mono)",
  defaultRadius: "var(--radius)",
  cursorType: "pointer",
  respectReducedMotion: true,
  focusRing: "auto",
  components: {
    // A menu holds its items and nothing else; a list scrolls by itself, so that its keys are those of its field (WCAG 2.1.1).
    Menu: Menu.extend({ defaultProps: { withInitialFocusPlaceholder: false } }),
    Select: Select.extend({ defaultProps: { withScrollArea: false } }),
  },
});

/** The nonce of this response, which the server put into index.html; style elements without it are refused. */
export function styleNonce(): string {
  return document.querySelector<HTMLMetaElement>("meta[property=csp-nonce]")?.nonce ?? "";
}
