import { plural } from "@lingui/core/macro";
import { useLingui } from "@lingui/react/macro";
import { useQuery } from "@tanstack/react-query";
import type { ChecksAnswer, FindingView } from "../api/names";
import { inLanguage } from "../language/language";
import { Card } from "../shell/Card";
import { Fetched } from "../shell/Fetched";
import { Icon } from "../shell/Icon";
import { Inert } from "../text/Inert";
import classes from "./Faults.module.css";
import { checksQuery } from "./queries";

/** As many as are read at a glance; the rest waits behind a word. */
const SHOWN = 4;

/** What is wrong with the 30 days ahead, as sentences, each with what mends it. */
export function Faults() {
  const { t } = useLingui();
  const query = useQuery(checksQuery);
  return (
    <Card id="duty-faults" title={t`Faults of the next 30 days`} aside={query.data && <Score checks={query.data} />}>
      <Fetched query={query}>{(checks) => <List checks={checks} />}</Fetched>
    </Card>
  );
}

function Score({ checks }: { readonly checks: ChecksAnswer }) {
  const { t, i18n } = useLingui();
  const percent = new Intl.NumberFormat(i18n.locale, { style: "percent", maximumFractionDigits: 1 });
  const coverage = percent.format(checks.coverage);
  const balance = percent.format(checks.balance);
  return <span>{t`Coverage ${coverage} · balance ${balance} · rota ${checks.rota_version}`}</span>;
}

function List({ checks }: { readonly checks: ChecksAnswer }) {
  const { t, i18n } = useLingui();
  // Holes first: somebody who must be there is missing.
  const sorted = checks.findings.toSorted((a, b) => Number(b.is_hole) - Number(a.is_hole) || a.start_us - b.start_us);
  const rest = sorted.slice(SHOWN);
  return (
    <>
      {checks.refusal && (
        <p role="alert" className={classes.hole}>
          {t`The rota in the organisation's folder was not taken over:`}{" "}
          <Inert value={inLanguage(checks.refusal, i18n.locale) ?? ""} limit={400} />
        </p>
      )}
      {sorted.length === 0 ? (
        <p className={classes.well}>
          <Icon name="check" /> {t`No gap and no other fault: every hour of the next 30 days has the people it needs.`}
        </p>
      ) : (
        <ul className={classes.faults}>
          {sorted.slice(0, SHOWN).map((found) => (
            <Fault key={keyOf(found)} found={found} />
          ))}
        </ul>
      )}
      {rest.length > 0 && (
        <details>
          <summary>{t`${plural(rest.length, { one: "# more fault", other: "# more faults" })}`}</summary>
          <ul className={classes.faults}>
            {rest.map((found) => (
              <Fault key={keyOf(found)} found={found} />
            ))}
          </ul>
        </details>
      )}
    </>
  );
}

export function keyOf(found: FindingView): string {
  return `${found.kind} ${found.role} ${found.person?.id ?? ""} ${found.start_us} ${found.end_us}`;
}

export function Fault({ found }: { readonly found: FindingView }) {
  const { t, i18n } = useLingui();
  return (
    <li className={classes.fault} data-hole={found.is_hole || undefined}>
      <Icon name="warn" />
      <span>
        {found.is_hole && <b>{t`GAP`} </b>}
        <Inert value={inLanguage(found.text, i18n.locale) ?? ""} limit={300} />
        <small>
          <Inert value={inLanguage(found.cure, i18n.locale) ?? ""} limit={200} />
        </small>
      </span>
    </li>
  );
}
