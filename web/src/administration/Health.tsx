import { useLingui } from "@lingui/react/macro";
import { useQuery } from "@tanstack/react-query";
import type { HealthCheck } from "../api/names";
import { inLanguage } from "../language/language";
import { Card } from "../shell/Card";
import { Fetched } from "../shell/Fetched";
import { Icon, type IconName } from "../shell/Icon";
import { Table } from "../table/Table";
import { Time } from "../time/Time";
import classes from "./Administration.module.css";
import { healthQuery } from "./queries";

const ICONS: Readonly<Record<HealthCheck["light"], IconName>> = { ok: "check", degraded: "warn", down: "cross" };

/** The lights: in shape and word, the worst is the whole. */
export function Health() {
  const { t, i18n } = useLingui();
  const health = useQuery(healthQuery);
  const words: Readonly<Record<HealthCheck["light"], string>> = {
    ok: t`good`,
    degraded: t`degraded`,
    down: t`down`,
  };
  return (
    <Card id="health" title={t`Health of the parts`}>
      <Fetched query={health}>
        {(found) => (
          <>
            <p>
              {t`As a whole:`} <Light light={found.status} word={words[found.status]} /> · {t`version ${found.version}`}{" "}
              · <Time us={found.now_us} />
            </p>
            <Table labelledBy="health" columns={[t`Part`, t`Light`, t`What it says`]} minWidth="30rem">
              {found.checks.map((check) => (
                <tr key={check.name}>
                  <th scope="row">
                    <code>{check.name}</code>
                  </th>
                  <td>
                    <Light light={check.light} word={words[check.light]} />
                  </td>
                  <td>{inLanguage(check.text, i18n.locale)}</td>
                </tr>
              ))}
            </Table>
            <p className={classes.note}>
              {t`The same on the server:`} <code>{HEALTH}</code>
            </p>
          </>
        )}
      </Fetched>
    </Card>
  );
}

function Light({ light, word }: { readonly light: HealthCheck["light"]; readonly word: string }) {
  return (
    <strong className={classes.light} data-light={light}>
      <Icon name={ICONS[light]} />
      {word}
    </strong>
  );
}

const HEALTH = "khien health";
