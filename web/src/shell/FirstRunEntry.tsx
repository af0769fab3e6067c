import { useLingui } from "@lingui/react/macro";
import { Menu } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { concernsReader } from "../setup/leading";
import { setupQuery } from "../setup/queries";
import { Icon } from "./Icon";

/** The way to the first run, while it is not over and this reader can do something there; asked when the menu opens. */
export function FirstRunEntry() {
  const { t } = useLingui();
  const { data } = useQuery(setupQuery);
  if (!data || !concernsReader(data)) return null;
  return (
    <Menu.Item leftSection={<Icon name="exercise" />} component={Link} to="/first-run">
      {t`First run`}
    </Menu.Item>
  );
}
