import { useLingui } from "@lingui/react/macro";
import type { Alert, GroupRow } from "../api/names";
import { inLanguage } from "../language/language";
import { Icon } from "../shell/Icon";
import { Inert } from "../text/Inert";
import { Time } from "../time/Time";
import { DatasetBadge } from "../triage/DatasetBadge";
import { LifeMarks } from "../triage/LifeMarks";
import { SeverityMark } from "../triage/SeverityMark";
import { useStateWord, useVerdictWord } from "../triage/words";
import classes from "./Heading.module.css";

export function Heading({ row, alert }: { readonly row: GroupRow; readonly alert: Alert | undefined }) {
  const { t, i18n } = useLingui();
  const stateWord = useStateWord();
  const verdictWord = useVerdictWord();
  // A row has room for one; all that the alert touches are told here.
  const others = (alert?.assets ?? []).filter((asset) => asset !== row.asset);
  return (
    <header className={classes.heading}>
      <div className={classes.marks}>
        <SeverityMark severity={row.severity} />
        <span className={classes.state} data-state={row.state}>
          {row.verdict ? `${stateWord(row.state)} · ${verdictWord(row.verdict)}` : stateWord(row.state)}
        </span>
        {row.is_unattended && (
          <span className={classes.flag}>{t({ message: "unattended", context: "mark on a row" })}</span>
        )}
        <LifeMarks row={row} />
        <DatasetBadge dataset={row.dataset} kind={row.dataset_kind} />
        {alert && !alert.complete && (
          <span className={classes.flag}>
            <Icon name="warn" />
            {t`Its sources had gaps: quiet may be blindness`}
          </span>
        )}
      </div>
      <h1 id="alert-title" tabIndex={-1}>
        {inLanguage(row.title, i18n.locale)}
      </h1>
      {alert && <p className={classes.description}>{inLanguage(alert.rule.description, i18n.locale)}</p>}
      <dl className={classes.facts}>
        <div>
          <dt>{t`First seen`}</dt>
          <dd>
            <Time us={row.first_us} />
          </dd>
        </div>
        <div>
          <dt>{t`Last seen`}</dt>
          <dd>
            <Time us={row.last_us} />
          </dd>
        </div>
        <div>
          <dt>{t`Asset`}</dt>
          <dd>{row.asset ? <Inert value={[row.asset, ...others].join(", ")} isExpandable /> : t`No known asset`}</dd>
        </div>
        <div>
          <dt>{t`Unit`}</dt>
          <dd>{row.unit ? <Inert value={row.unit} /> : "–"}</dd>
        </div>
        <div>
          <dt>{t`Assignee`}</dt>
          <dd>{row.assignee ? inLanguage(row.assignee.name, i18n.locale) : t`Nobody`}</dd>
        </div>
        <div>
          <dt>{t`Rule`}</dt>
          <dd>
            <code>{row.rule_name}</code>
          </dd>
        </div>
      </dl>
    </header>
  );
}
