import { useLingui } from "@lingui/react/macro";
import { Menu } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { logOut, sessionQuery } from "../session/session";
import { FirstRunEntry } from "./FirstRunEntry";
import { Icon } from "./Icon";
import buttons from "./IconButton.module.css";
import { useErrorText, useNotices } from "./Notices";
import classes from "./PersonMenu.module.css";

export function PersonMenu() {
  const { t, i18n } = useLingui();
  const queries = useQueryClient();
  const { data: session } = useQuery({ ...sessionQuery, enabled: false });
  const { complain } = useNotices();
  const errorText = useErrorText();
  if (!session) return null;
  const name = i18n.locale === "en" ? session.person.name.en : session.person.name.vi;
  return (
    <Menu position="bottom-end" transitionProps={{ duration: 0 }} withinPortal>
      <Menu.Target>
        <button type="button" className={buttons.button} aria-label={t`Account of ${name}`}>
          <Icon name="person" />
          <span className={classes.name}>{name}</span>
        </button>
      </Menu.Target>
      <Menu.Dropdown className={classes.menu ?? ""}>
        <Menu.Label className={classes.label ?? ""}>
          {/* A menu may hold nothing that has a role of its own but its items. */}
          <span className={classes.person}>{name}</span>
          <span className={classes.account}>{session.person.account}</span>
        </Menu.Label>
        <FirstRunEntry />
        <Menu.Item leftSection={<Icon name="person" />} component={Link} to="/profile">
          {t`Profile`}
        </Menu.Item>
        <Menu.Item leftSection={<Icon name="note" />} component={Link} to="/help">
          {t`Help`}
        </Menu.Item>
        <Menu.Item
          leftSection={<Icon name="exit" />}
          onClick={() => void logOut(queries).catch((error: unknown) => complain(errorText(error)))}
        >
          {t`Log out`}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
