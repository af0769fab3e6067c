import { useLingui } from "@lingui/react/macro";
import { Menu } from "@mantine/core";
import { memo } from "react";
import { Icon } from "../shell/Icon";
import { COLUMNS, type Column, type Preferences } from "./preferences";
import classes from "./SavedViews.module.css";

interface LookProps {
  readonly value: Preferences;
  readonly onChange: (change: (before: Preferences) => Preferences) => void;
}

/** Which columns show, and where the cursor goes after an act. */
export const Look = memo(function Look({ value, onChange }: LookProps) {
  const { t } = useLingui();
  const words: Readonly<Record<Column, string>> = {
    clock: t`Waiting`,
    where: t`Asset, unit`,
    who: t`State, assignee`,
    when: t`Last seen`,
  };
  const toggle = (column: Column): void =>
    onChange((before) => ({
      ...before,
      hidden: before.hidden.includes(column)
        ? before.hidden.filter((each) => each !== column)
        : [...before.hidden, column],
    }));
  return (
    <Menu position="bottom-end" transitionProps={{ duration: 0 }} withinPortal closeOnItemClick={false}>
      <Menu.Target>
        <button type="button" className={classes.button}>
          {t`Layout`}
          <Icon name="chevron" />
        </button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{t`Columns`}</Menu.Label>
        {COLUMNS.map((column) => (
          <Item key={column} isOn={!value.hidden.includes(column)} onToggle={() => toggle(column)}>
            {words[column]}
          </Item>
        ))}
        <Menu.Label>{t`After an act`}</Menu.Label>
        <Item
          isOn={value.follows}
          onToggle={() => onChange((before) => ({ ...before, follows: !before.follows }))}
        >{t`Go on to the next row of the same group`}</Item>
      </Menu.Dropdown>
    </Menu>
  );
});

interface ItemProps {
  readonly isOn: boolean;
  readonly onToggle: () => void;
  readonly children: string;
}

function Item({ isOn, onToggle, children }: ItemProps) {
  return (
    <Menu.CheckboxItem checked={isOn} onChange={onToggle} closeMenuOnClick={false}>
      {children}
    </Menu.CheckboxItem>
  );
}
