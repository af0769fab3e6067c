import { useLingui } from "@lingui/react/macro";
import { NativeSelect } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { peopleQuery } from "../alert/queries";
import type { Measured } from "../api/names";
import classes from "../casework/Casework.module.css";
import { inLanguage } from "../language/language";
import { useRight } from "../session/useRights";
import { Card } from "../shell/Card";
import { Empty } from "../shell/Empty";
import { Fetched } from "../shell/Fetched";
import { toCsv } from "../text/csv";
import { saveFile } from "../text/save";
import { Time } from "../time/Time";
import { responseTimesQuery, unitNamesQuery } from "./queries";
import own from "./Reports.module.css";
import { SpreadFigure } from "./SpreadFigure";

const SPANS = [7, 30, 90, 365] as const;
const BY = ["unit", "rule", "shift"] as const;
export const MEASURES = ["acknowledge", "close_alert", "recover"] as const;

/** MTTA and MTTR as they are: half and nine tenths, by unit, rule or shift; no means, which one forgotten alert would spoil. */
export function ResponseTimes() {
  const { t } = useLingui();
  const [days, setDays] = useState(30);
  const [by, setBy] = useState<(typeof BY)[number]>("unit");
  const query = useQuery(responseTimesQuery(days));
  const nameOf = useNames(by);
  const byWords: Readonly<Record<(typeof BY)[number], string>> = {
    unit: t`By unit`,
    rule: t`By rule`,
    shift: t`By shift lead`,
  };
  return (
    <Card id="response-times" title={t`Response times`}>
      <div className={own.tools}>
        <NativeSelect
          label={t`Time`}
          data={SPANS.map((value) => ({ value: String(value), label: t`Last ${value} days` }))}
          value={String(days)}
          onChange={(event) => setDays(Number(event.currentTarget.value))}
        />
        <NativeSelect
          label={t`Compare`}
          data={BY.map((value) => ({ value, label: byWords[value] }))}
          value={by}
          onChange={(event) => setBy(BY.find((each) => each === event.currentTarget.value) ?? "unit")}
        />
        {query.data && (
          <button type="button" className={classes.act} onClick={() => save(query.data.rows, days)}>
            {t`Save as CSV`}
          </button>
        )}
      </div>
      <Fetched query={query}>
        {({ rows, from_us: fromUs, to_us: toUs }) => {
          const all = rows.find((row) => row.by === "all");
          return (
            <>
              <p className={classes.meta}>
                <Time us={fromUs} />
                {" – "}
                <Time us={toUs} />
                {" · "}
                {t`Live data only: exercises and imports do not count.`}
              </p>
              {all ? (
                MEASURES.map((measure) => (
                  <SpreadFigure
                    key={measure}
                    measure={measure}
                    all={all}
                    rows={rows.filter((row) => row.by === by)}
                    nameOf={nameOf}
                    byWord={byWords[by]}
                  />
                ))
              ) : (
                <Empty
                  why={t`Nothing came in and nothing was recovered in this time.`}
                  next={t`Choose a longer time, or come back when alerts have been taken.`}
                />
              )}
            </>
          );
        }}
      </Fetched>
    </Card>
  );
}

function useNames(by: (typeof BY)[number]): (row: Measured) => string {
  const { t, i18n } = useLingui();
  const units = useQuery({ ...unitNamesQuery, enabled: useRight("organisation.read") && by === "unit" });
  const people = useQuery({ ...peopleQuery, enabled: useRight("people.read") && by === "shift" });
  return ({ key }) => {
    if (key === NOBODY) return by === "unit" ? t`No unit` : t`Nobody on duty`;
    const unit = by === "unit" ? inLanguage(units.data?.get(key), i18n.locale) : undefined;
    const person = by === "shift" ? people.data?.people.find((each) => each.id === key) : undefined;
    return unit ?? inLanguage(person?.name, i18n.locale) ?? key;
  };
}

const NOBODY = "–";

function save(rows: readonly Measured[], days: number): void {
  const heads = ["by", "key", ...MEASURES.flatMap((name) => [`${name}_count`, `${name}_p50_s`, `${name}_p90_s`])];
  const seconds = (us: number | null): string => (us === null ? "" : String(Math.round(us / 1e6)));
  const lines = rows.map((row) => [
    row.by,
    row.key,
    ...MEASURES.flatMap((name) => [String(row[name].count), seconds(row[name].p50_us), seconds(row[name].p90_us)]),
  ]);
  saveFile(new Blob([toCsv(heads, lines)], { type: "text/csv" }), `response-times-${days}-days.csv`);
}
