import { useLingui } from "@lingui/react/macro";
import { useComputedColorScheme, useMantineColorScheme } from "@mantine/core";
import { Icon } from "../shell/Icon";
import classes from "../shell/IconButton.module.css";

export function ThemeSwitch() {
  const { t } = useLingui();
  const { setColorScheme } = useMantineColorScheme();
  const shown = useComputedColorScheme("light");
  const next = shown === "dark" ? "light" : "dark";
  const label = next === "dark" ? t`Dark theme` : t`Light theme`;
  return (
    <button
      type="button"
      className={classes.button}
      aria-label={label}
      title={label}
      onClick={() => setColorScheme(next)}
    >
      <Icon name={next === "dark" ? "moon" : "sun"} />
    </button>
  );
}
