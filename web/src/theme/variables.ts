import type { CSSVariablesResolver } from "@mantine/core";

/** Mantine's own variables, pointed at our tokens; both themes read the same names. */
export const cssVariables: CSSVariablesResolver = () => {
  const both = {
    "--mantine-color-body": "var(--surface)",
    "--mantine-color-text": "var(--ink)",
    "--mantine-color-dimmed": "var(--ink-faint)",
    "--mantine-color-placeholder": "var(--ink-faint)",
    "--mantine-color-error": "var(--critical)",
    "--mantine-color-anchor": "var(--accent)",
    "--mantine-color-default": "var(--surface)",
    "--mantine-color-default-hover": "var(--cursor)",
    "--mantine-color-default-color": "var(--ink)",
    "--mantine-color-default-border": "var(--line-strong)",
    "--mantine-color-disabled": "var(--sunken)",
    "--mantine-color-disabled-color": "var(--ink-faint)",
    "--mantine-primary-color-filled": "var(--accent)",
    "--mantine-primary-color-filled-hover": "var(--accent-strong)",
    "--mantine-primary-color-light": "var(--accent-soft)",
    "--mantine-primary-color-light-color": "var(--accent)",
    "--mantine-primary-color-contrast": "var(--accent-ink)",
    "--mantine-color-white": "var(--accent-ink)",
    "--mantine-line-height": "1.5",
    "--input-bd-focus": "var(--accent)",
  };
  const dark = {
    ...both,
    "--mantine-color-dark-0": "var(--ink)",
    "--mantine-color-dark-4": "var(--line-strong)",
    "--mantine-color-dark-5": "var(--cursor)",
    "--mantine-color-dark-6": "var(--raised)",
    "--mantine-color-dark-7": "var(--surface)",
  };
  return { variables: {}, light: both, dark };
};
