import { useLingui } from "@lingui/react/macro";
import { memo } from "react";
import type { GroupRow } from "../api/names";
import { inLanguage } from "../language/language";
import { Icon } from "../shell/Icon";
import { Inert } from "../text/Inert";
import { Time } from "../time/Time";
import { Clock } from "../triage/Clock";
import { DatasetBadge } from "../triage/DatasetBadge";
import { LifeMarks } from "../triage/LifeMarks";
import { SeverityMark } from "../triage/SeverityMark";
import { useStateWord, useVerdictWord } from "../triage/words";
import classes from "./Row.module.css";

interface RowProps {
  readonly row: GroupRow;
  readonly index: number;
  readonly offset: number;
  readonly isCursor: boolean;
  readonly isSelected: boolean;
  readonly isMine: boolean;
  readonly onPoint: (row: GroupRow) => void;
  readonly onOpen: (row: GroupRow) => void;
  readonly onSelect: (row: GroupRow) => void;
}

export function rowElementId(id: string): string {
  return `row-${id}`;
}

export const Row = memo(function Row({ row, index, offset, isCursor, isSelected, isMine, ...on }: RowProps) {
  const { t, i18n } = useLingui();
  const title = inLanguage(row.title, i18n.locale) ?? row.rule_name;
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the grid has the focus and the keys; the mouse is the second way in
    <div
      id={rowElementId(row.id)}
      role="row"
      aria-rowindex={index + 2}
      aria-selected={isSelected}
      className={classes.row}
      data-cursor={isCursor || undefined}
      data-state={row.state}
      data-gone={!row.stands || undefined}
      style={{ transform: `translateY(${offset}px)` }}
      onMouseDown={() => on.onPoint(row)}
      onClick={() => on.onOpen(row)}
    >
      <span role="gridcell" className={classes.select}>
        <input
          type="checkbox"
          tabIndex={-1}
          checked={isSelected}
          aria-label={t`Select “${title}”`}
          onClick={(event) => event.stopPropagation()}
          onChange={() => on.onSelect(row)}
        />
      </span>
      <span role="gridcell" className={classes.severity}>
        <SeverityMark severity={row.severity} />
      </span>
      <span role="gridcell" className={classes.clock} data-column="clock">
        <Clock receivedUs={row.received_us} dueUs={row.acknowledge_due_us} />
      </span>
      <span role="gridcell" className={classes.what}>
        <span className={classes.title}>
          <strong title={title}>{title}</strong>
          {row.alerts > 1 && (
            <span className={classes.count} title={t`Alerts in this group`}>
              {TIMES}
              {new Intl.NumberFormat(i18n.locale).format(row.alerts)}
            </span>
          )}
          <LifeMarks row={row} />
        </span>
        <span className={classes.path}>
          <Side values={row.source.values} more={row.source.more} />
          <span aria-hidden="true">→</span>
          <span className="unseen">{t({ message: "to", context: "from source to destination" })}</span>
          <Side values={row.destination.values} more={row.destination.more} />
        </span>
      </span>
      <span role="gridcell" className={classes.where} data-column="where">
        {row.asset ? <Inert value={row.asset} limit={60} /> : <em>{t`No known asset`}</em>}
        {row.unit && (
          <small>
            <Inert value={row.unit} limit={60} />
          </small>
        )}
      </span>
      <span role="gridcell" className={classes.who} data-column="who">
        <StateLine row={row} />
        <small data-mine={isMine || undefined}>
          {row.assignee ? inLanguage(row.assignee.name, i18n.locale) : t`Nobody`}
        </small>
      </span>
      <span role="gridcell" className={classes.when} data-column="when">
        <DatasetBadge dataset={row.dataset} kind={row.dataset_kind} />
        <small>
          <Time us={row.last_us} />
        </small>
      </span>
    </div>
  );
});

const TIMES = "×";

function Side({ values, more }: { readonly values: readonly string[]; readonly more: number }) {
  if (values.length === 0) return <span aria-hidden="true">–</span>;
  return (
    <span className={classes.side}>
      <Inert value={values[0] ?? ""} limit={80} />
      {values.length + more > 1 && <span className={classes.more}>{`+${values.length - 1 + more}`}</span>}
    </span>
  );
}

function StateLine({ row }: { readonly row: GroupRow }) {
  const { t } = useLingui();
  const stateWord = useStateWord();
  const verdictWord = useVerdictWord();
  return (
    <span className={classes.state} data-state={row.state}>
      {row.state === "closed" && <Icon name="check" />}
      {row.verdict ? verdictWord(row.verdict) : stateWord(row.state)}
      {row.is_unattended && <b>{t({ message: "unattended", context: "mark on a row" })}</b>}
      {row.is_returned && row.state !== "closed" && <i>{t({ message: "returned", context: "mark on a row" })}</i>}
    </span>
  );
}
