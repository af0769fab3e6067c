import { useLingui } from "@lingui/react/macro";
import { Menu } from "@mantine/core";
import { Link, useLocation } from "@tanstack/react-router";
import { useRights } from "../session/useRights";
import { FirstRunEntry } from "./FirstRunEntry";
import { Icon } from "./Icon";
import buttons from "./IconButton.module.css";
import classes from "./Navigation.module.css";
import { isInRow, mayOpen, PAGES } from "./pages";

/** The pages this person may open: links in a row, or one menu where there is no room for a row. */
export function Navigation() {
  const { t, i18n } = useLingui();
  const rights = useRights();
  const { pathname } = useLocation();
  const pages = PAGES.filter((page) => mayOpen(page, rights));
  const here = pages.find((page) => pathname === page.path || pathname.startsWith(`${page.path}/`));
  return (
    <>
      <nav className={classes.row} aria-label={t`Pages`}>
        {pages.filter(isInRow).map((page) => (
          <Link key={page.path} to={page.path} aria-current={page === here ? "page" : undefined}>
            {i18n._(page.text)}
          </Link>
        ))}
      </nav>
      <nav className={classes.menu} aria-label={t`Pages`}>
        <Menu position="bottom-start" transitionProps={{ duration: 0 }} withinPortal>
          <Menu.Target>
            <button type="button" className={buttons.button}>
              <Icon name="menu" />
              <span>{here ? i18n._(here.text) : t`Pages`}</span>
            </button>
          </Menu.Target>
          <Menu.Dropdown>
            <FirstRunEntry />
            {pages.map((page) => (
              <Menu.Item
                key={page.path}
                component={Link}
                to={page.path}
                aria-current={page === here ? "page" : undefined}
              >
                {i18n._(page.text)}
              </Menu.Item>
            ))}
          </Menu.Dropdown>
        </Menu>
      </nav>
    </>
  );
}
